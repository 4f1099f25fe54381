"""Spark's SQL."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.exact_digits import digits
from gridata_contracts.sql.blanks import BLANKS
from gridata_contracts.sql.dialect import type_name


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

    def any_item(self, array: str, variable: str, condition: str) -> str:
        return f"exists({array}, {variable} -> {condition})"

    def count(self, array: str) -> str:
        return f"array_size({array})"

    def repeats(self, array: str, field: str) -> str:
        values = f"filter(transform({array}, _r -> {self.field('_r', field)}), _v -> _v IS NOT NULL)"
        return f"coalesce(array_size(array_distinct({values})) < array_size({values}), false)"

    def total(self, array: str, variable: str, term: str, logical: t.LogicalType) -> str:
        zero = self.converted("0", logical)
        step = f"(_total, {variable}) -> {self.converted(f'_total + ({term})', logical)}"
        return f"coalesce(aggregate({array}, {zero}, {step}), {zero})"
