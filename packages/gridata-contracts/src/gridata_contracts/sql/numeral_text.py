"""Text that is an accepted value of a type (values.py), as SQL: patterns decide about form, bounds about size.

Casts only carry numbers whose form is known. Integers and decimals are exact; the nearest binary number of a numeral is
the same on every engine (IEEE 754), and infinite where it is too large.
"""

from __future__ import annotations

import math

from gridata_contracts import types as t
from gridata_contracts.numerals import MAX_NUMBER_CHARS
from gridata_contracts.sql.day_text import DATE, INSTANT
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.patterns import fixed

INTEGER = "-?(?:0|[1-9][0-9]*)"
NUMBER = rf"{INTEGER}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_BOOLEAN = "true|True|TRUE|false|False|FALSE"


def castable(value: str, logical: t.LogicalType, dialect: Dialect) -> str:
    """SQL, true for text that is a value of the type."""
    match logical:
        case t.Integer(bits):
            return _integer(value, bits, dialect)
        case t.Decimal(precision, scale):
            return _decimal(value, precision, scale, dialect)
        case t.Floating(bits):
            return _floating(value, bits, dialect)
        case t.Timestamp():
            return _instant(value, dialect)
        case t.Boolean():
            return dialect.matches(value, fixed(_BOOLEAN))
        case t.Date():
            return dialect.matches(value, fixed(DATE))
        case _:
            return f"{value} = {value}"


def _integer(value: str, bits: int, dialect: Dialect) -> str:
    digits = len(str(2 ** (bits - 1)))
    form = dialect.matches(value, fixed(f"-?(?:0|[1-9][0-9]{{0,{digits - 1}}})"))
    number = f"TRY_CAST({value} AS DECIMAL({digits},0))"
    low, high = (dialect.cast(str(n), t.Decimal(digits, 0)) for n in (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
    return f"({form} AND {number} BETWEEN {low} AND {high})"


def _decimal(value: str, precision: int, scale: int, dialect: Dialect) -> str:
    """Digits that fit; zeros at the end of the fraction do not count."""
    whole = precision - scale
    before = f"(?:0|[1-9][0-9]{{0,{whole - 1}}})" if whole else "0"
    after = f"[0-9]{{1,{scale}}}0*" if scale else "0+"
    form = dialect.matches(value, fixed(rf"-?{before}(?:\.{after})?"))
    return f"({form} AND {dialect.length(value)} <= {MAX_NUMBER_CHARS})"


def _floating(value: str, bits: int, dialect: Dialect) -> str:
    too_large = float(2**128 - 2**103) if bits == 32 else math.inf  # what would be rounded to infinity
    most = dialect.cast(repr(math.nextafter(too_large, 0)), t.Floating(64))
    form = f"{dialect.matches(value, fixed(NUMBER))} AND {dialect.length(value)} <= {MAX_NUMBER_CHARS}"
    return f"({form} AND abs(TRY_CAST({value} AS DOUBLE)) <= {most})"


def _instant(value: str, dialect: Dialect) -> str:
    """Between the years 1 and 9999 also in UTC, which only the first and the last day can miss."""
    time, offset = f"substr({value}, 12, 5)", f"right({value}, 5)"  # both HH:MM
    early = f"({dialect.matches(value, fixed(r'0001-01-01[^+]*[+][^+]*'))} AND {time} < {offset})"
    minutes = " + ".join(
        f"TRY_CAST(substr({text}, {at}, 2) AS INTEGER) * {unit}"
        for text in (time, offset)
        for at, unit in ((1, 60), (4, 1))
    )
    late = f"({dialect.matches(value, fixed(r'9999-12-31[^-]*-[^-]*'))} AND {minutes} >= {24 * 60})"
    return f"({dialect.matches(value, fixed(INSTANT))} AND NOT {early} AND NOT {late})"
