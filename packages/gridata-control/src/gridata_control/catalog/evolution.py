"""What may change between a table and its contract: additions and widenings, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyiceberg.schema import Schema
    from pyiceberg.types import IcebergType, NestedField, StructType


def refusals(current: Schema, wanted: Schema) -> list[str]:
    """Why `wanted` is no additive growth of `current`: one line per column, empty when it is."""
    return _struct_refusals(current.as_struct(), wanted.as_struct(), "")


def grew(current: Schema, wanted: Schema) -> bool:
    """Whether `wanted` says more than `current`: a new column, a wider type, a column that may now be null."""
    return _struct_grew(current.as_struct(), wanted.as_struct())


def addable(current: Schema, wanted: Schema) -> Schema:
    """`wanted` as a union with `current` accepts it: columns `current` lacks are optional.

    Rows written before a column existed have no value for it, whatever the contract asks of new rows.
    """
    from pyiceberg.schema import Schema

    return Schema(*_relaxed(current.as_struct(), wanted.as_struct()).fields)


def _struct_refusals(current: StructType, wanted: StructType, prefix: str) -> list[str]:
    names = {field.name for field in wanted.fields}
    found = [
        f"{prefix}{field.name}: got a contract without it, allowed added columns only"
        for field in current.fields
        if field.name not in names
    ]
    by_name = {field.name: field for field in current.fields}
    for field in wanted.fields:
        if field.name in by_name:
            found += _type_refusals(by_name[field.name].field_type, field.field_type, prefix + field.name)
    return found


def _type_refusals(current: IcebergType, wanted: IcebergType, path: str) -> list[str]:
    from pyiceberg.types import ListType, StructType

    if isinstance(current, StructType) and isinstance(wanted, StructType):
        return _struct_refusals(current, wanted, f"{path}.")
    if isinstance(current, ListType) and isinstance(wanted, ListType):
        return _type_refusals(current.element_type, wanted.element_type, f"{path}[*]")
    if current == wanted or _widens(current, wanted):
        return []
    return [f"{path}: got {wanted}, allowed {current} or a wider type of the same kind"]


def _widens(current: IcebergType, wanted: IcebergType) -> bool:
    from pyiceberg.types import DecimalType, DoubleType, FloatType, IntegerType, LongType

    if isinstance(current, DecimalType) and isinstance(wanted, DecimalType):
        return current.scale == wanted.scale and current.precision < wanted.precision
    pairs = ((IntegerType, LongType), (FloatType, DoubleType))
    return any(isinstance(current, narrow) and isinstance(wanted, wide) for narrow, wide in pairs)


def _struct_grew(current: StructType, wanted: StructType) -> bool:
    by_name = {field.name: field for field in current.fields}
    return any(field.name not in by_name or _field_grew(by_name[field.name], field) for field in wanted.fields)


def _field_grew(current: NestedField, wanted: NestedField) -> bool:
    return (current.required and not wanted.required) or _type_grew(current.field_type, wanted.field_type)


def _type_grew(current: IcebergType, wanted: IcebergType) -> bool:
    from pyiceberg.types import ListType, StructType

    if isinstance(current, StructType) and isinstance(wanted, StructType):
        return _struct_grew(current, wanted)
    if isinstance(current, ListType) and isinstance(wanted, ListType):
        relaxed = current.element_required and not wanted.element_required
        return relaxed or _type_grew(current.element_type, wanted.element_type)
    return current != wanted


def _relaxed(current: StructType | None, wanted: StructType) -> StructType:
    from pyiceberg.types import NestedField, StructType

    by_name = {field.name: field for field in current.fields} if current else {}
    fields = []
    for field in wanted.fields:
        known = by_name.get(field.name)
        fields.append(
            NestedField(
                field.field_id,
                field.name,
                _relaxed_type(known.field_type if known else None, field.field_type),
                required=field.required and known is not None and known.required,
                doc=field.doc,
            )
        )
    return StructType(*fields)


def _relaxed_type(current: IcebergType | None, wanted: IcebergType) -> IcebergType:
    from pyiceberg.types import ListType, StructType

    if isinstance(wanted, StructType):
        return _relaxed(current if isinstance(current, StructType) else None, wanted)
    if isinstance(wanted, ListType):
        inner = current.element_type if isinstance(current, ListType) else None
        required = wanted.element_required and isinstance(current, ListType) and current.element_required
        return ListType(wanted.element_id, _relaxed_type(inner, wanted.element_type), element_required=required)
    return wanted
