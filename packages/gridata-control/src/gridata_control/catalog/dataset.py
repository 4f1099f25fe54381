"""One snapshot of a table as an Arrow dataset, so that DuckDB asks it for just the columns it needs, each scan anew.

Needs pyarrow at import; loaded by `sql.py` only when a query runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.dataset as ds

from gridata_control.catalog.rows import read_rows, snapshot_schema

if TYPE_CHECKING:
    from pyiceberg.table import Table


class SnapshotDataset(ds.Dataset):
    """What DuckDB needs of a dataset: its schema, and a fresh scanner for every scan of the query plan."""

    def __init__(self, table: Table, snapshot_id: int | None) -> None:
        self._table = table
        self._snapshot_id = snapshot_id
        self._schema = snapshot_schema(table, snapshot_id)

    @property
    def schema(self) -> pa.Schema:
        """Columns of the snapshot."""
        return self._schema

    def scanner(  # type: ignore[override]  # DuckDB passes these two; the others tune Arrow's own reader
        self,
        columns: list[str] | None = None,
        filter: ds.Expression | None = None,  # noqa: A002
    ) -> ds.Scanner:
        """A scanner over `columns` (None: all) of the rows for which `filter` holds."""
        wanted = list(self._schema.names) if columns is None else list(columns)
        needed = [name for name in self._schema.names if name in wanted or self._reads(filter, name)]
        reader = read_rows(self._table, self._snapshot_id, needed or self._schema.names[:1])
        return ds.Scanner.from_batches(reader, columns=wanted, filter=filter)

    def _reads(self, filter: ds.Expression | None, name: str) -> bool:  # noqa: A002
        """Whether the filter names the column: Arrow cannot list an expression's fields, but it cannot bind without."""
        if filter is None:
            return False
        without = pa.schema([field for field in self._schema if field.name != name])
        try:
            without.empty_table().filter(filter)
        except pa.ArrowInvalid:
            return True
        return False
