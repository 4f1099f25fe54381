"""Literals of a contract as SQL: the value the column's type gives them, with just the digits they have."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal

from gridata_contracts import types as t
from gridata_contracts.errors import PermanentError
from gridata_contracts.literals import literal_value
from gridata_contracts.model import JsonValue
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.values import Refusal, Value


def literal(dialect: Dialect, value: JsonValue, logical: t.LogicalType) -> str:
    """A contract's literal as SQL, as the value the column's type gives it: read in its zone, rounded to its bits."""
    read = literal_value(logical, value)
    if isinstance(read, Refusal):
        raise PermanentError(f"check argument: got {value!r}, allowed {read.expected}. Lint the contract.")
    return value_literal(dialect, read, logical)


def is_among(dialect: Dialect, value: str, literals: Sequence[JsonValue], logical: t.LogicalType) -> str:
    """SQL that is true where the value is one of the literals of its type."""
    options = [literal(dialect, each, logical) for each in literals]
    if isinstance(logical, t.Floating):
        # Long lists are looked up by hash, and a hash may tell NaN from NaN and -0.0 from 0.0.
        return f"({' OR '.join(f'{value} = {each}' for each in options)})"
    return f"{value} IN ({', '.join(options)})"


def value_literal(dialect: Dialect, value: Value, logical: t.LogicalType) -> str:
    """A value of a type as SQL."""
    match value:
        case bool(truth):
            return "true" if truth else "false"
        case Decimal() as number:
            return exact_literal(dialect, number)
        case dt.datetime() as instant:
            return dialect.cast(instant.isoformat(" ", "microseconds"), logical)
        case float(number) if not math.isfinite(number):
            return dialect.cast("NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity"), logical)
        case other:
            return dialect.cast(str(other), logical)


def exact_literal(dialect: Dialect, number: Decimal) -> str:
    """A decimal literal with just the digits it has."""
    exponent = number.as_tuple().exponent
    scale = max(0, -exponent) if isinstance(exponent, int) else 0
    precision = max(scale, number.adjusted() + 1 + scale, 1)
    return dialect.cast(f"{number:f}", t.Decimal(precision, scale))
