"""The quarantine as it is, and what differs from the answer key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from gridata_contracts.naming import DatasetId, quarantine_table
from gridata_contracts.reasons import ReasonCode
from gridata_control.catalog.rows import read_rows
from gridata_control.catalog.snapshots import load, table_ids
from gridata_control.demo.result import AnswerCheck
from gridata_control.ledger import FileRecord, FileState
from gridata_control.samples.answer_key import ExpectedReason

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

_NEVER_READ = (FileState.EMPTY, FileState.REFUSED)


def found_reasons(catalog: Catalog, records: Iterable[FileRecord]) -> list[ExpectedReason]:
    """Every reason the given files were rejected for.

    Read from the quarantine tables, and from the ledger for files that no job reads (empty, refused).
    """
    by_id = {record.file.file_id: record for record in records}
    found = [
        ExpectedReason(record.file.key, None, record.reason)
        for record in by_id.values()
        if record.state in _NEVER_READ and record.reason is not None
    ]
    for dataset in sorted({record.dataset for record in by_id.values() if record.dataset is not None}):
        found += _quarantined(catalog, dataset, by_id)
    return found


def compare(expected: Collection[ExpectedReason], found: Collection[ExpectedReason]) -> AnswerCheck:
    """What is missing and what is there besides; a reason that is there twice is one too many."""
    wanted, got = Counter(expected), Counter(found)
    return AnswerCheck(len(expected), len(found), _sorted(wanted - got), _sorted(got - wanted))


def _sorted(reasons: Counter[ExpectedReason]) -> tuple[ExpectedReason, ...]:
    return tuple(sorted(reasons.elements(), key=lambda each: (each.file, each.row_number or 0, each.check or "")))


def _quarantined(catalog: Catalog, dataset: DatasetId, by_id: Mapping[str, FileRecord]) -> Iterator[ExpectedReason]:
    table_id = quarantine_table(dataset)
    if table_id not in table_ids(catalog):
        return
    table = load(catalog, table_id)
    current = table.current_snapshot()
    if current is None:
        return
    for batch in read_rows(table, current.snapshot_id, ("_file_id", "_row_number", "reasons")):
        for row in batch.to_pylist():
            record = by_id.get(row["_file_id"])
            if record is not None:
                yield from (_as_expected(record.file.key, row["_row_number"], each) for each in row["reasons"])


def _as_expected(key: str, row_number: int | None, reason: Mapping[str, str | None]) -> ExpectedReason:
    return ExpectedReason(key, row_number, ReasonCode(str(reason["code"])), reason["check"], reason["column"])
