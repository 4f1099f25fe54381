"""Text or tokens that are no value of a type, and what is accepted instead, in words."""

from __future__ import annotations

from dataclasses import dataclass

from gridata_contracts import types as t
from gridata_contracts.reasons import ReasonCode


@dataclass(frozen=True)
class Refusal:
    """Text that is no value of the type: a reason code and, in words, what is accepted."""

    code: ReasonCode
    expected: str


def describe(logical: t.LogicalType) -> str:
    """The accepted text of a type in words a producer understands."""
    match logical:
        case t.String():
            return "text"
        case t.Boolean():
            return "true or false"
        case t.Integer(bits):
            return f"a whole number of {bits} bits"
        case t.Decimal(precision, scale, rounds):
            limit = "rounded to" if rounds else "at most"
            after = f"{limit} {scale} after the point"
            return f"a decimal number with at most {precision - scale} digits before and {after}"
        case t.Floating():
            return "a number"
        case t.Date():
            return "a date YYYY-MM-DD"
        case t.Timestamp(zone):
            offset = f"[Z or +HH:MM, else {zone}]" if zone else "Z or +HH:MM"
            return f"an instant YYYY-MM-DDTHH:MM:SS[.ffffff] with {offset}"
        case t.Struct():
            return "an object"
        case t.List():
            return "an array"


def invalid(logical: t.LogicalType) -> Refusal:
    """Text of another form than the type's."""
    return Refusal(ReasonCode.INVALID_VALUE, describe(logical))


def out_of_range(logical: t.LogicalType) -> Refusal:
    """Text of the right form whose value the type cannot hold."""
    return Refusal(ReasonCode.OUT_OF_RANGE, describe(logical))


def wrong_type(logical: t.LogicalType) -> Refusal:
    """A JSON value of another kind."""
    return Refusal(ReasonCode.WRONG_TYPE, describe(logical))
