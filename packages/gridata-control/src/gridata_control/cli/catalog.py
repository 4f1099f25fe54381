"""`gridata catalog`: datasets with owners, personal data, checks and lineage, as the embedded catalog has them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from gridata_control.cli.grid import print_grid
from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.settings import Settings

if TYPE_CHECKING:
    from gridata_control.datahub.outbox import Pending
    from gridata_control.datahub.reader import Entry
    from gridata_control.ledger import Run

_SHOWN = 20
"""Runs that wait to be told, of however many."""


@click.group()
def catalog() -> None:
    """Browse datasets, owners and lineage."""


@catalog.command("ls")
@json_option
@with_settings
def list_datasets(settings: Settings, *, as_json: bool) -> None:
    """List every dataset the catalog knows, and what could not be told to it yet."""
    from gridata_control.datahub.outbox import open_outbox
    from gridata_control.datahub.reader import CatalogReader

    entries = CatalogReader(settings).entries()
    pending = [waiting for _, waiting in open_outbox(settings).entries()]
    pending += _untold(settings) if settings.metadata_by == "sweep" else []
    if as_json:
        told = [{"run": one.name, "sink": one.sink, "error": one.error, "refused": one.refused} for one in pending]
        echo_json({"datasets": [_summary(entry) for entry in entries], "pending": told})
        return
    if not entries:
        click.echo("Nothing yet. The catalog fills with the first run; `gridata demo` makes one.")
    else:
        columns = ("dataset", "layer", "rows", "columns", "personal", "checks", "failing", "owner", "domain")
        print_grid("Catalog", columns, ([_summary(entry)[name] for name in columns] for entry in entries))
    for one in pending:
        state = "refused" if one.refused else f"attempts: {one.attempts}, it is told again"
        click.echo(f"not told to {one.sink}: run {one.name} ({state}): {one.error}", err=True)


@catalog.command()
@click.option("--refused", is_flag=True, help="Only those that a catalog refused.")
@json_option
@with_settings
def retell(settings: Settings, *, refused: bool, as_json: bool) -> None:
    """Have the sweep tell all ended runs again, as after a catalog was lost; it keeps their order."""
    from gridata_contracts.errors import UsageError
    from gridata_control.ledger import open_ledger

    if settings.metadata_by != "sweep":
        raise UsageError("GRIDATA_METADATA_BY: got job, allowed sweep: only then somebody tells runs from the ledger.")
    ledger = open_ledger(settings)
    try:
        number = ledger.forget_told(refused_only=refused)
    finally:
        ledger.close()
    if as_json:
        echo_json({"runs": number})
    else:
        click.echo(f"The next sweeps tell {number} runs again.")


@catalog.command()
@click.argument("name")
@json_option
@with_settings
def show(settings: Settings, name: str, *, as_json: bool) -> None:
    """Columns, owner, personal data and check results of the dataset NAME."""
    from gridata_control.datahub.reader import CatalogReader

    entry = CatalogReader(settings).entry(name)
    if as_json:
        echo_json(asdict(entry))
        return
    click.echo(f"{entry.name}  ({entry.platform}, {entry.layer})\n{entry.description}".rstrip())
    facts = {"owner": entry.owner, "domain": entry.domain, "tags": ", ".join(entry.tags), **entry.properties}
    print_grid(None, ("property", "value"), facts.items())
    print_grid(
        "Columns",
        ("column", "type", "key", "personal", "description"),
        ((one.path, one.type, "yes" if one.key else "", one.personal, one.description) for one in entry.columns),
    )
    if entry.checks:
        print_grid(
            f"Checks, {sum(one.passed for one in entry.checks)} of {len(entry.checks)} passed",
            ("check", "severity", "result", "failed", "of", "expected", "at"),
            (
                (
                    one.check,
                    one.severity,
                    "passed" if one.passed else "failed",
                    one.failed,
                    one.evaluated,
                    one.expected,
                    f"{one.at_utc:%Y-%m-%d %H:%M:%S}",
                )
                for one in entry.checks
            ),
        )


@catalog.command()
@click.argument("name")
@click.option("--column", metavar="PATH", help="Follow one column, such as items.unit_price.")
@json_option
@with_settings
def lineage(settings: Settings, name: str, column: str | None, *, as_json: bool) -> None:
    """What the dataset NAME is made of, and what is made of it."""
    from rich.console import Console

    from gridata_control.cli.lineage_view import LineageView
    from gridata_control.datahub.reader import CatalogReader

    reader = CatalogReader(settings)
    entry, graph = reader.entry(name), reader.graph()
    path = _known_column(entry, column)
    names = {one.urn: one.name for one in reader.entries()}
    view = LineageView(graph, names, (entry.urn, path or ""))
    if as_json:
        echo_json({"dataset": entry.name, "column": path, "upstream": view.upstream(), "downstream": view.downstream()})
        return
    console = Console(markup=False, highlight=False)
    title = f"{entry.name}.{path}" if path else entry.name
    console.print(view.tree(f"{title} is made of", upward=True))
    console.print(view.tree(f"{title} goes into", upward=False))


def _pending(run: Run, *, refused: bool) -> Pending:
    from gridata_control.datahub.outbox import Pending

    tried = run.told_error is not None
    return Pending(run.run_id, "catalogs", run.told_error or "not tried yet", attempts=int(tried), refused=refused)


def _untold(settings: Settings) -> list[Pending]:
    """The next runs that the sweep has not told yet, and those it was refused: the ledger keeps them."""
    from gridata_control.ledger import open_ledger

    ledger = open_ledger(settings)
    try:
        waiting = [_pending(run, refused=False) for run in ledger.untold_runs(_SHOWN)]
        return waiting + [_pending(run, refused=True) for run in ledger.refused_runs()]
    finally:
        ledger.close()


def _summary(entry: Entry) -> dict[str, object]:
    return {
        "dataset": entry.name,
        "urn": entry.urn,
        "platform": entry.platform,
        "layer": entry.layer,
        "rows": entry.rows,
        "snapshot_id": entry.snapshot_id,
        "columns": len(entry.columns),
        "personal": len(entry.personal),
        "checks": len(entry.checks),
        "failing": sum(not one.passed for one in entry.checks),
        "owner": entry.owner,
        "domain": entry.domain,
    }


def _known_column(entry: Entry, column: str | None) -> str | None:
    """The path without marks for array items.

    Raises:
        UsageError: the dataset has no such column.
    """
    from difflib import get_close_matches

    from gridata_contracts.errors import UsageError
    from gridata_control.datahub.facts import plain_path

    if column is None:
        return None
    path, known = plain_path(column), [one.path for one in entry.columns]
    if path not in known:
        near = get_close_matches(path, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"`gridata catalog show {entry.name}` lists them."
        raise UsageError(f"column of {entry.name}: got {column!r}, allowed one of {len(known)} columns. {hint}")
    return path
