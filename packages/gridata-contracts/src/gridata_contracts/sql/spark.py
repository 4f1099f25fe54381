"""Spark's SQL."""

from __future__ import annotations

from typing import ClassVar

from gridata_contracts import types as t
from gridata_contracts.exact_digits import digits
from gridata_contracts.sql.blanks import BLANKS
from gridata_contracts.sql.dialect import type_name


class SparkSql:
    """Spark 4.1, ANSI mode."""

    counts_first: ClassVar[bool] = False

    def name(self, identifier: str) -> str:
        return "`" + identifier.replace("`", "``") + "`"

    def field(self, parent: str, identifier: str) -> str:
        return f"{parent}.{self.name(identifier)}"

    def text(self, value: str) -> str:
        # $ as an escape: Spark puts the values of ${variables} into the text of a statement, literals included.
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\u0024") + "'"

    def cast(self, text: str, logical: t.LogicalType) -> str:
        return self.converted(self.text(text), logical)

    def converted(self, value: str, logical: t.LogicalType) -> str:
        return f"CAST({value} AS {type_name(logical, text_type='STRING', instant='TIMESTAMP')})"

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

    def starts_with(self, value: str, text: str) -> str:
        return f"startswith({value}, {self.text(text)})"

    def ends_with(self, value: str, text: str) -> str:
        return f"endswith({value}, {self.text(text)})"

    def occurrences(self, value: str, pattern: str) -> str:
        return f"regexp_count({value}, {self.text(pattern)})"

    def replaced(self, value: str, pattern: str, by: str) -> str:
        """Every match by a plain text."""
        plain = by.replace("\\", "\\\\").replace("$", "\\$")
        return f"regexp_replace({value}, {self.text(pattern)}, {self.text(plain)})"

    def marked(self, value: str, pattern: str, mark: str) -> str:
        """A character put behind every match."""
        return f"regexp_replace({value}, {self.text(pattern)}, {self.text(f'$0{mark}')})"

    def repeated(self, start: str, variable: str, step: str, times: int) -> str:
        """A text changed so many times; `variable` stands for it in `step`."""
        return f"aggregate(sequence(1, {times}), {start}, ({variable}, _round) -> {step})"

    def epoch_us(self, value: str, logical: t.LogicalType) -> str:
        """Microseconds since 1970-01-01 UTC; of a date, its midnight's."""
        if isinstance(logical, t.Date):
            return f"(unix_date({value}) * {86_400 * 10**6})"
        return f"unix_micros({value})"

    def day(self, value: str, logical: t.LogicalType) -> str:
        """Date in UTC, whatever the session's zone."""
        if isinstance(logical, t.Date):
            return value
        # From the year 1 on nothing is negative, as `div` cuts towards zero.
        days = f"({self.epoch_us(value, logical)} + {719_162 * 86_400 * 10**6}) div {86_400 * 10**6} - 719162"
        return f"date_from_unix_date(CAST({days} AS INT))"

    def once(self, value: str, variable: str, condition: str) -> str:
        """A condition on a value that is calculated once."""
        return self.any_item(f"array({value})", variable, condition)

    def quotient(self, number: str, divisor: int) -> str:
        """Whole quotient of a number that is not negative."""
        return f"({number} div {divisor})"

    def passes_luhn(self, digits: str) -> str:
        """Luhn's check of a text of digits, 23 at most."""
        return f"luhn_check({digits})"

    def finds(self, value: str, pattern: str) -> str:
        """A part of the text matches."""
        return f"{value} RLIKE {self.text(pattern)}"

    def found(self, value: str, pattern: str) -> str:
        """Array of the parts that match, from the left, none within another."""
        return f"regexp_extract_all({value}, {self.text(pattern)}, 0)"

    def any_item(self, array: str, variable: str, condition: str) -> str:
        return f"exists({array}, {variable} -> {condition})"

    def count(self, array: str) -> str:
        return f"array_size({array})"

    def finite(self, number: str) -> str:
        infinities = "double('Infinity'), double('-Infinity'), double('NaN')"
        return f"CASE WHEN {number} NOT IN ({infinities}) THEN {number} END"

    def repeats(self, array: str, field: str | None) -> str:
        values = array if field is None else f"transform({array}, _r -> {self.field('_r', field)})"
        values = f"filter({values}, _v -> _v IS NOT NULL)"
        return f"coalesce(array_size(array_distinct({values})) < array_size({values}), false)"

    def total(self, array: str, variable: str, term: str, logical: t.LogicalType) -> str:
        zero = self.converted("0", logical)
        step = f"(_total, {variable}) -> {self.converted(f'_total + ({term})', logical)}"
        return f"coalesce(aggregate({array}, {zero}, {step}), {zero})"
