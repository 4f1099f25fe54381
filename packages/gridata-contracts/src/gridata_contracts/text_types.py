"""The types that text may be asked to be convertible to, by the word that contracts use for them."""

from __future__ import annotations

import re

from gridata_contracts.types import Boolean, Date, Decimal, Floating, Integer, LogicalType, Timestamp

_PLAIN: dict[str, LogicalType] = {
    "int": Integer(32),
    "long": Integer(64),
    "float": Floating(32),
    "double": Floating(64),
    "date": Date(),
    "timestamp": Timestamp(),
    "boolean": Boolean(),
}
_DECIMAL = re.compile(r"decimal\(([0-9]{1,2}),\s?([0-9]{1,2})\)")

TYPE_WORDS = (*_PLAIN, "decimal(p,s)")


def type_of_word(word: str) -> LogicalType | None:
    """`long` → Integer(64), `decimal(12,2)` → Decimal(12, 2); None for any other word."""
    decimal = _DECIMAL.fullmatch(word)
    if decimal is None:
        return _PLAIN.get(word)
    precision, scale = int(decimal[1]), int(decimal[2])
    return Decimal(precision, scale) if 1 <= precision <= 38 and scale <= precision else None
