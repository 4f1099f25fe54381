"""Rows of one snapshot as a stream: schema evolution and deletes resolved by pyiceberg, memory bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gridata_control.catalog.data_files import reading

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import DataScan, FileScanTask, Table


def read_rows(table: Table, snapshot_id: int | None, columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
    """The rows of a snapshot, in no promised order, never a whole file at once.

    Columns are found by field id: a renamed column keeps its values, a re-added one does not get old ones.

    Args:
        table: the table as loaded from the catalog.
        snapshot_id: which version; None for a table without snapshots, which has no rows.
        columns: top-level columns to read; None for all.

    The reader raises LostFileError for a data file that is gone or damaged, TransientError for a store that is down.
    """
    import pyarrow as pa

    scan = table.scan(snapshot_id=snapshot_id, selected_fields=("*",) if columns is None else tuple(columns))
    schema = _arrow_schema(scan)
    batches = (batch for _, batches in scan_by_file(table, scan) for batch in batches)
    return pa.RecordBatchReader.from_batches(schema, batches).cast(schema)


def snapshot_schema(table: Table, snapshot_id: int | None) -> pa.Schema:
    """The columns readers of a snapshot see, as Arrow types."""
    return _arrow_schema(table.scan(snapshot_id=snapshot_id))


def _arrow_schema(scan: DataScan) -> pa.Schema:
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    return schema_to_pyarrow(scan.projection(), include_field_ids=False)


def scan_by_file(table: Table, scan: DataScan) -> Iterator[tuple[DataFile, Iterator[pa.RecordBatch]]]:
    """Each data file of a scan with its rows, read when they are asked for.

    Raises:
        LostFileError: the table's metadata cannot be read; from the rows: their file cannot.
        TransientError: the store does not answer.
    """
    # pyiceberg's own reader hands all files to a thread pool and holds every batch of every file it has read ahead;
    # its public interface has no bounded form, so the two functions below it are called file by file (pin: 0.12.0).
    from pyiceberg.io.pyarrow import ArrowScan, _read_all_delete_files

    table_id = ".".join(table.name())
    arrow_scan = ArrowScan(scan.table_metadata, scan.io, scan.projection(), scan.row_filter)
    with reading(table_id):
        tasks = list(scan.plan_files())

    def rows(task: FileScanTask) -> Iterator[pa.RecordBatch]:
        with reading(table_id, task.file.file_path):
            deletes = _read_all_delete_files(scan.io, [task])
            yield from arrow_scan._record_batches_from_scan_tasks_and_deletes([task], deletes)

    for task in tasks:
        yield task.file, rows(task)
