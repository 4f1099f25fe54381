"""`gridata tables`, `gridata table show`, `gridata sql`: look at the Iceberg tables, today's or last month's."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from gridata_control.cli.grid import print_grid, text
from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.settings import Settings

if TYPE_CHECKING:
    from gridata_control.catalog.describe import TableDescription

SHOWN_ROWS = 100
"""Rows of an answer printed as a table; `--csv` and `--json` print all."""

as_of_option = click.option(
    "--as-of", metavar="WHEN", help="Version: an ISO 8601 instant (UTC unless it says otherwise), snapshot id, or tag."
)


@click.command()
@json_option
@with_settings
def tables(settings: Settings, *, as_json: bool) -> None:
    """List the Iceberg tables with their current snapshot."""
    from gridata_control.catalog import open_catalog
    from gridata_control.catalog.describe import summaries

    found = summaries(open_catalog(settings))
    if as_json:
        echo_json(found)
    elif not found:
        click.echo("No tables yet. `gridata demo` makes some; `gridata land` and `gridata sweep` make yours.")
    else:
        columns = ("table", "rows", "files", "bytes", "snapshots", "snapshot_id", "committed_utc")
        print_grid("Tables", columns, ([one[name] for name in columns] for one in found))


@click.group()
def table() -> None:
    """Show one table, today's or as of then; find and mend entries of the catalog that are behind."""


@table.command()
@click.argument("name", metavar="TABLE")
@as_of_option
@click.option("--limit", type=click.IntRange(min=0), default=5, show_default=True, help="Rows of the sample.")
@json_option
@with_settings
def show(settings: Settings, name: str, as_of: str | None, limit: int, *, as_json: bool) -> None:
    """Columns, partitions, snapshots and a few rows of TABLE; personal values are masked."""
    from gridata_control.catalog import open_catalog
    from gridata_control.catalog.describe import describe
    from gridata_control.catalog.personal import personal_paths
    from gridata_control.catalog.snapshots import load

    loaded = load(open_catalog(settings), name)
    description = describe(loaded, as_of, limit, personal_paths(settings, loaded))
    if as_json:
        echo_json(description.to_dict())
    else:
        _print_description(description)


@table.command()
@click.option("--apply", "applied", is_flag=True, help="Move the entries on; without it they are only shown.")
@json_option
@with_settings
def repair(settings: Settings, *, applied: bool, as_json: bool) -> int:
    """Tables whose files know commits that the catalog does not, as after the catalog alone was restored.

    An entry is moved to the newest state of which the ledger knows every commit; of several files of one version, to
    the one with most commits that it knows. What else lies there is left: its batch runs again. Nothing is deleted.
    Exit code 1: entries are behind.
    """
    from gridata_control.catalog import open_catalog
    from gridata_control.catalog.pointers import KnownCommits, behind, move_on
    from gridata_control.ledger import open_ledger

    catalog, ledger = open_catalog(settings), open_ledger(settings)
    try:
        found = list(behind(catalog, settings.warehouse_uri, KnownCommits(ledger)))
    finally:
        ledger.close()
    moved = {one.table for one in found if applied and move_on(catalog, one)}
    if as_json:
        echo_json([{**asdict(one), "moved": one.table in moved} for one in found])
    else:
        columns = ("table", "commits the ledger knows", "others", "versions twice", "moved to")
        rows = (
            (one.table, one.known, one.unknown, one.forks, (one.newest or "") if one.table in moved else "")
            for one in found
        )
        print_grid("Behind their files", columns, rows)
    return 1 if any(one.newest and one.table not in moved for one in found) else 0


@click.command()
@click.argument("query")
@as_of_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header line.")
@json_option
@with_settings
def sql(settings: Settings, query: str, as_of: str | None, *, as_csv: bool, as_json: bool) -> None:
    r"""Run one SELECT, read-only, over tables named <domain>_<layer>.<name>.

    \b
    gridata sql "SELECT status, count(*) FROM ecommerce_silver.orders GROUP BY ALL"
    gridata sql "SELECT count(*) FROM ecommerce_bronze.orders_v1" --as-of 2024-01-31
    """
    from gridata_control.catalog import open_catalog
    from gridata_control.catalog.sql import query as run

    if as_csv and as_json:
        raise click.UsageError("--csv and --json: got both, allowed one of them.")
    with run(open_catalog(settings), query, as_of) as answer:
        if as_json:
            _print_json_rows(answer.columns, answer.rows)
        elif as_csv:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(answer.columns)
            writer.writerows([text(value) for value in row] for row in answer.rows)
        else:
            _print_first(answer.columns, answer.rows)


def _print_json_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A JSON array, one row per line, written as the rows come."""
    from gridata_control.catalog.values import plain

    separator = "["
    for row in rows:
        record = {name: plain(value) for name, value in zip(columns, row, strict=True)}
        click.echo(f"{separator}{json.dumps(record, ensure_ascii=False)}", nl=False)
        separator = ",\n "
    click.echo("[]" if separator == "[" else "]")


def _print_first(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    first: list[Sequence[object]] = []
    more = False
    for row in rows:
        if len(first) == SHOWN_ROWS:
            more = True
            break
        first.append(row)
    print_grid(None, columns, first)
    if more:
        click.echo(f"The first {SHOWN_ROWS} rows. --csv or --json prints all.", err=True)


def _print_description(description: TableDescription) -> None:
    click.echo(f"{description.table}  {description.comment}".rstrip())
    click.echo(f"partitioned by {', '.join(description.partitions) or 'nothing'}; {description.location}")
    print_grid(
        "Columns",
        ("column", "type", "personal", "description"),
        ((one.path, one.type, "yes" if one.personal else "", one.doc) for one in description.columns),
    )
    print_grid(
        "Snapshots",
        ("snapshot_id", "committed_utc", "operation", "rows", "files", "refs", "batch"),
        (
            (
                f"{one.snapshot_id}{' *' if one.snapshot_id == description.snapshot_id else ''}",
                f"{one.committed_utc:%Y-%m-%d %H:%M:%S.%f}"[:-3],
                one.operation,
                one.rows,
                one.files,
                ", ".join(one.refs),
                one.summary.get("gridata.batch-id", ""),
            )
            for one in description.snapshots
        ),
    )
    if description.sample:
        names = list(description.sample[0])
        print_grid("Sample", names, ([row[name] for name in names] for row in description.sample))
