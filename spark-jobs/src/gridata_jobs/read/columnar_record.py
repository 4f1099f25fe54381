"""One row of a Parquet or ORC file, read exactly: Python values in, the contract's values or reasons out.

Dates and instants come as the numbers the file holds: Python's own have neither nanoseconds nor years beyond 9999.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Callable, Container, Iterator, Mapping
from typing import cast

import pyarrow as pa

from gridata_contracts import types as t
from gridata_contracts.model import Contract
from gridata_contracts.values import BOOLEANS, NumberToken
from gridata_jobs.read import json_text
from gridata_jobs.read.arrow_any import ArrowType
from gridata_jobs.read.json_text import JsonTree
from gridata_jobs.read.record import Record, RecordReader

_CHUNK_ROWS = 4096
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 # a zone is written where the file has one

_Tree = Callable[[object], JsonTree]


class ColumnarReader:
    """Turns a file's typed values into the tree their JSON would be, so that record.py judges them by one table."""

    def __init__(self, contract: Contract, schema: pa.Schema) -> None:
        self._exact = RecordReader(contract)
        types = {column.name: column.type for column in contract.columns}
        self._declared = types.keys()
        self._trees = {field.name: _tree_of(field.type, types.get(field.name)) for field in schema}

    def records(self, rows: pa.Table) -> Iterator[Record]:
        """The record of each row."""
        for row in _python_rows(rows):
            tree = {name: self._trees[name](value) for name, value in row.items()}
            yield self._exact.read_tree(_without_null_extras(tree, self._declared))

    def extra_texts(self, rows: pa.Table) -> Iterator[str | None]:
        """Text of the `_extra` column for rows of undeclared columns alone."""
        for row in _python_rows(rows):
            tree = {name: self._trees[name](value) for name, value in row.items() if value is not None}
            yield json_text.dump(tree) if tree else None


def _python_rows(rows: pa.Table) -> Iterator[Mapping[str, object]]:
    """Rows as Python values, in chunks that bound memory."""
    schema = pa.schema([pa.field(field.name, _plain_type(field.type)) for field in rows.schema])
    for start in range(0, len(rows), _CHUNK_ROWS):
        yield from rows.slice(start, _CHUNK_ROWS).cast(schema, safe=False).to_pylist()


def _plain_type(found: ArrowType) -> ArrowType:
    """The type whose Python values hold everything: numbers for dates and instants, bytes for text."""
    if pa.types.is_timestamp(found) or pa.types.is_date64(found):
        return pa.int64()
    if pa.types.is_date32(found):
        return pa.int32()
    if pa.types.is_dictionary(found):
        return _plain_type(found.value_type)
    if is_text(found):
        return pa.large_binary()
    if pa.types.is_struct(found):
        fields = [found.field(i) for i in range(found.num_fields)]
        return pa.struct([pa.field(field.name, _plain_type(field.type)) for field in fields])
    if is_list(found):
        return pa.large_list(_plain_type(found.value_type))
    return found


def is_text(found: ArrowType) -> bool:
    """Any of Arrow's string types."""
    return pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found)


def is_list(found: ArrowType) -> bool:
    """Any of Arrow's list types that hold their items end to end."""
    return pa.types.is_list(found) or pa.types.is_large_list(found) or pa.types.is_fixed_size_list(found)


def _tree_of(found: ArrowType, logical: t.LogicalType | None) -> _Tree:
    """Compile the tree of a type's values; null stays null."""
    if pa.types.is_dictionary(found):
        return _tree_of(found.value_type, logical)
    if pa.types.is_struct(found):
        return _struct_tree(found, logical)
    if is_list(found):
        item = _tree_of(found.value_type, logical.item if isinstance(logical, t.List) else None)
        return lambda values: [item(value) for value in values] if isinstance(values, list) else None
    write = _writer(found, logical)
    return lambda value: None if value is None else write(value)


def _struct_tree(found: ArrowType, logical: t.LogicalType | None) -> _Tree:
    types = {field.name: field.type for field in logical.fields} if isinstance(logical, t.Struct) else {}
    fields = [found.field(i) for i in range(found.num_fields)]
    trees = {field.name: _tree_of(field.type, types.get(field.name)) for field in fields}

    def tree(value: object) -> JsonTree:
        if not isinstance(value, dict):
            return None
        return _without_null_extras({name: trees[name](child) for name, child in value.items()}, types.keys())

    return tree


def _writer(found: ArrowType, logical: t.LogicalType | None) -> _Tree:
    if is_text(found):
        return lambda raw: _text(cast("bytes", raw), logical)
    if pa.types.is_timestamp(found):
        unit, zone = found.unit, "Z" if found.tz else ""
        return lambda ticks: _instant(cast("int", ticks), unit, zone)
    if pa.types.is_date32(found):
        return lambda days: _date(cast("int", days))
    if pa.types.is_date64(found):
        return lambda millis: _date(cast("int", millis) // 86_400_000)
    return _scalar


def _scalar(value: object) -> JsonTree:
    match value:
        case bool():
            return value
        case int():
            return NumberToken(value)
        case float():
            return NumberToken(repr(value)) if math.isfinite(value) else _not_finite(value)
        case decimal.Decimal():
            return NumberToken(f"{value:f}")
        case bytes():
            return value.hex()
        case _:  # times, durations and maps stand in undeclared columns only
            return str(value)


def _text(raw: bytes, logical: t.LogicalType | None) -> JsonTree:
    """Text in a typed column counts as the JSON token it spells, as in a CSV cell; bytes that are no text do not."""
    text = raw.decode("utf-8", "surrogateescape")
    match logical:
        case t.Boolean():
            return BOOLEANS.get(text, text)
        case t.Integer() | t.Floating() if text not in {"NaN", "Infinity", "-Infinity"}:
            return NumberToken(text)
        case _:
            return text


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _instant(ticks: int, unit: str, zone: str) -> str:
    seconds, fraction = divmod(ticks, _PER_SECOND[unit])
    try:
        text = (_EPOCH + dt.timedelta(seconds=seconds)).isoformat()
    except OverflowError:
        return f"{ticks} {unit} since 1970"
    digits = f"{fraction * (10**9 // _PER_SECOND[unit]):09}"
    return f"{text}.{digits[:6] if digits.endswith('000') else digits}{zone}"


def _date(days: int) -> str:
    try:
        return (_EPOCH + dt.timedelta(days=days)).date().isoformat()
    except OverflowError:
        return f"{days} days since 1970"


def _without_null_extras(tree: dict[str, JsonTree], declared: Container[str]) -> dict[str, JsonTree]:
    """Null in an undeclared column says nothing: every row of the file has the column."""
    return {name: value for name, value in tree.items() if value is not None or name in declared}
