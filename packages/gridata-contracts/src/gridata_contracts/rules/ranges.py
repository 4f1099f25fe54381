"""Rules that compare one value with literals."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.argument_relations import exact_multiple, literal_bounds_in_order
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.subject import Subject


@row_rule(
    Group.RANGE,
    "Inclusive bounds; either may be left out.",
    applies=Applies.ORDERED,
    optional={"min": Argument.VALUE, "max": Argument.VALUE},
    one_of=True,
    relation=literal_bounds_in_order,
    expected="between {min} and {max}",
    example=on(t.Decimal(12, 2), {"min": 0, "max": 10}, "10.00", "10.01"),
)
def is_between(s: Subject) -> str:
    return s.within(s.value, s.literal)


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


@row_rule(
    Group.RANGE,
    "A whole multiple of `value`; exact types only.",
    applies=Applies.NUMERIC,
    required={"value": Argument.NUMBER},
    relation=exact_multiple,
    expected="a multiple of {value}",
    aliases=("multipleOf",),
    example=on(t.Integer(), {"value": 5}, 10, 12),
)
def is_multiple_of(s: Subject) -> str:
    return f"{s.value} % {s.literal(s.argument('value'))} = 0"
