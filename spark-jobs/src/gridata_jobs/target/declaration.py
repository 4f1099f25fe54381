"""A transform's table as data: columns with their meaning, key and partition, created through pyiceberg."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from gridata_control.catalog.tables import ensure_table

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table
    from pyiceberg.types import NestedField

PROPERTIES: Mapping[str, str] = {
    "write.parquet.compression-codec": "zstd",
    # Every commit writes a metadata file; without this they stay for ever.
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
}
"""Table properties every target has."""


@dataclass(frozen=True)
class Column:
    """One column of a target.

    Attributes:
        type: Iceberg primitive type as text, such as `decimal(14,2)`; ignored when `items` are given.
        doc: what it means, with unit and what null means.
        items: fields of the struct in a list column.
    """

    name: str
    type: str
    doc: str
    required: bool = False
    items: tuple[Column, ...] = ()


@dataclass(frozen=True)
class TargetTable:
    """A table one transform writes.

    Attributes:
        id: `<domain>_<layer>.<name>`.
        key: columns that identify a row; none of them is ever null.
        monthly: timestamp or date column whose month partitions the table; None = not partitioned.
    """

    id: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    monthly: str | None = None
    properties: Mapping[str, str] = field(default_factory=lambda: PROPERTIES)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in table order."""
        return tuple(column.name for column in self.columns)

    def ensure(self, catalog: Catalog) -> Table:
        """The table, created or grown when the declaration says more than the catalog has."""
        schema = self.schema()
        return ensure_table(catalog, self.id, schema, self._spec(schema), {**self.properties, "comment": self.doc})

    def schema(self) -> Schema:
        """The declaration as an Iceberg schema; the key is its identifier."""
        from pyiceberg.schema import Schema

        ids = count(1)
        fields = [_field(column, ids) for column in self.columns]
        keys = [one.field_id for one in fields if one.name in self.key]
        return Schema(*fields, identifier_field_ids=keys)

    def _spec(self, schema: Schema) -> PartitionSpec:
        from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
        from pyiceberg.transforms import MonthTransform

        if self.monthly is None:
            return UNPARTITIONED_PARTITION_SPEC
        source = schema.find_field(self.monthly).field_id
        return PartitionSpec(PartitionField(source, 1000, MonthTransform(), f"{self.monthly}_month"))


def _field(column: Column, ids: Iterator[int]) -> NestedField:
    from pyiceberg.types import ListType, NestedField, StructType

    own = next(ids)
    if not column.items:
        # Pydantic turns the type's text into the type, as it does when it reads a table's metadata.
        return NestedField(own, column.name, column.type, required=column.required, doc=column.doc)
    element = next(ids)
    struct = StructType(*(_field(item, ids) for item in column.items))
    return NestedField(
        own, column.name, ListType(element, struct, element_required=False), required=column.required, doc=column.doc
    )
