"""Puts a batch's data files into an Iceberg table exactly once, whatever crashed before or runs beside us.

A retry first looks for rows with the batch's `_batch_id` (their file statistics prune the scan; it works after
compaction and after snapshot expiry). Only when there are none are the files added, by compare-and-swap on the
snapshot that was looked at: another writer of the same batch (a zombie) makes the commit fail, and we look again.
Between the look and the swap the ledger is asked whether this run may still write. Whoever takes that right away says
so in the ledger before its own commit, so either the ledger tells us, or its commit makes ours fail.
pyiceberg's own commit retry is switched off for this commit, because it would append a second time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table, TableProperties

from gridata_contracts.errors import PermanentError, TransientError
from gridata_control.catalog.data_files import reading

logger = logging.getLogger(__name__)

BATCH_ID = "gridata.batch-id"
ATTEMPTS = 20
"""Commits lost to other batches of the same table before the job gives up as transient."""


@dataclass(frozen=True)
class Published:
    """Rows of one batch in one table.

    Attributes:
        snapshot_id: snapshot that brought them; None when it has expired or there are no rows.
        adopted: an earlier run had already written them.
    """

    table: str
    rows: int
    snapshot_id: int | None
    adopted: bool

    @classmethod
    def nothing(cls, table: str) -> Published:
        """No rows of the batch are in the table."""
        return cls(table, 0, None, adopted=False)


@dataclass(frozen=True)
class Side:
    """One table and one batch whose rows are to be in it.

    Attributes:
        name: of the table, for messages.
        may_write: raises PermanentError when the run at work may not write any more. Asked after the table was read
            and before the commit that rests on what was read.
    """

    table: Table
    name: str
    batch_id: str
    may_write: Callable[[], None]

    def outrun(self) -> TransientError:
        """Other writers of the table were faster every time."""
        return TransientError(
            f"table {self.name} batch {self.batch_id}: got {ATTEMPTS} lost commits, allowed one winner. Retry."
        )


def committed_bytes(table: Table, snapshot_id: int | None) -> int:
    """Bytes of the data files that a snapshot added; 0 for no snapshot, or one that has expired."""
    snapshot = None if snapshot_id is None else table.metadata.snapshot_by_id(snapshot_id)
    if snapshot is None or snapshot.summary is None:
        return 0
    return int(snapshot.summary.additional_properties.get("added-files-size", 0))


def rows_of_batch(table: Table, batch_id: str) -> int:
    """How many rows of the batch the table holds now.

    Raises:
        LostFileError: a data file that may hold them is gone or damaged.
    """
    with reading(".".join(table.name())):
        table.refresh()
        return table.scan(row_filter=f"_batch_id = '{batch_id}'", selected_fields=("_batch_id",)).count()


def snapshot_of_batch(table: Table, batch_id: str) -> int | None:
    """The newest snapshot stamped with the batch, if it has not expired."""
    stamped = [
        s for s in table.metadata.snapshots if s.summary and s.summary.additional_properties.get(BATCH_ID) == batch_id
    ]
    return max(stamped, key=lambda s: s.sequence_number or 0).snapshot_id if stamped else None


def adopt(table: Table, name: str, batch_id: str, expected_rows: int | None = None) -> Published | None:
    """What an earlier run published of the batch; None when it published nothing.

    Raises:
        PermanentError: the table holds another number of rows than this run found: never published silently; or a
            data file that may hold them is gone or damaged.
    """
    rows = rows_of_batch(table, batch_id)
    if rows == 0:
        return None
    if expected_rows is not None and rows != expected_rows:
        raise PermanentError(
            f"table {name} batch {batch_id}: got {rows} published rows, allowed {expected_rows} as read again. "
            "Run `gridata verify` and see docs/runbooks/batch-failed.md."
        )
    return Published(name, rows, snapshot_of_batch(table, batch_id), adopted=True)


def publish_files(side: Side, files: DataFiles, stamps: Mapping[str, str]) -> Published:
    """Add the data files of a batch, or adopt what is already there.

    Args:
        side: the table, and the batch whose rows these are.
        files: written and not yet part of any snapshot.
        stamps: snapshot summary properties; the batch id is added.

    Raises:
        TransientError: other batches kept winning the commit.
        PermanentError: as `adopt`; or this run may not write any more.
    """
    table, name, batch_id = side.table, side.name, side.batch_id
    if files.rows == 0:
        return adopt(table, name, batch_id, 0) or Published.nothing(name)
    for attempt in range(ATTEMPTS):
        if (earlier := adopt(table, name, batch_id, files.rows)) is not None:
            return earlier
        side.may_write()
        table.metadata.properties[TableProperties.COMMIT_NUM_RETRIES] = "0"  # of this object only, never committed
        try:
            table.add_files(list(files.uris), {**stamps, BATCH_ID: batch_id}, check_duplicate_files=False)
        except CommitFailedException:
            logger.info("commit lost, looking again", extra={"table": name, "batch_id": batch_id, "attempt": attempt})
            continue
        return Published(name, files.rows, snapshot_of_batch(table, batch_id), adopted=False)
    raise side.outrun()


@dataclass(frozen=True)
class DataFiles:
    """Parquet files in a table's folder, not yet committed."""

    uris: Sequence[str]
    rows: int
    size_bytes: int
