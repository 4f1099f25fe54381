"""DuckDB's SQL."""

from __future__ import annotations

from typing import ClassVar

from gridata_contracts import types as t
from gridata_contracts.exact_digits import MOST, digits
from gridata_contracts.sql.blanks import BLANKS
from gridata_contracts.sql.dialect import type_name


class DuckDb:
    """DuckDB 2."""

    counts_first: ClassVar[bool] = True

    def name(self, identifier: str) -> str:
        return '"' + identifier.replace('"', '""') + '"'

    def field(self, parent: str, identifier: str) -> str:
        return f"struct_extract({parent}, {self.text(identifier)})"

    def text(self, value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    def cast(self, text: str, logical: t.LogicalType) -> str:
        return self.converted(self.text(text), logical)

    def converted(self, value: str, logical: t.LogicalType) -> str:
        return f"CAST({value} AS {type_name(logical, text_type='VARCHAR', instant='TIMESTAMPTZ')})"

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

    def starts_with(self, value: str, text: str) -> str:
        return f"starts_with({value}, {self.text(text)})"

    def ends_with(self, value: str, text: str) -> str:
        return f"ends_with({value}, {self.text(text)})"

    def occurrences(self, value: str, pattern: str) -> str:
        return f"len(regexp_extract_all({value}, {self.text(pattern)}))"

    def replaced(self, value: str, pattern: str, by: str) -> str:
        """Every match by a plain text."""
        plain = by.replace("\\", "\\\\")
        return f"regexp_replace({value}, {self.text(pattern)}, {self.text(plain)}, 'g')"

    def marked(self, value: str, pattern: str, mark: str) -> str:
        """A character put behind every match."""
        behind = self.text(rf"\0{mark}")
        return f"regexp_replace({value}, {self.text(pattern)}, {behind}, 'g')"

    def repeated(self, start: str, variable: str, step: str, times: int) -> str:
        """A text changed so many times; `variable` stands for it in `step`."""
        rounds = f"list_resize(['']::VARCHAR[], {times}, '')"
        return f"list_reduce({rounds}, lambda {variable}, _round: {step}, {start})"

    def epoch_us(self, value: str, logical: t.LogicalType) -> str:
        """Microseconds since 1970-01-01 UTC; of a date, its midnight's."""
        if isinstance(logical, t.Date):
            return f"(({value} - DATE '1970-01-01') * {86_400 * 10**6})"
        return f"epoch_us({value})"

    def day(self, value: str, logical: t.LogicalType) -> str:
        """Date in UTC, whatever the session's zone."""
        if isinstance(logical, t.Date):
            return value
        return f"CAST(make_timestamp({self.epoch_us(value, logical)}) AS DATE)"

    def once(self, value: str, variable: str, condition: str) -> str:
        """A condition on a value that is calculated once."""
        return self.any_item(f"[{value}]", variable, condition)

    def quotient(self, number: str, divisor: int) -> str:
        """Whole quotient of a number that is not negative."""
        return f"({number} // {divisor})"

    def passes_luhn(self, digits: str) -> str:
        """Luhn's check of a text of digits, 23 at most: the last twelve and those before them as two numbers."""
        halves = f"[TRY_CAST(right({digits}, 12) AS BIGINT), TRY_CAST('0' || left({digits}, -12) AS BIGINT)]"
        # For the last digit of the sum: what stands before a number's digit counts ten times, and 9 less is 1 more.
        plain = [f"_n // {10**i}" for i in range(0, 12, 2)]
        doubled = [f"2 * (_n // {10**i}) + _n // {5 * 10**i} % 2" for i in range(1, 12, 2)]
        sums = f"list_transform({halves}, lambda _n: {' + '.join((*plain, *doubled))})"
        return f"CAST(list_sum({sums}) AS BIGINT) % 10 = 0"

    def finds(self, value: str, pattern: str) -> str:
        """A part of the text matches."""
        return f"regexp_matches({value}, {self.text(pattern)})"

    def found(self, value: str, pattern: str) -> str:
        """Array of the parts that match, from the left, none within another."""
        return f"regexp_extract_all({value}, {self.text(pattern)})"

    def any_item(self, array: str, variable: str, condition: str) -> str:
        return f"list_bool_or(list_transform({array}, lambda {variable}: {condition}))"

    def count(self, array: str) -> str:
        return f"len({array})"

    def finite(self, number: str) -> str:
        return f"CASE WHEN isfinite({number}) THEN {number} END"

    def repeats(self, array: str, field: str | None) -> str:
        values = array if field is None else f"list_transform({array}, lambda _r: {self.field('_r', field)})"
        values = f"list_filter({values}, lambda _v: _v IS NOT NULL)"
        return f"coalesce(len(list_distinct({values})) < len({values}), false)"

    def total(self, array: str, variable: str, term: str, logical: t.LogicalType) -> str:
        sum_ = f"list_sum(list_transform({array}, lambda {variable}: {term}))"
        return f"coalesce({self.converted(sum_, logical)}, 0)"
