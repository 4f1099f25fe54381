"""`gridata-job profile`: what a file or a table of the lake holds."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pyarrow.parquet as pq

from gridata_contracts.errors import UsageError
from gridata_contracts.naming import DatasetId, parse_dataset_id
from gridata_control.cli.grid import print_grid
from gridata_control.settings import Settings
from gridata_jobs.ingest import scratch
from gridata_jobs.profile.free_text import FreeText
from gridata_jobs.profile.profile import ColumnProfile, Profile, profile_file
from gridata_jobs.profile.suggestion import SuggestedRule
from gridata_jobs.read.source import FileRefusedError

_NO_WORD = re.compile(r"[^a-z0-9]+")


@click.command()
@click.argument("what", metavar="FILE|TABLE")
@click.option(
    "--home", type=click.Path(path_type=Path), default=None, help="Where the table lies; default GRIDATA_HOME."
)
@click.option("--dataset", "dataset_id", default=None, metavar="DOMAIN.DATASET[.vN]", help="Of the suggested contract.")
@click.option("--contract", "out", type=click.Path(path_type=Path), help="Write the suggested contract to a new file.")
@click.option("--presidio", is_flag=True, help="Look into a sample of the texts with Presidio, which is installed.")
@click.option(
    "--presidio-model", "model", metavar="NAME|DIR", help="spaCy model that knows names of people and places."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
def profile(  # noqa: PLR0913 - one argument per command line option
    what: str,
    home: Path | None,
    dataset_id: str | None,
    out: Path | None,
    presidio: bool,
    model: str | None,
    as_json: bool,
) -> int:
    """Numbers of every column, personal data, and a contract whose rules the records that did not teach them keep."""
    if out is not None and (out.exists() or not out.parent.is_dir()):
        is_what = "which is there" if out.exists() else "whose folder is not there"
        raise UsageError(f"--contract: got {str(out)!r}, {is_what}, allowed a new file. Take another name.")
    free_text = FreeText(model) if presidio or model else None
    with scratch("profile") as folder:
        file = Path(what) if Path(what).is_file() else _exported(what, Settings.load(home), folder)
        found = _profile(file, _dataset(dataset_id, what), folder, free_text)
    if out is not None:
        out.write_text(found.contract)
    click.echo(json.dumps(asdict(found), ensure_ascii=False)) if as_json else _show(found, out)
    return 0


def _profile(file: Path, dataset: DatasetId, folder: Path, free_text: FreeText | None) -> Profile:
    try:
        return profile_file(file, dataset, folder, free_text)
    except FileRefusedError as refused:
        got, allowed = refused.reason.got or refused.reason.code.value, refused.reason.expected or "a readable file"
        raise UsageError(f"{file}: got {got}, allowed {allowed}.") from refused


def _exported(table: str, settings: Settings, folder: Path) -> Path:
    """The current snapshot of a table as a Parquet file, without the platform's own columns."""
    from gridata_control.catalog import open_catalog
    from gridata_control.catalog.dataset import SnapshotDataset
    from gridata_control.catalog.snapshots import load, table_ids

    catalog = open_catalog(settings)
    known = sorted(table_ids(catalog))
    if table not in known:
        shown = ", ".join(known) or "none: nothing was ingested there"
        raise UsageError(f"profile: got {table!r}, allowed a file that is there, or one of the tables {shown}.")
    rows = SnapshotDataset(load(catalog, table), None)
    names = [name for name in rows.schema.names if not name.startswith("_")]
    path = folder / f"{table}.parquet"
    scanner = rows.scanner(columns=names)
    with pq.ParquetWriter(path, scanner.projected_schema) as writer:
        for batch in scanner.to_batches():
            writer.write_batch(batch)
    return path


def _dataset(given: str | None, what: str) -> DatasetId:
    if given is not None:
        return parse_dataset_id(given if given.count(".") > 1 else f"{given}.v1")
    name = _NO_WORD.sub("_", Path(what).name.split(".")[0].lower()).strip("_")
    return DatasetId("suggested", name if name[:1].isalpha() else f"file_{name}".rstrip("_"), 1)


def _show(found: Profile, out: Path | None) -> None:
    click.echo(f"{found.records:,} records, {found.refused:,} of them fit no row of the suggested types")
    print_grid("Columns", ("column", "type", "filled", "numbers"), map(_column_line, found.columns))
    if found.personal:
        lines = ((each.column, each.kind, each.by, f"{each.confidence:.3f}") for each in found.personal)
        print_grid("Personal data", ("column", "looks like", "by", "confidence"), lines)
    kept, dropped = ([rule for rule in found.rules if rule.kept is wanted] for wanted in (True, False))
    title = f"Suggested by the first {found.trained_on:,} records, judged by all"
    print_grid(title, ("rule", "expected", "fail", "confidence"), map(_rule_line, kept))
    if dropped:
        print_grid(
            "Not suggested: later records fail", ("rule", "expected", "fail", "confidence"), map(_rule_line, dropped)
        )
    click.echo(f"Contract written to {out}; review it." if out else "The contract itself: --contract FILE, or --json.")


def _column_line(column: ColumnProfile) -> tuple[str, ...]:
    filled = column.numbers.get("completeness")
    shown = ", ".join(_number(name, value) for name, value in column.numbers.items() if name != "completeness")
    return column.path, column.type, "" if filled is None else f"{filled:.1%}", shown


def _number(name: str, value: float) -> str:
    """`mean 4.5`; instants as such: `min 2025-01-01T00:00:00+00:00`."""
    if name.endswith("_epoch_s"):
        instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)
        return f"{name.removesuffix('_epoch_s')} {instant.isoformat(timespec='seconds')}"
    return f"{name} {value:.6g}"


def _rule_line(rule: SuggestedRule) -> tuple[str, ...]:
    return rule.check, rule.expected, f"{rule.failed:,} of {rule.evaluated:,}", f"{rule.confidence:.3f}"
