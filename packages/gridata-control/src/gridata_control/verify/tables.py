"""Second half, the tables' side: rows per file and batch in bronze and quarantine against the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridata_control.ledger import FileRecord, FileState
from gridata_control.verify.objects import TOMBSTONES, where
from gridata_control.verify.table_rows import Tallies, Tally, expected_fingerprint, row_numbers
from gridata_control.verify.violations import Kind, Violation

if TYPE_CHECKING:
    from pyiceberg.table import Table

_SHOWN_ROWS = 10


@dataclass(frozen=True)
class Sides:
    """Both tables of one dataset version; None: not created yet.

    Attributes:
        valid: rows of bronze by (file id, batch id).
        rejected: rows of quarantine likewise.
    """

    bronze: Table | None
    quarantine: Table | None
    valid: Tallies
    rejected: Tallies


def check_tables(sides: Sides, files: Mapping[str, FileRecord]) -> Iterator[Violation]:
    """Rows of every file as the ledger says, and no row of anything else.

    Args:
        sides: both tables, tallied.
        files: of this dataset version, by file id.
    """
    yield from _orphans(sides, files)
    for record in files.values():
        if record.state.terminal and record.state not in TOMBSTONES:
            yield from _check_file(sides, record)


def _orphans(sides: Sides, files: Mapping[str, FileRecord]) -> Iterator[Violation]:
    for name, tallies in (("bronze", sides.valid), ("quarantine", sides.rejected)):
        for (file_id, batch_id), tally in tallies.items():
            record = files.get(file_id)
            if record is not None and (record.batch_id == batch_id or record.state in TOMBSTONES):
                continue
            expected = "a file of the ledger" if record is None else f"batch {record.batch_id}"
            rows = tally.records + tally.whole_file
            yield Violation(Kind.ORPHAN_ROWS, f"{name}: file {file_id} in batch {batch_id}", expected, f"{rows} rows")


def _check_file(sides: Sides, record: FileRecord) -> Iterator[Violation]:
    key = (record.file.file_id, record.batch_id or "")
    valid, rejected = sides.valid.get(key, Tally()), sides.rejected.get(key, Tally())
    published = record.state is FileState.PUBLISHED
    n_valid = (record.n_valid or 0) if published else 0
    n_rejected = (record.n_rejected or 0) if published else 0
    n_whole = int(record.state is FileState.QUARANTINED)
    if valid != Tally(n_valid, 0, valid.fingerprint):
        yield Violation(
            Kind.BRONZE_ROWS, where(record.file), f"{n_valid} rows", f"{valid.records + valid.whole_file} rows"
        )
    if (rejected.records, rejected.whole_file) != (n_rejected, n_whole):
        expected = f"{n_rejected} rows and {n_whole} for the whole file"
        got = f"{rejected.records} rows and {rejected.whole_file} for the whole file"
        yield Violation(Kind.QUARANTINE_ROWS, where(record.file), expected, got)
    if published and record.rows_in is not None:
        if record.rows_in != n_valid + n_rejected:
            yield Violation(Kind.ROW_SUM, where(record.file), f"{n_valid} + {n_rejected}", f"rows_in {record.rows_in}")
        if (valid + rejected).fingerprint != expected_fingerprint(record.rows_in):
            yield from _name_rows(sides, record, record.rows_in)


def _name_rows(sides: Sides, record: FileRecord, rows_in: int) -> Iterator[Violation]:
    """Which row numbers make the difference; only now are they looked at one by one."""
    tables = [table for table in (sides.bronze, sides.quarantine) if table is not None]
    numbers = [row_numbers(table, record.file.file_id) for table in tables]
    missing = [row for row in range(1, rows_in + 1) if not any(row in counter for counter in numbers)]
    everywhere = sorted({row for counter in numbers for row in counter})
    doubled = [row for row in everywhere if sum(counter[row] for counter in numbers) > 1]
    unknown = [row for row in everywhere if not 1 <= row <= rows_in]
    for kind, rows in ((Kind.ROW_MISSING, missing), (Kind.ROW_DOUBLED, doubled), (Kind.ROW_UNKNOWN, unknown)):
        if rows:
            yield Violation(kind, where(record.file), f"rows 1 to {rows_in}, each once", _rows(rows))


def _rows(rows: list[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:_SHOWN_ROWS])
    more = f" and {len(rows) - _SHOWN_ROWS} more" if len(rows) > _SHOWN_ROWS else ""
    return f"row {shown}{more}" if len(rows) == 1 else f"rows {shown}{more}"
