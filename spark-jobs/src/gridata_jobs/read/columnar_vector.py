"""Whole columns of Parquet and ORC at once: the contract's type, and which rows need a closer look.

A row is in doubt when one of its values might be refused or might change: the exact reader (columnar_record.py) then
decides. Every conversion here must give the value of the exact reader for rows that are not in doubt.
"""

from __future__ import annotations

import datetime as dt
import decimal
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gridata_contracts import types as t
from gridata_contracts.emit.arrow import arrow_type
from gridata_jobs.read.arrow_any import ArrowArray, ArrowType

Doubt = npt.NDArray[np.bool_]

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH = dt.date(1970, 1, 1).toordinal()
_FIRST_DAY, _LAST_DAY = dt.date.min.toordinal() - _EPOCH, dt.date.max.toordinal() - _EPOCH
_DAY_S = 24 * 60 * 60


@dataclass(frozen=True)
class Vector:
    """Values in the contract's type; those of rows in doubt mean nothing."""

    values: ArrowArray
    doubt: Doubt


def to_vector(found: ArrowArray, wanted: t.LogicalType) -> Vector | None:
    """The column in the contract's type; None where every value has to be looked at.

    Args:
        found: as the file has it; its type is accepted for `wanted`, its text is UTF-8.
        wanted: a column's logical type.
    """
    if pa.types.is_null(found.type):
        wanted_type: ArrowType = arrow_type(wanted)
        return _sure(pa.nulls(len(found), wanted_type))
    if pa.types.is_dictionary(found.type):
        return to_vector(found.dictionary_decode(), wanted)
    match wanted:
        case t.Struct(fields):
            return _struct(found, fields)
        case t.List(item):
            return _list(found, item)
        case t.String():
            values = found.cast(pa.string())
            return Vector(values, _true(pc.match_substring(values, "\0")))
        case t.Boolean():
            return _sure(found) if pa.types.is_boolean(found.type) else None
        case t.Date():
            is_day = pa.types.is_date32(found.type)
            return _within(found.cast(pa.int32()), _FIRST_DAY, _LAST_DAY, pa.date32()) if is_day else None
        case t.Timestamp(zone):
            is_instant = pa.types.is_timestamp(found.type) and (found.type.tz or zone == "UTC")
            return _timestamp(found) if is_instant else None
        case _:
            return _number(found, wanted)


def _number(found: ArrowArray, wanted: t.Integer | t.Decimal | t.Floating) -> Vector | None:
    is_integer = pa.types.is_integer(found.type)
    match wanted:
        case t.Integer():
            return _integer(found, wanted) if is_integer else None
        case t.Decimal():
            return _decimal(found, wanted) if is_integer or pa.types.is_decimal128(found.type) else None
        case t.Floating():
            return _floating(found, wanted) if is_integer or pa.types.is_floating(found.type) else None


def is_present(found: ArrowArray) -> Doubt:
    """Rows whose value is not null."""
    present: Doubt = np.asarray(found.is_valid())
    return present


def _struct(found: ArrowArray, fields: tuple[t.Field, ...]) -> Vector | None:
    names = [found.type.field(i).name for i in range(found.type.num_fields)]
    children = dict(zip(names, found.flatten(), strict=True))
    doubt = np.zeros(len(found), dtype=bool)
    values: list[ArrowArray] = []
    for field in fields:
        child = children.pop(field.name, None)
        vector = to_vector(child if child is not None else pa.nulls(len(found)), field.type)
        if vector is None:
            return None
        values.append(vector.values)
        doubt |= vector.doubt
    for undeclared in children.values():
        doubt |= is_present(undeclared)
    types = [pa.field(field.name, value.type) for field, value in zip(fields, values, strict=True)]
    return Vector(pa.StructArray.from_arrays(values, fields=types, mask=found.is_null()), doubt)


def _list(found: ArrowArray, item: t.LogicalType) -> Vector | None:
    counts: ArrowArray = pc.list_value_length(found)
    lengths = np.asarray(pc.fill_null(counts, 0)).astype(np.int64)
    items = to_vector(found.flatten(), item)
    if items is None:
        return None
    doubt = np.zeros(len(found), dtype=bool)
    doubt[np.repeat(np.arange(len(found)), lengths)[items.doubt]] = True
    offsets = pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int32())
    type_ = arrow_type(t.List(item))
    return Vector(pa.ListArray.from_arrays(offsets, items.values, type=type_, mask=found.is_null()), doubt)


def _integer(found: ArrowArray, wanted: t.Integer) -> Vector:
    if found.type == pa.uint64():
        return _within(found, 0, 2 ** (wanted.bits - 1) - 1, arrow_type(wanted))
    return _within(found.cast(pa.int64()), -(2 ** (wanted.bits - 1)), 2 ** (wanted.bits - 1) - 1, arrow_type(wanted))


def _within(found: ArrowArray, low: int, high: int, type_: ArrowType) -> Vector:
    doubt = _true(pc.less(found, pa.scalar(low, found.type))) | _true(pc.greater(found, pa.scalar(high, found.type)))
    return Vector(_without(found, doubt).cast(type_), doubt)


def _decimal(found: ArrowArray, wanted: t.Decimal) -> Vector:
    if pa.types.is_integer(found.type):
        found = found.cast(pa.decimal128(20, 0))
    type_ = arrow_type(wanted)
    values = found.cast(type_, safe=False)  # may lose digits: then the way back does not lead back
    limit = decimal.Decimal(10**wanted.precision - 1).scaleb(-wanted.scale, _EXACT)
    most, least = pa.scalar(limit, type_), pa.scalar(limit.copy_negate(), type_)
    changed = _true(pc.not_equal(values.cast(found.type, safe=False), found))
    return Vector(values, changed | _true(pc.greater(values, most)) | _true(pc.less(values, least)))


_EXACT = decimal.Context(prec=60)


def _floating(found: ArrowArray, wanted: t.Floating) -> Vector:
    doubles = np.asarray(pc.fill_null(found.cast(pa.float64(), safe=False), 0.0))
    with np.errstate(over="ignore"):
        values = doubles.astype(np.float32) if wanted.bits == 32 else doubles
    doubt = ~np.isfinite(values) if not wanted.allow_nan else np.isinf(values) & np.isfinite(doubles)
    return Vector(pa.array(values, arrow_type(wanted), mask=~is_present(found)), doubt)


def _timestamp(found: ArrowArray) -> Vector:
    per_second = _PER_SECOND[found.type.unit]
    ticks = found.cast(pa.int64())
    low, high = _FIRST_DAY * _DAY_S * per_second, (_LAST_DAY + 1) * _DAY_S * per_second - 1
    whole = np.asarray(pc.fill_null(ticks, 0))
    doubt = (whole < max(low, -(2**63))) | (whole > min(high, 2**63 - 1))
    if per_second > 10**6:
        doubt |= whole % 1000 != 0
        micros = whole // 1000
    else:
        micros = np.where(doubt, 0, whole) * (10**6 // per_second)
    values = pa.array(micros, pa.int64(), mask=~is_present(found))
    return Vector(values.cast(pa.timestamp("us", tz="UTC")), doubt)


def _without(found: ArrowArray, doubt: Doubt) -> ArrowArray:
    return pc.if_else(pa.array(doubt, pa.bool_()), pa.scalar(None, found.type), found) if doubt.any() else found


def _sure(values: ArrowArray) -> Vector:
    return Vector(values, np.zeros(len(values), dtype=bool))


def _true(condition: ArrowArray) -> Doubt:
    found: Doubt = np.asarray(pc.fill_null(condition, False))
    return found
