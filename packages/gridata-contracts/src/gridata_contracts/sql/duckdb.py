"""DuckDB's SQL."""

from __future__ import annotations

from gridata_contracts import types as t
from gridata_contracts.exact_digits import MOST, digits
from gridata_contracts.sql.blanks import BLANKS
from gridata_contracts.sql.dialect import type_name


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

    def any_item(self, array: str, variable: str, condition: str) -> str:
        return f"list_bool_or(list_transform({array}, lambda {variable}: {condition}))"

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
