"""Arrow schema of a sample → logical types by column path, where one of ours holds the Arrow type exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from gridata_contracts.types import (
    Boolean,
    Date,
    Decimal,
    Floating,
    Integer,
    List,
    LogicalType,
    String,
    Struct,
    Timestamp,
)

if TYPE_CHECKING:
    import pyarrow as pa


def types_of(schema: pa.Schema) -> dict[str, LogicalType]:
    """Types by path; `tags[*]` is one item of an array. A struct's fields stand at their own paths only."""
    return {path: kind for field in schema for path, kind in _walk(field.name, field.type)}


def _walk(path: str, found: pa.DataType) -> Iterator[tuple[str, LogicalType]]:
    import pyarrow as pa

    kind = _logical(found)
    if kind is not None:
        yield path, kind
    if pa.types.is_struct(found):
        for field in _fields(found):
            yield from _walk(f"{path}.{field.name}", field.type)
    elif pa.types.is_list(found) or pa.types.is_large_list(found):
        yield from _walk(f"{path}[*]", found.value_type)


def _fields(found: pa.StructType) -> Iterable[pa.Field[pa.DataType]]:
    return (found.field(i) for i in range(found.num_fields))


def _logical(found: pa.DataType) -> LogicalType | None:
    import pyarrow as pa

    if pa.types.is_uint64(found):
        return None  # the values decide: most fit a long
    if pa.types.is_struct(found):
        return Struct(())
    if pa.types.is_list(found) or pa.types.is_large_list(found):
        item = _logical(found.value_type)
        return None if item is None else List(item)
    if isinstance(found, pa.Decimal128Type):
        return Decimal(found.precision, found.scale)
    if isinstance(found, pa.TimestampType):
        return Timestamp(None if found.tz else "Etc/UTC")
    return next((kind for is_kind, kind in _scalars() if is_kind(found)), None)


def _scalars() -> list[tuple[Callable[[pa.DataType], bool], LogicalType]]:
    import pyarrow.types as kinds

    return [
        (kinds.is_string, String()),
        (kinds.is_large_string, String()),
        (kinds.is_boolean, Boolean()),
        (kinds.is_int64, Integer(64)),
        (kinds.is_uint32, Integer(64)),
        (kinds.is_integer, Integer(32)),
        (kinds.is_float64, Floating(64)),
        (kinds.is_float32, Floating(32)),
        (kinds.is_date, Date()),
    ]
