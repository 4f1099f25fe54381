"""`gridata status`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from gridata_contracts.model import JsonValue
from gridata_contracts.naming import LANDING
from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.landing import open_store
from gridata_control.landing.names import printable
from gridata_control.ledger import BatchRecord, FileRecord, Rewrite, RewriteState, open_ledger
from gridata_control.settings import Settings

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH = 160


@click.command()
@click.option("--last", default=50, show_default=True, type=click.IntRange(min=1), help="Newest rows of each table.")
@click.option(
    "--services", is_flag=True, help="Show the services of `gridata up` instead; exit code 1: not all are well."
)
@json_option
@with_settings
def status(settings: Settings, last: int, services: bool, as_json: bool) -> int:
    """Show files and batches with their fate, newest last."""
    if services:
        from gridata_control.cli.platform import show_services

        return show_services(as_json)
    ledger = open_ledger(settings)
    files, batches = ledger.files(), ledger.batches()
    if as_json:
        told = _by_batch(ledger.rewrites())
        echo_json(
            {
                "files": [file_data(file) for file in files],
                "batches": [
                    {**batch_data(each), "rewrites": [rewrite_data(one) for one in told.get(each.batch.id, ())]}
                    for each in batches
                ],
            }
        )
        return 0
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _WIDTH)  # a log or a pipe has no width of its own
    if not files:
        console.print(_nothing_swept(settings))
        return 0
    console.print(_file_table(files[-last:], len(files)))
    console.print(_batch_table(batches[-last:], len(batches), _by_batch(ledger.rewrites())))
    return 0


def file_data(file: FileRecord) -> dict[str, JsonValue]:
    """One file as plain data."""
    return {
        "file_id": file.file.file_id,
        "key": file.file.key,
        "version_id": file.file.version_id,
        "size_bytes": file.file.size_bytes,
        "modified_utc": file.modified_utc.isoformat(),
        "dataset": str(file.dataset) if file.dataset else None,
        "state": file.state.value,
        "reason": file.reason.value if file.reason else None,
        "detail": file.detail,
        "duplicate_of": file.duplicate_of,
        "batch_id": file.batch_id,
        "rows_in": file.rows_in,
        "valid": file.n_valid,
        "rejected": file.n_rejected,
    }


def batch_data(record: BatchRecord) -> dict[str, JsonValue]:
    """One batch as plain data."""
    return {
        "batch_id": record.batch.id,
        "dataset": str(record.batch.dataset),
        "state": record.state.value,
        "files": [file.file_id for file in record.batch.files],
        "bytes": record.batch.size_bytes,
        "ingested_at_utc": record.batch.ingested_at_utc.isoformat(),
        "contract_hash": record.batch.contract_hash,
        "runs": record.run_number,
        "dag_id": record.dag_id,
        "parent_id": record.parent_id,
        "bronze_snapshot_id": record.bronze_snapshot_id,
        "quarantine_snapshot_id": record.quarantine_snapshot_id,
        "error": record.error,
    }


def rewrite_data(rewrite: Rewrite) -> dict[str, JsonValue]:
    """One rewrite of a batch as plain data; `before` is the publication it replaced."""
    return {
        "number": rewrite.number,
        "state": rewrite.state.value,
        "contract_hash": rewrite.asked.contract_hash,
        "by": rewrite.asked.by,
        "why": rewrite.asked.why,
        "asked_at_utc": rewrite.asked_at_utc.isoformat(),
        "ended_at_utc": rewrite.ended_at_utc.isoformat() if rewrite.ended_at_utc else None,
        "run_id": rewrite.run_id,
        "error": rewrite.error,
        "before": None if rewrite.before is None else dict(rewrite.before),
    }


def _nothing_swept(settings: Settings) -> str:
    """What to do while the ledger knows no file."""
    if any(open_store(settings).list_versions(f"{LANDING}/")):
        return "Objects have landed and none is swept yet. Run `gridata sweep`."
    return "Nothing landed yet. Start with `gridata land FILE --dataset ecommerce.orders`."


def _by_batch(rewrites: Iterable[Rewrite]) -> dict[str, list[Rewrite]]:
    found: dict[str, list[Rewrite]] = {}
    for rewrite in rewrites:
        found.setdefault(rewrite.batch_id, []).append(rewrite)
    return found


def _file_table(files: list[FileRecord], total: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"Files ({total})", title_justify="left")
    table.add_column("object", overflow="fold", ratio=2)
    table.add_column("state", no_wrap=True)
    table.add_column("why", overflow="fold", ratio=2)
    for heading in ("rows", "valid", "rejected"):
        table.add_column(heading, justify="right")
    for file in files:
        why = " ".join(part for part in (file.reason, file.detail) if part)
        counts = (_number(count) for count in (file.rows_in, file.n_valid, file.n_rejected))
        table.add_row(Text(printable(file.file.key)), file.state.value, Text(why), *counts)
    return table


def _batch_table(batches: list[BatchRecord], total: int, rewrites: Mapping[str, Sequence[Rewrite]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"Batches ({total})", title_justify="left")
    for heading in ("batch", "state"):
        table.add_column(heading, no_wrap=True)
    table.add_column("why", overflow="fold")
    for heading in ("files", "bytes", "runs"):
        table.add_column(heading, justify="right")
    for record in batches:
        batch = record.batch
        table.add_row(
            Text(batch.id),
            record.state.value,
            Text(record.error or _rewritten(rewrites.get(batch.id, ()))),
            str(len(batch.files)),
            f"{batch.size_bytes:,}",
            str(record.run_number),
        )
    return table


def _rewritten(rewrites: Sequence[Rewrite]) -> str:
    """Where the last rewrite stands; nothing for a batch that has none."""
    if not rewrites:
        return ""
    last = rewrites[-1]
    why = f": {last.error}" if last.error else f": {last.asked.why}" if last.asked.why else ""
    words = {
        RewriteState.ASKED: f"asked for by {last.asked.by}",
        RewriteState.WRITING: f"half done, `gridata replay {last.batch_id} --rewrite` finishes it",
        RewriteState.DONE: f"by {last.asked.by}",
        RewriteState.ABANDONED: "not done",
    }
    return f"rewrite {last.number} {words[last.state]}{why}"


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
