"""Rules that compare one value with literals."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_bounds import literal_bounds
from gridata_contracts.argument_literals import tolerance_of_numbers
from gridata_contracts.argument_relations import literal_bounds_in_order
from gridata_contracts.exact_digits import MOST
from gridata_contracts.literals import literal_value
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.literals import value_literal
from gridata_contracts.sql.subject import Subject
from gridata_contracts.values import Value

_MOST_DIGITS = 800  # of a tolerance: 5e-324 less a decimal of 38 digits has fewer


@row_rule(
    Group.RANGE,
    "Inclusive bounds, of which either may be left out; `exclusive_min` and `exclusive_max` exclude the bound itself.",
    applies=Applies.ORDERED,
    optional={
        "min": Argument.VALUE,
        "max": Argument.VALUE,
        "exclusive_min": Argument.BOOLEAN,
        "exclusive_max": Argument.BOOLEAN,
    },
    one_of=True,
    relation=literal_bounds,
    expected="between {min} and {max}",
    aliases=("expect_column_values_to_be_between", "accepted_range"),
    example=on(t.Decimal(12, 2), {"min": 0, "max": 10}, "10.00", "10.01"),
)
def is_between(s: Subject) -> str:
    least, most = s.argument("min"), s.argument("max")
    above, below = (">" if s.argument("exclusive_min") else ">="), ("<" if s.argument("exclusive_max") else "<=")
    bounds = [f"{s.value} {above} {s.literal(least)}"] if least is not None else []
    bounds += [f"{s.value} {below} {s.literal(most)}"] if most is not None else []
    return " AND ".join(bounds)


@row_rule(
    Group.RANGE,
    "Below `min` or above `max`.",
    applies=Applies.ORDERED,
    required={"min": Argument.VALUE, "max": Argument.VALUE},
    relation=literal_bounds_in_order,
    expected="less than {min} or more than {max}",
    example=on(t.Integer(), {"min": 400, "max": 499}, 399, 400),
)
def is_not_between(s: Subject) -> str:
    return f"{s.value} < {s.literal(s.argument('min'))} OR {s.value} > {s.literal(s.argument('max'))}"


@row_rule(
    Group.RANGE,
    "Equal to `value`; numbers may lie up to `tolerance` beside it.",
    applies=Applies.SCALAR,
    required={"value": Argument.VALUE},
    optional={"tolerance": Argument.NUMBER},
    relation=tolerance_of_numbers,
    expected="equal to {value}[ within {tolerance}]",
    example=on(t.Decimal(12, 2), {"value": 10, "tolerance": 0.05}, "9.95", "10.06"),
)
def is_equal_to(s: Subject) -> str:
    if s.argument("tolerance") is None:
        return f"{s.value} = {s.literal(s.argument('value'))}"
    low, high = _around(s.type, literal_value(s.type, s.argument("value")), s.argument("tolerance"))
    return " AND ".join(
        f"{s.value} {sign} {value_literal(s.dialect, bound, s.type)}" for sign, bound in ((">=", low), ("<=", high))
    )


@row_rule(
    Group.RANGE,
    "Any value but `value`.",
    applies=Applies.SCALAR,
    required={"value": Argument.VALUE},
    expected="anything but {value}",
    example=on(t.Integer(), {"value": 999}, 998, 999),
)
def is_not_equal_to(s: Subject) -> str:
    return f"{s.value} <> {s.literal(s.argument('value'))}"


@row_rule(
    Group.RANGE,
    "`value` or above.",
    applies=Applies.ORDERED,
    required={"value": Argument.VALUE},
    expected="at least {value}",
    example=on(t.Integer(), {"value": 18}, 18, 17),
)
def is_at_least(s: Subject) -> str:
    return f"{s.value} >= {s.literal(s.argument('value'))}"


@row_rule(
    Group.RANGE,
    "`value` or below.",
    applies=Applies.ORDERED,
    required={"value": Argument.VALUE},
    expected="at most {value}",
    example=on(t.Integer(), {"value": 100}, 100, 101),
)
def is_at_most(s: Subject) -> str:
    return f"{s.value} <= {s.literal(s.argument('value'))}"


@row_rule(
    Group.RANGE,
    "Strictly above `value`.",
    applies=Applies.ORDERED,
    required={"value": Argument.VALUE},
    expected="greater than {value}",
    example=on(t.Integer(), {"value": 0}, 1, 0),
)
def is_greater_than(s: Subject) -> str:
    return f"{s.value} > {s.literal(s.argument('value'))}"


@row_rule(
    Group.RANGE,
    "Strictly below `value`.",
    applies=Applies.ORDERED,
    required={"value": Argument.VALUE},
    expected="less than {value}",
    example=on(t.Integer(), {"value": 0}, -1, 0),
)
def is_less_than(s: Subject) -> str:
    return f"{s.value} < {s.literal(s.argument('value'))}"


def _around(kind: t.LogicalType, value: Any, tolerance: Any) -> tuple[Value, Value]:
    """Bounds as values of the type: a difference of two columns' digits may need more of them than engines have."""
    if isinstance(kind, t.Floating):
        return value - float(tolerance), value + float(tolerance)
    exact = Context(prec=_MOST_DIGITS)
    beside = min(Decimal(str(tolerance)), Decimal(10) ** (MOST + 1))
    scale = kind.scale if isinstance(kind, t.Decimal) else 0
    unit = Decimal(1).scaleb(-scale)
    low = exact.subtract(Decimal(value), beside).quantize(unit, ROUND_CEILING, exact)
    high = exact.add(Decimal(value), beside).quantize(unit, ROUND_FLOOR, exact)
    if not isinstance(kind, t.Decimal):
        return max(int(low), -(2**63)), min(int(high), 2**63 - 1)
    most = Decimal(10**kind.precision - 1).scaleb(-scale, exact)
    return max(low, most.copy_negate()), min(high, most)  # the sign alone would round to 28 digits
