"""What a row rule is compiled for: one check on one place, in one engine's SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Context, Decimal

from gridata_contracts import types as t
from gridata_contracts.exact_digits import MOST
from gridata_contracts.model import Check, Column, JsonValue
from gridata_contracts.patterns import parse_pattern
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.literals import exact_literal, is_among, literal, value_literal
from gridata_contracts.sql.paths import Place, place

_EXACT = Context(prec=2 * MOST)


@dataclass(frozen=True)
class Subject:
    """One check, ready to be written as SQL.

    Attributes:
        place: SQL of the checked value.
        type: its logical type.
        columns: every column of the contract by path.
        as_of: the batch's instant: `now` for rules about time.
    """

    check: Check
    place: Place
    type: t.LogicalType
    columns: Mapping[str, Column]
    dialect: Dialect
    as_of: datetime

    @property
    def value(self) -> str:
        """SQL of the value the rule stands on."""
        return self.place.value

    @property
    def condition(self) -> str | None:
        """SQL of the check's `where`; None when it looks at every row."""
        if self.check.where is None:
            return None
        from gridata_contracts.expressions import emit

        return emit(self.check.where, self.dialect)

    def argument(self, name: str) -> JsonValue:
        """An argument as the contract gives it; None when left out."""
        return self.check.arguments.get(name)

    def text(self, name: str) -> str:
        """A text argument."""
        return str(self.check.arguments[name])

    def texts(self, name: str) -> list[str]:
        """A list of text, also where one text is given; empty when left out."""
        values = self.check.arguments.get(name) or []
        return [str(v) for v in values] if isinstance(values, list) else [str(values)]

    def literal(self, value: JsonValue) -> str:
        """A literal of the column's own type."""
        return literal(self.dialect, value, self.type)

    def given(self, name: str = "values") -> list[JsonValue]:
        """A list argument, also where one value is given; empty when left out."""
        values = self.argument(name)
        return values if isinstance(values, list) else [] if values is None else [values]

    def is_among(self, value: str, literals: Sequence[JsonValue], logical: t.LogicalType) -> str:
        """The value is one of the literals of its type."""
        return is_among(self.dialect, value, literals, logical)

    def matches(self, pattern: str, value: str | None = None) -> str:
        """The whole value matches a pattern of the portable subset (patterns.py)."""
        return self.dialect.matches(value or self.value, parse_pattern(pattern).text)

    def within(self, value: str, write: Callable[[JsonValue], str], low: str = "min", high: str = "max") -> str:
        """Inclusive bounds from the arguments `low` and `high`, of which either may be left out."""
        least, most = self.argument(low), self.argument(high)
        bounds = [f"{value} >= {write(least)}"] if least is not None else []
        bounds += [f"{value} <= {write(most)}"] if most is not None else []
        return f"({' AND '.join(bounds)})"

    def other(self, path: str) -> str:
        """SQL of another column, inside the same item where both stand in one array."""
        return place(path, self.dialect).value

    def number(self, value: str, path: str) -> str:
        """SQL of a number to calculate with: binary where the checked column is, else exact and wide enough."""
        return self.dialect.operand(
            value, t.Floating() if isinstance(self.type, t.Floating) else self.columns[path].type
        )

    def scale(self, path: str) -> int:
        """Fraction digits of a column."""
        logical = self.columns[path].type
        return logical.scale if isinstance(logical, t.Decimal) else 0

    def equals(self, expected: str, scale: int, within: str = "tolerance") -> str:
        """The value and a number differ by at most an argument, 0 when it is left out.

        Args:
            expected: SQL of the number.
            scale: fraction digits that the difference may have; finer digits of the argument decide nothing.
            within: name of the argument.
        """
        difference = f"{self.number(self.value, self.check.column or '')} - {expected}"
        written = self.argument(within)
        limit = Decimal(str(0 if written is None else written))
        if isinstance(self.type, t.Floating):
            return f"abs({difference}) <= {value_literal(self.dialect, float(limit), self.type)}"
        most = Decimal(10**MOST - 1).scaleb(-scale, _EXACT)
        limit = most if limit > most else limit.quantize(Decimal(1).scaleb(-scale), ROUND_FLOOR, _EXACT)
        low, high = exact_literal(self.dialect, limit.copy_negate()), exact_literal(self.dialect, limit)
        return f"{difference} BETWEEN {low} AND {high}"  # no abs(): Spark 4.1 rounds a decimal's to 34 digits
