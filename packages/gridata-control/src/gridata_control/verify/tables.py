"""Second half, the tables' side: rows per file and batch in bronze and quarantine against the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gridata_control.ledger import BatchRecord, BatchState, FileRecord, FileState
from gridata_control.verify.objects import TOMBSTONES, where
from gridata_control.verify.sides import Sides
from gridata_control.verify.table_rows import LostFile, Tally, expected_fingerprint, row_numbers
from gridata_control.verify.violations import Kind, Violation

_SHOWN_ROWS = 10


def check_tables(
    sides: Sides, files: Mapping[str, FileRecord], batches: Mapping[str, BatchRecord]
) -> Iterator[Violation]:
    """Rows of every file as the ledger says, and no row of anything else.

    Args:
        sides: both tables, tallied.
        files: of this dataset version, by file id.
        batches: of this dataset version, by id.
    """
    yield from _lost_files(sides, batches)
    yield from _orphans(sides, files, batches)
    if any(side.broken for _, side in sides.by_layer):
        return  # every file would seem to lack its rows
    for record in files.values():
        if record.state.terminal and record.state not in TOMBSTONES:
            yield from _check_file(sides, record)


def _lost_files(sides: Sides, batches: Mapping[str, BatchRecord]) -> Iterator[Violation]:
    for _, side in sides.by_layer:
        if side.broken is not None:
            file, problem = side.broken
            yield Violation(Kind.LOST_METADATA, f"{side.name}: {file}", "the table's metadata", problem)
        for lost in side.lost:
            expected = f"{lost.rows} rows{_batches_in(lost, batches)}"
            yield Violation(Kind.LOST_DATA_FILE, f"{side.name}: {lost.uri}", expected, lost.problem)


def _batches_in(lost: LostFile, batches: Mapping[str, BatchRecord]) -> str:
    """` of batch …`, as far as the manifest's bounds tell; a bound that was cut is a prefix."""
    if lost.batches is None:
        return ""
    least, greatest = lost.batches
    inside = sorted(batch_id for batch_id in batches if least <= batch_id <= greatest or batch_id.startswith(greatest))
    named = ", ".join(inside[:_SHOWN_ROWS]) + (f" and {len(inside) - _SHOWN_ROWS} more" * (len(inside) > _SHOWN_ROWS))
    return f" of batch {named}" if inside else f" of batches from {least} to {greatest}"


def _orphans(sides: Sides, files: Mapping[str, FileRecord], batches: Mapping[str, BatchRecord]) -> Iterator[Violation]:
    for name, side in sides.by_layer:
        for (file_id, batch_id), tally in side.rows.items():
            expected = _not_expected(name, files.get(file_id), batches.get(batch_id), batch_id)
            if expected is not None:
                got = f"{tally.records + tally.whole_file} rows"
                yield Violation(Kind.ORPHAN_ROWS, f"{name}: file {file_id} in batch {batch_id}", expected, got)


def _not_expected(layer: str, file: FileRecord | None, batch: BatchRecord | None, batch_id: str) -> str | None:
    """What there should be instead of rows of this file in this batch; None when they may be there."""
    if file is None:
        return "a file of the ledger"
    if file.state in TOMBSTONES:
        return None
    if batch is not None and batch.held_at_utc is not None:
        # What a gate held was rejected for a reason that stays told, also when a changed contract made the batch anew.
        if layer == "quarantine" and file.file.file_id in {each.file_id for each in batch.batch.files}:
            return None
        if batch.state is BatchState.HELD:
            return "none: a quality gate holds the batch"
    return None if file.batch_id == batch_id else f"batch {file.batch_id}"


def _check_file(sides: Sides, record: FileRecord) -> Iterator[Violation]:
    key = (record.file.file_id, record.batch_id or "")
    valid, rejected = sides.bronze.rows.get(key, Tally()), sides.quarantine.rows.get(key, Tally())
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
    tables = [side.table for _, side in sides.by_layer if side.table is not None]
    numbers = [row_numbers(table, record.file.file_id, record.batch_id or "") for table in tables]
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
