"""How many digits exact arithmetic needs: rules that could outgrow 38 are refused before an engine fails on a row."""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from dataclasses import dataclass

from gridata_contracts.types import Decimal, Integer, LogicalType

MOST = 38
"""Digits of the widest decimal that both engines have."""
ITEM_DIGITS = 8
"""A record of at most 16 MiB holds fewer than ten million items; one digit for the running sum."""


@dataclass(frozen=True)
class Digits:
    """Digits before and after the point."""

    whole: int
    scale: int

    @property
    def fit(self) -> bool:
        """Both engines hold every such number exactly."""
        return self.whole + self.scale <= MOST


def integer_digits(kind: Integer) -> int:
    """Digits of the largest number."""
    return 19 if kind.bits == 64 else 10


def digits(kind: LogicalType) -> Digits:
    """Digits of an exact type; other types need none."""
    match kind:
        case Decimal(precision, scale):
            return Digits(precision - scale, scale)
        case Integer():
            return Digits(integer_digits(kind), 0)
        case _:
            return Digits(0, 0)


def number_digits(number: decimal.Decimal) -> Digits:
    """Digits of one number, written without an exponent."""
    exponent = number.as_tuple().exponent
    scale = max(0, -exponent) if isinstance(exponent, int) else 0
    return Digits(max(number.adjusted() + 1, 1), scale)


def together(kinds: Sequence[Digits], more: int = 0) -> Digits:
    """Digits that hold any of them, and `more` before the point: a sum of two may need one more."""
    return Digits(max(each.whole for each in kinds) + more, max(each.scale for each in kinds))


def product(kinds: Sequence[Digits]) -> Digits:
    """Digits of factors multiplied."""
    return Digits(sum(each.whole for each in kinds), sum(each.scale for each in kinds))
