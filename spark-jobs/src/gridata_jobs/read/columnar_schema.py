"""Whether the columns of a Parquet or ORC file can be the contract's: decided once per file, before any value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import pyarrow as pa

from gridata_contracts import types as t
from gridata_contracts.model import Column, Contract
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_jobs.read.arrow_any import ArrowType
from gridata_jobs.read.columnar_record import is_list, is_text
from gridata_jobs.read.masking import excerpt
from gridata_jobs.read.near_names import near_name
from gridata_jobs.read.source import FileRefusedError


def match_schema(contract: Contract, schema: pa.Schema) -> None:
    """Let a file pass whose columns can hold the contract's.

    Raises:
        FileRefusedError: SCHEMA_MISMATCH, naming every column that is missing, doubled or of another type.
    """
    problems = [*_doubled(schema.names, ""), *_problems(contract, schema)]
    if problems:
        expected = "columns that can be the contract's: " + "; ".join(f"{path}: {what}" for path, what in problems)
        raise FileRefusedError(Reason(ReasonCode.SCHEMA_MISMATCH, column=problems[0][0], expected=expected))


_Problem = tuple[str, str]
"""Path of a column, and what it should be."""


def _problems(contract: Contract, schema: pa.Schema) -> Iterator[_Problem]:
    types = {field.name: field.type for field in schema}
    for column in contract.columns:
        if column.name in types:
            yield from _type_problems(column, column.type, types[column.name])
        elif column.required or column.primary_key:
            near = near_name(column.name, types, contract)
            yield column.path, f"present (the file has {excerpt(near)!r})" if near else "present"


def _doubled(names: Iterable[str], prefix: str) -> Iterator[_Problem]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield excerpt(prefix + name), "once"
        seen.add(name)


def _type_problems(column: Column, logical: t.LogicalType, found: ArrowType) -> Iterator[_Problem]:
    match logical:
        case t.Struct() if pa.types.is_struct(found):
            fields = [found.field(i) for i in range(found.num_fields)]
            yield from _doubled((field.name for field in fields), f"{column.path}.")
            types = {field.name: field.type for field in fields}
            for child in column.children:
                if child.name in types:
                    yield from _type_problems(child, child.type, types[child.name])
        case t.List(item) if is_list(found):
            yield from _type_problems(column, item, found.value_type)
        case _ if not _accepts(logical, found):
            yield column.path, f"{_wanted(logical, found)}, not {found}"


def _wanted(logical: t.LogicalType, found: ArrowType) -> str:
    word = type(logical).__name__.lower()
    if isinstance(logical, t.Timestamp) and pa.types.is_timestamp(found):
        return f"{word} with a zone, such as UTC (without one nobody knows the instant)"
    return word


def _accepts(logical: t.LogicalType, found: ArrowType) -> bool:
    """The table of columnar.py."""
    if pa.types.is_dictionary(found):
        return _accepts(logical, found.value_type)
    if isinstance(logical, t.Struct | t.List):
        return bool(pa.types.is_null(found))
    accepts = _ACCEPTS.get(type(logical))
    return bool(is_text(found) or pa.types.is_null(found) or (accepts and accepts(logical, found)))


_ACCEPTS: Mapping[type, Callable[[t.LogicalType, ArrowType], bool]] = {
    t.Boolean: lambda _, found: pa.types.is_boolean(found),
    t.Integer: lambda _, found: pa.types.is_integer(found),
    t.Decimal: lambda _, found: pa.types.is_integer(found) or pa.types.is_decimal(found),
    t.Floating: lambda _, found: pa.types.is_integer(found) or pa.types.is_floating(found),
    t.Date: lambda _, found: pa.types.is_date(found),
    t.Timestamp: lambda wanted, found: pa.types.is_timestamp(found) and (found.tz is not None or _is_zoned(wanted)),
}
"""By logical type, the Arrow types beside text."""


def _is_zoned(logical: t.LogicalType) -> bool:
    return isinstance(logical, t.Timestamp) and logical.zone is not None
