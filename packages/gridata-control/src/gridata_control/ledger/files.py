"""Rows of `files`: one per object version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select, update

from gridata_contracts.naming import DatasetId, parse_dataset_id
from gridata_contracts.reasons import ReasonCode
from gridata_control.ledger.records import FileRecord, FileState, LandedFile, NewFile
from gridata_control.ledger.tables import files
from gridata_control.ledger.upsert import insert_or_ignore

OBJECT_ORDER = (files.c.modified_utc, files.c.key, files.c.version_id)
"""The order of a batch's files, and which of two versions is the later one."""

_IDS_PER_QUERY = 500


def see(connection: Connection, new: Sequence[NewFile], now_utc: datetime) -> int:
    """Insert what is new; returns how many rows that were."""
    return insert_or_ignore(connection, files, [_row(entry, now_utc) for entry in new])


def known(connection: Connection, file_ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that are in the table."""
    found: set[str] = set()
    for start in range(0, len(file_ids), _IDS_PER_QUERY):
        chunk = file_ids[start : start + _IDS_PER_QUERY]
        found.update(connection.execute(select(files.c.file_id).where(files.c.file_id.in_(chunk))).scalars())
    return frozenset(found)


def same_size(connection: Connection, dataset: DatasetId, size_bytes: int) -> list[FileRecord]:
    """Versions of the dataset that may hold the same content, oldest first; refused and empty ones hold nothing."""
    query = (
        select(files)
        .where(files.c.dataset == str(dataset), files.c.size_bytes == size_bytes)
        .where(files.c.state.not_in([FileState.REFUSED, FileState.EMPTY, FileState.DUPLICATE]))
        .order_by(*OBJECT_ORDER)
    )
    return [record(row) for row in connection.execute(query).mappings()]


def set_content(connection: Connection, file_id: str, content_sha256: str) -> None:
    """Remember the content hash of a version."""
    connection.execute(update(files).where(files.c.file_id == file_id).values(content_sha256=content_sha256))


def select_records(
    connection: Connection, dataset: DatasetId | None, states: Sequence[FileState], batch_id: str | None
) -> list[FileRecord]:
    """Records in object order; None and empty filters let all pass."""
    query = select(files).order_by(*OBJECT_ORDER)
    if dataset is not None:
        query = query.where(files.c.dataset == str(dataset))
    if states:
        query = query.where(files.c.state.in_([state.value for state in states]))
    if batch_id is not None:
        query = query.where(files.c.batch_id == batch_id)
    return [record(row) for row in connection.execute(query).mappings()]


def counts(connection: Connection) -> dict[FileState, int]:
    """Number of versions per state."""
    query = select(files.c.state, func.count()).group_by(files.c.state)
    return {FileState(state): number for state, number in connection.execute(query)}


def reopen(connection: Connection, entry: NewFile) -> int:
    """A version refused as UNKNOWN_DATASET gets the verdict it has now; 0 when it is in another state."""
    refused = (
        (files.c.file_id == entry.file.file_id)
        & (files.c.state == FileState.REFUSED.value)
        & (files.c.reason == ReasonCode.UNKNOWN_DATASET.value)
    )
    values = {
        "dataset": str(entry.dataset) if entry.dataset else None,
        "state": entry.state.value,
        "reason": entry.reason.value if entry.reason else None,
        "detail": entry.detail,
        "duplicate_of": entry.duplicate_of,
        "content_sha256": entry.file.content_sha256,
    }
    return connection.execute(update(files).where(refused).values(**values)).rowcount


def landed(row: RowMapping) -> LandedFile:
    """The file a row is about."""
    return LandedFile(
        file_id=row["file_id"],
        bucket=row["bucket"],
        key=row["key"],
        version_id=row["version_id"],
        size_bytes=row["size_bytes"],
        content_sha256=row["content_sha256"],
    )


def record(row: RowMapping) -> FileRecord:
    """A whole row."""
    return FileRecord(
        file=landed(row),
        etag=row["etag"],
        modified_utc=row["modified_utc"],
        seen_at_utc=row["seen_at_utc"],
        dataset=parse_dataset_id(row["dataset"]) if row["dataset"] else None,
        state=FileState(row["state"]),
        reason=ReasonCode(row["reason"]) if row["reason"] else None,
        detail=row["detail"],
        duplicate_of=row["duplicate_of"],
        batch_id=row["batch_id"],
        rows_in=row["rows_in"],
        n_valid=row["n_valid"],
        n_rejected=row["n_rejected"],
    )


def _row(entry: NewFile, now_utc: datetime) -> dict[str, object]:
    return {
        "file_id": entry.file.file_id,
        "bucket": entry.file.bucket,
        "key": entry.file.key,
        "version_id": entry.file.version_id,
        "size_bytes": entry.file.size_bytes,
        "content_sha256": entry.file.content_sha256,
        "etag": entry.etag,
        "modified_utc": entry.modified_utc,
        "seen_at_utc": now_utc,
        "decided_at_utc": now_utc if entry.state.terminal else None,
        "dataset": str(entry.dataset) if entry.dataset else None,
        "state": entry.state.value,
        "reason": entry.reason.value if entry.reason else None,
        "detail": entry.detail,
        "duplicate_of": entry.duplicate_of,
    }
