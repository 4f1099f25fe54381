"""Where checks look values up: tables of the lake as they were at the batch's instant, or nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa
import pyarrow.dataset as ds

from gridata_contracts.errors import PermanentError, UsageError
from gridata_contracts.looked_up import column_problems
from gridata_contracts.rules.keyed import References

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyspark.sql import DataFrame, SparkSession

Relation = pa.Table | ds.Dataset


class Lookup(Protocol):
    """Gives the referenced columns of a table; None when there was no such table at that instant."""

    def arrow(self, wanted: References) -> Relation | None: ...
    def frame(self, wanted: References, spark: SparkSession) -> DataFrame | None: ...


class GivenTables:
    """Tables in memory, by name; without any, checks that look something up are not asked."""

    def __init__(self, **tables: pa.Table) -> None:
        self._tables = tables

    def arrow(self, wanted: References) -> Relation | None:
        """The table of that name."""
        table = self._tables.get(wanted.table)
        return None if table is None else _needed(table, wanted)

    def frame(self, wanted: References, spark: SparkSession) -> DataFrame | None:
        """The same as a frame."""
        table = self._tables.get(wanted.table)
        return None if table is None else spark.createDataFrame(_needed(table, wanted))


def _needed(table: pa.Table, wanted: References) -> pa.Table:
    """The columns that are looked up; of a table whose rows are counted the first one.

    Raises:
        PermanentError: a column is not there, or holds nothing that compares.
    """
    _require_columns(wanted, {field.name: _iceberg_word(field.type) for field in table.schema})
    return table.select(list(wanted.needed or table.column_names[:1]))


class LakeTables:
    """Iceberg tables of one catalog, as they were at one instant: a replay looks up what the first run did."""

    def __init__(self, catalog: Catalog, name: str, as_of: datetime) -> None:
        """Look up in a catalog.

        Args:
            catalog: from `open_catalog`.
            name: of the same catalog in Spark.
            as_of: aware; the newest snapshot at or before it is read.
        """
        self._catalog, self._name, self._as_of = catalog, name, as_of

    def arrow(self, wanted: References) -> Relation | None:
        """A dataset over the snapshot; its columns are read when they are asked for."""
        from gridata_control.catalog.dataset import SnapshotDataset
        from gridata_control.catalog.snapshots import load

        snapshot_id = self._snapshot_id(wanted)
        return None if snapshot_id is None else SnapshotDataset(load(self._catalog, wanted.table), snapshot_id)

    def frame(self, wanted: References, spark: SparkSession) -> DataFrame | None:
        """The snapshot as a frame."""
        snapshot_id = self._snapshot_id(wanted)
        if snapshot_id is None:
            return None
        return spark.sql(f"SELECT * FROM {self._name}.{wanted.table} VERSION AS OF {snapshot_id}")

    def _snapshot_id(self, wanted: References) -> int | None:
        from gridata_control.catalog.snapshots import load, resolve_as_of, table_ids

        if wanted.table not in table_ids(self._catalog):
            return None
        table = load(self._catalog, wanted.table)
        try:
            snapshot_id = resolve_as_of(table, self._as_of.isoformat())
        except UsageError:
            return None
        _require_columns(wanted, {field.name: str(field.field_type) for field in table.schema().fields})
        return snapshot_id


def _iceberg_word(kind: pa.DataType) -> str:
    """An Arrow type as `column_problems` reads Iceberg's; other types by Arrow's own word."""
    if pa.types.is_dictionary(kind):
        return _iceberg_word(kind.value_type)
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"
    return next((word for is_it, word in _WORDS if is_it(kind)), str(kind))


_WORDS: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_string, "string"),
    (pa.types.is_large_string, "string"),
    (pa.types.is_string_view, "string"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "long"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "timestamptz"),  # a naive one counts as UTC
)


def _require_columns(wanted: References, types: Mapping[str, str]) -> None:
    """The columns are there, and hold what is looked up.

    Raises:
        PermanentError: they do not.
    """
    if problems := list(column_problems(wanted, types)):
        raise PermanentError("\n".join(problems))
