"""Rules about what kind of number a number is: its sign, its fraction, whether it is one at all."""

from __future__ import annotations

from decimal import Decimal

from gridata_contracts import types as t
from gridata_contracts.argument_literals import fewer_fraction_digits
from gridata_contracts.argument_relations import exact_multiple
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.subject import Subject

_NAN = t.Floating(64, allow_nan=True)


@row_rule(
    Group.RANGE,
    "Above 0.",
    applies=Applies.NUMERIC,
    expected="a number above 0",
    aliases=("isPositive",),
    example=on(t.Integer(), {}, 1, 0),
)
def is_positive(s: Subject) -> str:
    return f"{s.value} > {s.literal(0)}"


@row_rule(
    Group.RANGE,
    "0 or above.",
    applies=Applies.NUMERIC,
    expected="a number of at least 0",
    aliases=("isNonNegative", "is_non_negative"),
    example=on(t.Decimal(12, 2), {}, "0.00", "-0.01"),
)
def is_not_negative(s: Subject) -> str:
    return f"{s.value} >= {s.literal(0)}"


@row_rule(
    Group.RANGE,
    "Below 0.",
    applies=Applies.NUMERIC,
    expected="a number below 0",
    aliases=("isNegative",),
    example=on(t.Integer(), {}, -1, 0),
)
def is_negative(s: Subject) -> str:
    return f"{s.value} < {s.literal(0)}"


@row_rule(
    Group.RANGE,
    "0 or below.",
    applies=Applies.NUMERIC,
    expected="a number of at most 0",
    aliases=("is_non_positive",),
    example=on(t.Decimal(12, 2), {}, "0.00", "0.01"),
)
def is_not_positive(s: Subject) -> str:
    return f"{s.value} <= {s.literal(0)}"


@row_rule(
    Group.RANGE,
    "Any number but 0.",
    applies=Applies.NUMERIC,
    expected="a number other than 0",
    aliases=("is_non_zero",),
    example=on(_NAN, {}, 0.5, -0.0),
)
def is_not_zero(s: Subject) -> str:
    return f"{s.value} <> {s.literal(0)}"


@row_rule(
    Group.RANGE,
    "A number without fraction; NaN and infinities fail.",
    applies=Applies.NUMERIC,
    expected="a whole number",
    example=on(t.Decimal(12, 2), {}, "-3.00", "3.50"),
)
def is_whole_number(s: Subject) -> str:
    if isinstance(s.type, t.Decimal) and s.type.precision == s.type.scale:
        return f"{s.value} = {s.literal(0)}"  # 1 is no value of such a type
    return f"{s.value} % {s.literal(1)} = {s.literal(0)}"


@row_rule(
    Group.RANGE,
    "At most `max` fraction digits; zeros at the end do not count.",
    applies=Applies.EXACT,
    required={"max": Argument.INTEGER},
    relation=fewer_fraction_digits,
    expected="at most {max} fraction digits",
    example=on(t.Decimal(18, 6), {"max": 2}, "1.250000", "1.255000"),
)
def has_scale_at_most(s: Subject) -> str:
    if s.argument("max") == 0:
        return is_whole_number(s)
    last_digit = Decimal(1).scaleb(-int(s.text("max")))
    return f"{s.value} % {s.literal(f'{last_digit:f}')} = {s.literal(0)}"


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


@row_rule(
    Group.RANGE,
    "Neither NaN nor infinite.",
    applies=Applies.FLOATING,
    expected="a finite number",
    example=on(_NAN, {}, 1e300, float("inf")),
)
def is_finite(s: Subject) -> str:
    # NaN is above every number, infinity included.
    return f"{s.value} > {s.dialect.cast('-Infinity', s.type)} AND {s.value} < {s.dialect.cast('Infinity', s.type)}"


@row_rule(
    Group.RANGE,
    "Not NaN; infinities pass.",
    applies=Applies.FLOATING,
    expected="a number, not NaN",
    example=on(_NAN, {}, float("-inf"), float("nan")),
)
def is_not_nan(s: Subject) -> str:
    return f"{s.value} <> {s.dialect.cast('NaN', s.type)}"
