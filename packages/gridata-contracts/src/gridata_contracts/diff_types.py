"""Which changes of a column's type keep every stored and every landed value readable."""

from __future__ import annotations

from dataclasses import dataclass

from gridata_contracts.literals import type_word
from gridata_contracts.types import Decimal, Floating, Integer, List, LogicalType, Struct, Timestamp


@dataclass(frozen=True)
class TypeChange:
    """Old and new type in words, and whether the table can evolve in place."""

    what: str
    allowed: bool


def type_change(old: LogicalType, new: LogicalType) -> TypeChange | None:
    """The change of one column; None when there is none. Fields inside a struct are columns of their own.

    Source: Iceberg specification, Schema Evolution: int to long, float to double, decimal to wider precision.
    """
    if isinstance(old, Struct) and isinstance(new, Struct):
        return None
    if isinstance(old, List) and isinstance(new, List):
        inner = type_change(old.item, new.item)
        return None if inner is None else TypeChange(f"items {inner.what}", inner.allowed)
    if old == new:
        return None
    return TypeChange(f"{_words(old)} → {_words(new)}", _widens(old, new))


def _widens(old: LogicalType, new: LogicalType) -> bool:
    match old, new:
        case Integer(before), Integer(after):
            return after > before
        case Floating(before), Floating(after):
            return after >= before and (new.allow_nan or not old.allow_nan)
        case Decimal(precision, scale, rounds), Decimal(wider, same, rounds_now):
            return wider >= precision and same == scale and (rounds_now or not rounds)
        case Timestamp(before_zone), Timestamp():
            return before_zone is None
        case _:
            return False


def _words(kind: LogicalType) -> str:
    match kind:
        case Timestamp(zone) if zone is not None:
            return f"timestamp in {zone}"
        case Decimal(round_half_up=True):
            return f"{type_word(kind)} rounded"
        case Floating(allow_nan=True):
            return f"{type_word(kind)} with NaN"
        case _:
            return type_word(kind)
