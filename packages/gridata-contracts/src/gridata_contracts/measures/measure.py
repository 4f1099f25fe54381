"""A rule about one number of the batch: which states it needs, which number they give, and its bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

from gridata_contracts.literals import literal_value
from gridata_contracts.measures.states import StateKey, Values
from gridata_contracts.model import Check, JsonValue
from gridata_contracts.types import LogicalType

Number = int | float | Decimal | str | bool | dt.date | None
"""What a measure gives; dates, instants and text only for least and greatest values."""

DIGITS = 12
"""Floating numbers are judged after rounding to so many digits: engines sum in different orders."""
_ROUND = Context(prec=DIGITS)


@dataclass(frozen=True)
class Bounds:
    """Bounds of a number.

    Attributes:
        low, high: None is open.
        above, below: the bound itself is not within.
        outside: the number must not be within.
    """

    low: Any = None
    high: Any = None
    above: bool = False
    below: bool = False
    outside: bool = False

    def hold(self, value: Any) -> bool:
        """Whether the value keeps to them. A number that could not be measured (no rows) does."""
        if value is None:
            return True
        high_enough = self.low is None or (value > self.low if self.above else value >= self.low)
        low_enough = self.high is None or (value < self.high if self.below else value <= self.high)
        return bool(high_enough and low_enough) is not self.outside


States = Mapping[StateKey, Values]
Given = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Measure:
    """Evaluation of a rule of level AGGREGATE.

    Attributes:
        needs: states of a check, for its column and arguments.
        value: the number, from the values of those states in the same order; None when there is nothing to measure.
        typed_bounds: `min` and `max` are literals of the column's type instead of numbers.
    """

    needs: Callable[[Check], Sequence[StateKey]]
    value: Callable[[Sequence[Values], Check, dt.datetime], Number]
    typed_bounds: bool = False

    def number(self, states: States, check: Check, as_of: dt.datetime) -> Number:
        """The check's number; None when there is nothing to measure."""
        return self.value([states[key] for key in self.needs(check)], check, as_of)

    def holds(self, number: Number, check: Check, kind: LogicalType | None) -> bool:
        """Whether the number is within the check's bounds."""
        return bounded(check, kind if self.typed_bounds else None).hold(judged(number))


def judged(number: Number) -> Any:
    """The number as it is compared: numbers as decimals, floating ones rounded to DIGITS."""
    if isinstance(number, float):
        return _ROUND.create_decimal_from_float(number)
    return Decimal(number) if isinstance(number, int) and not isinstance(number, bool) else number


def bounded(check: Check, kind: LogicalType | None) -> Bounds:
    """The arguments `min` and `max` of a check, as what `judged` gives, and how they are meant."""

    def read(name: str) -> Any:
        given = check.arguments.get(name)
        if given is None:
            return None
        if kind is not None:
            return judged(literal_value(kind, given))  # type: ignore[arg-type] # lint refused what is no value
        return Decimal(str(given))

    above, below, outside = (check.arguments.get(n) is True for n in ("exclusive_min", "exclusive_max", "outside"))
    return Bounds(read("min"), read("max"), above, below, outside)


def of_column(*states: str) -> Callable[[Check], Sequence[StateKey]]:
    """Needs: these states of the check's column, among the rows its condition keeps."""

    def needs(check: Check) -> Sequence[StateKey]:
        condition = None if check.where is None else check.where.text
        return [StateKey(state, None if state == "rows" else check.column, None, condition) for state in states]

    return needs
