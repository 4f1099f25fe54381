"""Replaces the rows of a published batch in one commit: readers see the old ones or the new ones, never neither.

The data files that hold only the batch are taken out. A file that compaction made of several batches is written again
without it. What the batch is now comes in with the same snapshot, by compare-and-swap on the snapshot that was looked
at. Not by Iceberg's overwrite by filter, which refuses such files; not by pyiceberg's delete, which makes up to two
snapshots of its own before the rows come back and loads whole files into memory.

The snapshot carries the number of the rewrite. A run that finds it in the table's history adopts; when it has expired,
the same rows are written once more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table, TableProperties

from gridata_contracts.errors import PermanentError
from gridata_control.catalog.data_files import reading, text_bounds
from gridata_control.catalog.rows import scan_by_file
from gridata_jobs.parquet_sink import ParquetSink
from gridata_jobs.publish import ATTEMPTS, BATCH_ID, Published, Side, rows_of_batch
from gridata_jobs.read.duck import Duck
from gridata_jobs.target.stamps import lineage_of_current

logger = logging.getLogger(__name__)

REWRITE = "gridata.rewrite"
"""Summary property: number of the rewrite that a snapshot belongs to."""
_MEMORY_MB = 400


@dataclass(frozen=True)
class NewRows:
    """What a batch is to be in a table.

    Attributes:
        files: data files in the table's folder, no part of its current snapshot.
        rows: in all of them.
    """

    files: Sequence[DataFile]
    rows: int

    @classmethod
    def written(cls, table: Table, uris: Sequence[str], rows: int) -> NewRows:
        """Parquet files with the table's field ids."""
        return cls([parquet_file_to_data_file(table.io, table.metadata, uri) for uri in uris], rows)


def replaced_before(side: Side, number: int, rows: int) -> Published | None:
    """What an earlier run of this rewrite left in the table; None when it has to be written.

    Raises:
        PermanentError: it left another number of rows than this run found.
    """
    found = rows_of_batch(side.table, side.batch_id)
    if found == rows == 0:
        return Published.nothing(side.name)
    for snapshot in lineage_of_current(side.table):
        stamps = snapshot.summary.additional_properties if snapshot.summary else {}
        if (stamps.get(BATCH_ID), stamps.get(REWRITE)) == (side.batch_id, str(number)):
            if found != rows:
                raise PermanentError(
                    f"table {side.name} batch {side.batch_id}: got {found} rows of rewrite {number}, allowed {rows} "
                    "as read again. Run `gridata verify` and see docs/runbooks/batch-failed.md."
                )
            return Published(side.name, rows, snapshot.snapshot_id, adopted=True)
    return None


def replace_rows(side: Side, new: NewRows, number: int, stamps: Mapping[str, str], scratch: Path) -> Published:
    """Make the batch's rows in the table be these and no others, or adopt what an earlier run of the rewrite wrote.

    Args:
        side: the table and the batch.
        new: its rows.
        number: of the rewrite.
        stamps: snapshot summary properties; batch and number are added.
        scratch: local folder for files on their way to a remote warehouse.

    Raises:
        TransientError: other batches kept winning the commit.
        PermanentError: this run may not write any more; a data file with rows of the batch is lost.
    """
    stamps = {**stamps, BATCH_ID: side.batch_id, REWRITE: str(number)}
    for attempt in range(ATTEMPTS):
        if (earlier := replaced_before(side, number, new.rows)) is not None:
            return earlier
        side.may_write()
        try:
            snapshot_id = _commit(side, new, stamps, scratch)
        except (CommitFailedException, ValidationException):
            lost = {"table": side.name, "batch_id": side.batch_id, "attempt": attempt}
            logger.info("commit lost, looking again", extra=lost)
            continue
        return Published(side.name, new.rows, snapshot_id, adopted=False)
    raise side.outrun()


def _commit(side: Side, new: NewRows, stamps: Mapping[str, str], scratch: Path) -> int:
    table = side.table
    table.metadata.properties[TableProperties.COMMIT_NUM_RETRIES] = "0"  # of this object only, never committed
    old, others = _taken_out(side, scratch)
    with (
        table.transaction() as transaction,
        transaction.update_snapshot(snapshot_properties=dict(stamps)).overwrite() as snapshot,
    ):
        for file in old:
            snapshot.delete_data_file(file)
        for file in (*new.files, *others):
            snapshot.append_data_file(file)
    return snapshot.snapshot_id


def _taken_out(side: Side, scratch: Path) -> tuple[list[DataFile], list[DataFile]]:
    """Data files with rows of the batch, and files just written with the rows of other batches among theirs."""
    table, alone = side.table, (side.batch_id, side.batch_id)
    with reading(side.name):
        found = [task.file for task in table.scan(row_filter=f"_batch_id = '{side.batch_id}'").plan_files()]
    old = [file for file in found if text_bounds(table, file, "_batch_id") == alone]
    mixed = {file.file_path for file in found} - {file.file_path for file in old}
    others: list[DataFile] = []
    if mixed:
        with closing(Duck(memory_limit_mb=_MEMORY_MB, spill_dir=scratch)) as duck:
            for file, batches in scan_by_file(table, table.scan()):
                if file.file_path in mixed:
                    sink = ParquetSink(table, duck, scratch)  # one per file: a data file lies in one partition
                    if _keep_others(batches, side.batch_id, sink):
                        old.append(file)
                        kept = sink.finish()
                        others += NewRows.written(table, kept.uris, kept.rows).files
    return old, others


def _keep_others(batches: Iterable[pa.RecordBatch], batch_id: str, sink: ParquetSink) -> int:
    """Give the sink the rows of other batches; returns how many are left out."""
    left_out = 0
    other = (pc.field("_batch_id") != batch_id) | pc.field("_batch_id").is_null()
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        others = rows.filter(other)
        left_out += len(rows) - len(others)
        sink.add(others)
    return left_out
