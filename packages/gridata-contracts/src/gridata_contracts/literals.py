"""Which literals of a contract are values of a column's type, and how they compare."""

from __future__ import annotations

import json

from gridata_contracts.model import JsonValue
from gridata_contracts.reasons import ReasonCode
from gridata_contracts.types import Boolean, Date, Decimal, Floating, Integer, List, LogicalType, String, Struct
from gridata_contracts.values import NumberToken, Refusal, Value, describe, parse_json_scalar

_EXACT_FLOAT_DIGITS = 15
"""Every decimal number of up to 15 digits survives being a float, which YAML makes of it (IEEE 754 binary64)."""


def literal_value(kind: LogicalType, literal: JsonValue) -> Value | Refusal:
    """The value of a literal, which is written as a producer would write it in JSON."""
    if literal is None or isinstance(literal, dict | list) or isinstance(kind, Struct | List):
        return Refusal(ReasonCode.WRONG_TYPE, describe(kind))
    if isinstance(literal, bool | str):
        return parse_json_scalar(kind, literal)
    text = json.dumps(literal)
    if isinstance(literal, float) and isinstance(kind, Decimal) and sum(map(str.isdigit, text)) > _EXACT_FLOAT_DIGITS:
        return Refusal(ReasonCode.INVALID_VALUE, f"{describe(kind)}, quoted when it has more than 15 digits")
    return parse_json_scalar(kind, NumberToken(text))


def type_word(kind: LogicalType) -> str:
    """The type as a contract's author writes it: `decimal(12,2)`, `long`, `object`."""
    match kind:
        case Integer(bits):
            return "int" if bits == 32 else "long"
        case Floating(bits):
            return "float" if bits == 32 else "double"
        case Decimal(precision, scale):
            return f"decimal({precision},{scale})"
        case Struct():
            return "object"
        case List():
            return "array"
        case String() | Boolean() | Date():
            return type(kind).__name__.lower()
        case _:
            return "timestamp"
