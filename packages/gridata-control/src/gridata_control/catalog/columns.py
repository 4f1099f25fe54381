"""A table's columns and nested fields as a flat list, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyiceberg.schema import Schema
    from pyiceberg.types import IcebergType, NestedField


@dataclass(frozen=True)
class TableColumn:
    """One column or nested field.

    Attributes:
        path: dotted, without a mark for array items: `items.unit_price`.
        kind: `string`, `number`, `boolean`, `date`, `time`, `record` or `array`.
        type: in Iceberg's words; `struct` and `list<struct>` for what has fields of its own.
        key: part of the table's identifier.
    """

    field_id: int
    path: str
    kind: str
    type: str
    required: bool
    doc: str
    key: bool


def table_columns(schema: Schema) -> tuple[TableColumn, ...]:
    """Every column and nested field, parents before children."""
    keys = frozenset(schema.identifier_field_ids)
    return tuple(one for column in schema.fields for one in _flat(column, "", keys))


def _flat(column: NestedField, prefix: str, keys: frozenset[int]) -> Iterator[TableColumn]:
    from pyiceberg.types import ListType, StructType

    path = f"{prefix}{column.name}"
    yield TableColumn(
        column.field_id,
        path,
        _kind(column.field_type),
        _text(column.field_type),
        column.required,
        column.doc or "",
        column.field_id in keys,
    )
    inner = column.field_type
    while isinstance(inner, ListType):
        inner = inner.element_type
    if isinstance(inner, StructType):
        for child in inner.fields:
            yield from _flat(child, f"{path}.", keys)


def _kind(kind: IcebergType) -> str:
    from pyiceberg.types import BooleanType, DateType, ListType, StringType, StructType, TimestampType, TimestamptzType

    kinds: tuple[tuple[tuple[type[IcebergType], ...], str], ...] = (
        ((StructType,), "record"),
        ((ListType,), "array"),
        ((StringType,), "string"),
        ((BooleanType,), "boolean"),
        ((DateType,), "date"),
        ((TimestampType, TimestamptzType), "time"),
    )
    return next((name for types, name in kinds if isinstance(kind, types)), "number")


def _text(kind: IcebergType) -> str:
    from pyiceberg.types import ListType, StructType

    if isinstance(kind, StructType):
        return "struct"
    if isinstance(kind, ListType):
        return f"list<{_text(kind.element_type)}>"
    return str(kind).replace(", ", ",")
