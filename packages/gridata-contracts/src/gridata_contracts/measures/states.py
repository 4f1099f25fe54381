"""Mergeable states: what one scan collects of a column, block by block, so that blocks, files and batches add up.

A state is a few SQL aggregates; both engines give the same numbers (floating ones up to rounding), and two states of
disjoint rows merge into the state of their union without looking at a row again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.exact_digits import digits
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.literals import is_among

Values = tuple[Any, ...]
"""The numbers of one state; None where no row had a value."""
SUM_DIGITS = 28
"""Digits of what is summed exactly: ten below the widest decimal, so that 10 billion rows cannot overflow it."""


@dataclass(frozen=True)
class StateKey:
    """What a state is of: rules that ask for the same one share it.

    Attributes:
        state: name in STATES.
        column: path; None for the rows themselves.
        other: second column, for states of pairs.
        condition: canonical text of a condition; None = all rows.
        given: what the column is compared with, as JSON; None = nothing.
    """

    state: str
    column: str | None = None
    other: str | None = None
    condition: str | None = None
    given: str | None = None


@dataclass(frozen=True)
class Operands:
    """SQL of what a state is made of.

    Attributes:
        value, other: SQL of the columns; empty where there is none.
        kind: logical type of `value`.
        given: what the value is compared with.
    """

    value: str
    other: str
    kind: t.LogicalType
    dialect: Dialect
    given: Any = None

    @property
    def binary(self) -> str:
        """The value as a finite DOUBLE; NaN and infinities are left out as null is."""
        return self.dialect.finite(self.dialect.converted(self.value, t.Floating()))

    @property
    def other_binary(self) -> str:
        """Likewise for the second column."""
        return self.dialect.finite(self.dialect.converted(self.other, t.Floating()))


@dataclass(frozen=True)
class State:
    """How one kind of state is collected and merged.

    Attributes:
        aggregates: SQL aggregate expressions.
        merge: of two states of disjoint rows.
        about: what the numbers are, in order.
    """

    about: str
    aggregates: Callable[[Operands], tuple[str, ...]]
    merge: Callable[[Values, Values], Values]


def operands(key: StateKey, value: str, other: str, kind: t.LogicalType, dialect: Dialect) -> Operands:
    """What the state of a key is made of."""
    return Operands(value, other, kind, dialect, None if key.given is None else json.loads(key.given))


def sums_exactly(kind: t.LogicalType) -> bool:
    """Whether totals of the type are exact; else they are binary."""
    needed = digits(kind)
    return isinstance(kind, t.Integer | t.Decimal) and needed.whole + needed.scale <= SUM_DIGITS


def _total(o: Operands) -> tuple[str, ...]:
    if sums_exactly(o.kind):
        scale = digits(o.kind).scale
        return (f"sum({o.dialect.converted(o.value, t.Decimal(SUM_DIGITS, scale))})",)
    return (f"sum({o.binary})",)


def _bounds(o: Operands) -> tuple[str, ...]:
    value = o.dialect.finite(o.value) if isinstance(o.kind, t.Floating) else o.value
    return f"min({value})", f"max({value})"


def _lengths(o: Operands) -> tuple[str, ...]:
    length = f"CAST({o.dialect.length(o.value)} AS BIGINT)"
    return f"min({length})", f"max({length})", f"sum({length})"


def _moments(o: Operands) -> tuple[str, ...]:
    return f"count({o.binary})", f"avg({o.binary})", f"var_pop({o.binary})"


def _pairs(o: Operands) -> tuple[str, ...]:
    x, y = o.binary, o.other_binary
    both_x, both_y = f"CASE WHEN {y} IS NOT NULL THEN {x} END", f"CASE WHEN {x} IS NOT NULL THEN {y} END"
    return (
        f"count({both_x})",
        f"avg({both_x})",
        f"avg({both_y})",
        f"var_pop({both_x})",
        f"var_pop({both_y})",
        f"covar_pop({x}, {y})",
    )


def _listed(o: Operands) -> tuple[str, ...]:
    return (f"count(CASE WHEN {is_among(o.dialect, o.value, o.given, o.kind)} THEN 1 END)",)


def _matching(o: Operands) -> tuple[str, ...]:
    return (f"count(CASE WHEN {o.dialect.matches(o.value, o.given)} THEN 1 END)",)


def _add(a: Values, b: Values) -> Values:
    return tuple(y if x is None else x if y is None else x + y for x, y in zip(a, b, strict=True))


def _widen(a: Values, b: Values) -> Values:
    return _least(a[0], b[0]), _most(a[1], b[1])


def _least(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else min(a, b)


def _most(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else max(a, b)


def _merge_lengths(a: Values, b: Values) -> Values:
    return _least(a[0], b[0]), _most(a[1], b[1]), *_add(a[2:], b[2:])


def _merge_moments(a: Values, b: Values) -> Values:
    """Chan, Golub & LeVeque 1979, on (n, mean, population variance)."""
    if not a[0] or not b[0]:
        return b if not a[0] else a
    n, delta = a[0] + b[0], b[1] - a[1]
    mean = a[1] + delta * b[0] / n
    squares = a[2] * a[0] + b[2] * b[0] + delta * delta * a[0] * b[0] / n
    return n, mean, squares / n


def _merge_pairs(a: Values, b: Values) -> Values:
    """Likewise with the co-moment of two columns."""
    if not a[0] or not b[0]:
        return b if not a[0] else a
    n, dx, dy = a[0] + b[0], b[1] - a[1], b[2] - a[2]
    share = a[0] * b[0] / n

    def together(i: int, delta: float) -> float:
        return float((a[i] * a[0] + b[i] * b[0] + delta * share) / n)

    means = a[1] + dx * b[0] / n, a[2] + dy * b[0] / n
    return n, *means, together(3, dx * dx), together(4, dy * dy), together(5, dx * dy)


STATES: Mapping[str, State] = {
    "rows": State("rows", lambda _: ("count(*)",), _add),
    "filled": State("values that are not null", lambda o: (f"count({o.value})",), _add),
    "total": State("sum; exact for exact types of up to 28 digits", _total, _add),
    "bounds": State("least and greatest value", _bounds, _widen),
    "lengths": State("shortest, longest and total length in code points", _lengths, _merge_lengths),
    "moments": State("finite values, their mean and population variance", _moments, _merge_moments),
    "pairs": State("pairs, both means, both variances, covariance", _pairs, _merge_pairs),
    "zeros": State("values equal to 0", lambda o: (f"count(CASE WHEN {o.value} = 0 THEN 1 END)",), _add),
    "listed": State("values out of a list", _listed, _add),
    "matching": State("values that match a pattern", _matching, _add),
    "trues": State("true values", lambda o: (f"count(CASE WHEN {o.value} THEN 1 END)",), _add),
}
"""Every state by name."""


def merge(state: str, a: Values | None, b: Values) -> Values:
    """The state of both; `a` None is of no rows."""
    return b if a is None else STATES[state].merge(a, b)


def plain(value: Any) -> float | None:
    """A number of a state as a metric holds it: a double; None stays None."""
    if value is None:
        return None
    return float(value) if isinstance(value, int | float | Decimal) else None
