"""The few SQL forms in which DuckDB and Spark differ, side by side; rules.py composes them.

Both emissions of a form must give the same value on every input; the differential tests hold them to it.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Protocol

from gridata_contracts import types as t
from gridata_contracts.errors import PermanentError
from gridata_contracts.exact_digits import MOST, digits
from gridata_contracts.literals import literal_value
from gridata_contracts.model import JsonValue
from gridata_contracts.rules import BLANKS
from gridata_contracts.values import Refusal


class Dialect(Protocol):
    """SQL text of one engine."""

    def name(self, identifier: str) -> str: ...
    def field(self, parent: str, identifier: str) -> str: ...
    def text(self, value: str) -> str: ...
    def cast(self, text: str, logical: t.LogicalType) -> str: ...
    def converted(self, value: str, logical: t.LogicalType) -> str: ...
    def operand(self, value: str, logical: t.LogicalType) -> str: ...
    def length(self, value: str) -> str: ...
    def trimmed(self, value: str) -> str: ...
    def matches(self, value: str, pattern: str) -> str: ...
    def any_item(self, array: str, variable: str, condition: str) -> str: ...
    def count(self, array: str) -> str: ...
    def repeats(self, array: str, field: str) -> str: ...
    def total(self, array: str, variable: str, term: str, logical: t.LogicalType) -> str: ...


class DuckDb:
    """DuckDB 2."""

    def name(self, identifier: str) -> str:
        return '"' + identifier.replace('"', '""') + '"'

    def field(self, parent: str, identifier: str) -> str:
        return f"struct_extract({parent}, {self.text(identifier)})"

    def text(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    def cast(self, text: str, logical: t.LogicalType) -> str:
        return self.converted(self.text(text), logical)

    def converted(self, value: str, logical: t.LogicalType) -> str:
        return f"CAST({value} AS {_type(logical, text_type='VARCHAR', instant='TIMESTAMPTZ')})"

    def operand(self, value: str, logical: t.LogicalType) -> str:
        """Wide at once: DuckDB's results stay as narrow as their operands and overflow with an error."""
        wide = logical if isinstance(logical, t.Floating) else t.Decimal(MOST, digits(logical).scale)
        return self.converted(value, wide)

    def length(self, value: str) -> str:
        return f"length({value})"  # code points

    def trimmed(self, value: str) -> str:
        return f"trim({value}, {' || '.join(f'chr({ord(c)})' for c in BLANKS)})"

    def matches(self, value: str, pattern: str) -> str:
        return f"regexp_full_match({value}, {self.text(pattern)})"

    def any_item(self, array: str, variable: str, condition: str) -> str:
        return f"coalesce(list_bool_or(list_transform({array}, lambda {variable}: {condition})), false)"

    def count(self, array: str) -> str:
        return f"len({array})"

    def repeats(self, array: str, field: str) -> str:
        values = (
            f"list_filter(list_transform({array}, lambda _r: {self.field('_r', field)}), lambda _v: _v IS NOT NULL)"
        )
        return f"coalesce(len(list_distinct({values})) < len({values}), false)"

    def total(self, array: str, variable: str, term: str, logical: t.LogicalType) -> str:
        sum_ = f"list_sum(list_transform({array}, lambda {variable}: {term}))"
        return f"coalesce({self.converted(sum_, logical)}, 0)"


class SparkSql:
    """Spark 4.1, ANSI mode."""

    def name(self, identifier: str) -> str:
        return "`" + identifier.replace("`", "``") + "`"

    def field(self, parent: str, identifier: str) -> str:
        return f"{parent}.{self.name(identifier)}"

    def text(self, value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def cast(self, text: str, logical: t.LogicalType) -> str:
        return self.converted(self.text(text), logical)

    def converted(self, value: str, logical: t.LogicalType) -> str:
        return f"CAST({value} AS {_type(logical, text_type='STRING', instant='TIMESTAMP')})"

    def operand(self, value: str, logical: t.LogicalType) -> str:
        """Narrow: Spark's results are as wide as they need to be, and lose fraction digits beyond 38."""
        is_integer = isinstance(logical, t.Integer)
        return self.converted(value, t.Decimal(digits(logical).whole, 0) if is_integer else logical)

    def length(self, value: str) -> str:
        return f"char_length({value})"  # code points

    def trimmed(self, value: str) -> str:
        return f"trim(BOTH concat({', '.join(f'char({ord(c)})' for c in BLANKS)}) FROM {value})"

    def matches(self, value: str, pattern: str) -> str:
        # \A and \z, not ^ and $: Java's $ also matches before a last line feed.
        whole = rf"\A(?:{pattern})\z"
        return f"{value} RLIKE {self.text(whole)}"

    def any_item(self, array: str, variable: str, condition: str) -> str:
        return f"coalesce(exists({array}, {variable} -> {condition}), false)"

    def count(self, array: str) -> str:
        return f"array_size({array})"

    def repeats(self, array: str, field: str) -> str:
        values = f"filter(transform({array}, _r -> {self.field('_r', field)}), _v -> _v IS NOT NULL)"
        return f"coalesce(array_size(array_distinct({values})) < array_size({values}), false)"

    def total(self, array: str, variable: str, term: str, logical: t.LogicalType) -> str:
        zero = self.converted("0", logical)
        step = f"(_total, {variable}) -> {self.converted(f'_total + ({term})', logical)}"
        return f"coalesce(aggregate({array}, {zero}, {step}), {zero})"


def _type(logical: t.LogicalType, *, text_type: str, instant: str) -> str:
    match logical:
        case t.String():
            return text_type
        case t.Boolean():
            return "BOOLEAN"
        case t.Integer():
            return "BIGINT"
        case t.Floating():
            return "DOUBLE"
        case t.Decimal(precision, scale):
            return f"DECIMAL({precision},{scale})"
        case t.Date():
            return "DATE"
        case t.Timestamp():
            return instant
        case t.Struct() | t.List():
            raise TypeError("structs and lists have no literal")


def literal(dialect: Dialect, value: JsonValue, logical: t.LogicalType) -> str:
    """A contract's literal as SQL, as the value the column's type gives it: read in its zone, rounded to its bits."""
    match literal_value(logical, value):
        case bool(truth):
            return "true" if truth else "false"
        case Decimal() as number:
            return exact_literal(dialect, number)
        case dt.datetime() as instant:
            return dialect.cast(instant.isoformat(" ", "microseconds"), logical)
        case float(number) if not math.isfinite(number):
            return dialect.cast("NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity"), logical)
        case Refusal(expected=expected):
            raise PermanentError(f"check argument: got {value!r}, allowed {expected}. Lint the contract.")
        case other:
            return dialect.cast(str(other), logical)


def exact_literal(dialect: Dialect, number: Decimal) -> str:
    """A decimal literal with just the digits it has."""
    exponent = number.as_tuple().exponent
    scale = max(0, -exponent) if isinstance(exponent, int) else 0
    precision = max(scale, number.adjusted() + 1 + scale, 1)
    return dialect.cast(f"{number:f}", t.Decimal(precision, scale))
