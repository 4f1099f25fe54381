"""What the standard's operators (`mustBe`, `mustBeLessThan`, …) allow a number to be.

Source: ODCS v3.1, data quality, "Valid Properties for Operator". One operator is given, or a lower and an upper bound;
`mustBeBetween: [a, b]` is there defined as `mustBeGreaterThan: a` with `mustBeLessThan: b`, so the bounds are not
within, and `mustNotBeBetween` is its opposite.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from open_data_contract_standard.model import DataQuality

from gridata_contracts.problems import Absent, Problems

_LOWER = ("mustBeGreaterThan", "mustBeGreaterOrEqualTo")
_UPPER = ("mustBeLessThan", "mustBeLessOrEqualTo")
_PAIRS = ("mustBeBetween", "mustNotBeBetween")
OPERATORS = ("mustBe", "mustNotBe", *_LOWER, *_UPPER, *_PAIRS)
_STRICT = ("mustBeGreaterThan", "mustBeLessThan", *_PAIRS)
_PERCENT = 100


@dataclass(frozen=True)
class Limits:
    """Bounds of one number.

    Attributes:
        low, high: None is open.
        above, below: the bound itself is not within.
        outside: the number must not be within.
        said_by: the operator that gives `min` and the one that gives `max`.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    above: bool = False
    below: bool = False
    outside: bool = False
    said_by: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_upper(self) -> bool:
        """Only an upper bound: how much of something bad is put up with."""
        from_zero = self.low is None or (self.low == 0 and not self.above)
        return self.high is not None and from_zero and not self.outside

    def arguments(self) -> dict[str, Any]:
        """As a rule about a number of the batch takes them."""
        bounds = {name: _plain(bound) for name, bound in (("min", self.low), ("max", self.high)) if bound is not None}
        how = (("exclusive_min", self.above), ("exclusive_max", self.below), ("outside", self.outside))
        return {**bounds, **{name: True for name, given in how if given}}

    def scaled(self, divisor: int) -> Limits:
        """Of a number that is so many times smaller."""
        low, high = (None if bound is None else bound / divisor for bound in (self.low, self.high))
        return replace(self, low=low, high=high)


def given_operators(item: DataQuality) -> dict[str, Any]:
    """The operators that are written, by name."""
    return {name: getattr(item, name) for name in OPERATORS if getattr(item, name) is not None}


def read_limits(item: DataQuality, where: str, problems: Problems) -> Limits | None:
    """What the operators of one quality entry allow; None when a problem was noted."""
    given = given_operators(item)
    if not given:
        problems.add(where, Absent, f"one of {', '.join(OPERATORS)}", "Say what the number has to be.")
        return None
    a_lower_and_an_upper = len(given) == 2 and [sum(n in side for n in given) for side in (_LOWER, _UPPER)] == [1, 1]
    if len(given) > 1 and not a_lower_and_an_upper:
        problems.add(where, given, "one operator, or one lower and one upper bound", "Write a second entry.")
        return None
    before = len(problems.messages)
    found = Limits()
    for name, value in given.items():
        found = _with(found, name, value, f"{where}.{name}", problems)
    if len(problems.messages) > before:
        return None
    return found if _leaves_room(found, given, where, problems) else None


def whole(limits: Limits, where: str, problems: Problems) -> Limits | None:
    """The same for a count, with bounds that are whole numbers and within; None when a problem was noted."""
    low = None if limits.low is None else math.floor(limits.low) + 1 if limits.above else math.ceil(limits.low)
    high = None if limits.high is None else math.ceil(limits.high) - 1 if limits.below else math.floor(limits.high)
    if high is not None and (high < 0 or (low is not None and low > high)):
        _refuse_all(limits, where, problems, "a whole number >= 0")
        return None
    least = None if low is None else Decimal(max(low, 0))
    most = None if high is None else Decimal(high)
    if limits.outside and not least and most is not None:
        return Limits(low=most + 1, said_by={"min": limits.said_by["max"]})
    return Limits(least, most, outside=limits.outside, said_by=limits.said_by)


def percentage(limits: Limits, where: str, problems: Problems) -> Limits | None:
    """The same limits, if some percentage keeps to them; None when a problem was noted."""
    bounds = {"min": limits.low, "max": limits.high}
    wrong = [name for name, bound in bounds.items() if bound is not None and not 0 <= bound <= _PERCENT]
    for name in wrong:
        got = _plain(bounds[name] or Decimal(0))
        problems.add(f"{where}.{limits.said_by[name]}", got, "a percentage from 0 to 100", "Or count with unit: rows.")
    if wrong:
        return None
    nothing_below = limits.high == 0 and limits.below
    nothing_above = limits.low == _PERCENT and limits.above
    if (nothing_below or nothing_above) and not limits.outside:
        _refuse_all(limits, where, problems, "a percentage from 0 to 100")
        return None
    return limits


def _with(found: Limits, name: str, value: Any, at: str, problems: Problems) -> Limits:
    strict = name in _STRICT
    if name in _PAIRS:
        if not isinstance(value, list) or len(value) != len(("low", "high")) or not all(map(_is_number, value)):
            problems.add(at, value, "a list of two numbers, the smaller one first")
            return found
        low, high = (Decimal(str(each)) for each in value)
        if low >= high:
            problems.add(at, value, "two different numbers, the smaller one first", "Swap them, or use mustBe.")
        outside = name == "mustNotBeBetween"
        return Limits(low, high, strict, strict, outside, {"min": name, "max": name})
    if not _is_number(value):
        problems.add(at, value, "a number", "Other values are compared by rules with engine: gridata.")
        return found
    number = Decimal(str(value))
    if name in _LOWER:
        return replace(found, low=number, above=strict, said_by={**found.said_by, "min": name})
    if name in _UPPER:
        return replace(found, high=number, below=strict, said_by={**found.said_by, "max": name})
    return Limits(number, number, outside=name == "mustNotBe", said_by={"min": name, "max": name})


def _leaves_room(limits: Limits, given: Mapping[str, Any], where: str, problems: Problems) -> bool:
    if limits.low is None or limits.high is None or limits.outside:
        return True
    if limits.low < limits.high or (limits.low == limits.high and not (limits.above or limits.below)):
        return True
    problems.add(where, dict(given), "bounds that some number keeps to", "The lower bound has to be the smaller one.")
    return False


def _refuse_all(limits: Limits, where: str, problems: Problems, kind: str) -> None:
    said = dict.fromkeys(limits.said_by.values())
    got = [_plain(bound) for bound in (limits.low, limits.high) if bound is not None]
    at = f"{where}.{next(iter(said))}" if len(said) == 1 else where
    hint = "Its bounds are not within, as the standard says." if {*said} & {*_PAIRS} else ""
    change = "breaks" if limits.outside else "keeps to"
    problems.add(at, got if len({*got}) > 1 else got[0], f"bounds that {kind} {change}", hint)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
