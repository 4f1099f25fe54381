"""Rows of one snapshot as a stream: schema evolution and deletes resolved by pyiceberg, memory bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.table import DataScan, Table


def read_rows(table: Table, snapshot_id: int | None, columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
    """The rows of a snapshot, in no promised order, never a whole file at once.

    Columns are found by field id: a renamed column keeps its values, a re-added one does not get old ones.

    Args:
        table: the table as loaded from the catalog.
        snapshot_id: which version; None for a table without snapshots, which has no rows.
        columns: top-level columns to read; None for all.
    """
    import pyarrow as pa

    scan = table.scan(snapshot_id=snapshot_id, selected_fields=("*",) if columns is None else tuple(columns))
    schema = _arrow_schema(scan)
    return pa.RecordBatchReader.from_batches(schema, _batches(scan)).cast(schema)


def snapshot_schema(table: Table, snapshot_id: int | None) -> pa.Schema:
    """The columns readers of a snapshot see, as Arrow types."""
    return _arrow_schema(table.scan(snapshot_id=snapshot_id))


def _arrow_schema(scan: DataScan) -> pa.Schema:
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    return schema_to_pyarrow(scan.projection(), include_field_ids=False)


def _batches(scan: DataScan) -> Iterator[pa.RecordBatch]:
    # pyiceberg's own reader hands all files to a thread pool and holds every batch of every file it has read ahead;
    # its public interface has no bounded form, so the two functions below it are called file by file (pin: 0.12.0).
    from pyiceberg.io.pyarrow import ArrowScan, _read_all_delete_files

    arrow_scan = ArrowScan(scan.table_metadata, scan.io, scan.projection(), scan.row_filter)
    for task in scan.plan_files():
        deletes = _read_all_delete_files(scan.io, [task])
        yield from arrow_scan._record_batches_from_scan_tasks_and_deletes([task], deletes)
