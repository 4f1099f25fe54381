"""Each row rule as the condition under which a value fails it. Null passes, except where a rule is about null.

Conditions are never null, so that both engines' lambdas and filters see true or false only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from gridata_contracts import types as t
from gridata_contracts.exact_digits import MOST
from gridata_contracts.model import Check, Column, JsonValue
from gridata_jobs.checks.dialect import Dialect, exact_literal, literal
from gridata_jobs.checks.paths import Place, place


@dataclass(frozen=True)
class Subject:
    """What a rule is compiled for.

    Attributes:
        place: SQL of the checked value.
        type: its logical type.
        columns: every column of the contract by path.
        as_of: the batch's instant: `now` for rules about the future.
    """

    check: Check
    place: Place
    type: t.LogicalType
    columns: Mapping[str, Column]
    dialect: Dialect
    as_of: datetime

    @property
    def value(self) -> str:
        return self.place.value

    def argument(self, name: str) -> JsonValue:
        return self.check.arguments.get(name)

    def text(self, name: str) -> str:
        return str(self.check.arguments[name])

    def texts(self, name: str) -> list[str]:
        values = self.check.arguments.get(name) or []
        return [str(v) for v in values] if isinstance(values, list) else [str(values)]

    def literal(self, value: JsonValue) -> str:
        return literal(self.dialect, value, self.type)

    def other(self, path: str) -> str:
        """SQL of another column, inside the same item where both stand in one array."""
        return place(path, self.dialect).value

    def number(self, value: str, path: str) -> str:
        """SQL of a number to calculate with: binary where the checked column is, else exact and wide enough."""
        return self.dialect.operand(
            value, t.Floating() if isinstance(self.type, t.Floating) else self.columns[path].type
        )

    def scale(self, path: str) -> int:
        logical = self.columns[path].type
        return logical.scale if isinstance(logical, t.Decimal) else 0


RowRule = Callable[[Subject], str]


def is_not_null(s: Subject) -> str:
    absent = f"{s.value} IS NULL"
    return f"({s.place.parent} IS NOT NULL AND {absent})" if s.place.parent else f"({absent})"


def is_not_null_where(s: Subject) -> str:
    values = s.argument("values")
    other = s.columns[s.text("column")]
    listed = ", ".join(literal(s.dialect, v, other.type) for v in (values if isinstance(values, list) else [values]))
    return f"({s.value} IS NULL AND coalesce({s.other(other.path)} IN ({listed}), false))"


def is_not_blank(s: Subject) -> str:
    return _fails(f"{s.dialect.trimmed(s.value)} = ''")


def is_in_set(s: Subject) -> str:
    return _fails(f"{s.value} NOT IN ({_listed(s)})")


def is_not_in_set(s: Subject) -> str:
    return _fails(f"{s.value} IN ({_listed(s)})")


def is_between(s: Subject) -> str:
    return _fails(_outside(s.value, s, s.literal))


def is_greater_than(s: Subject) -> str:
    return _fails(f"{s.value} <= {s.literal(s.argument('value'))}")


def is_less_than(s: Subject) -> str:
    return _fails(f"{s.value} >= {s.literal(s.argument('value'))}")


def has_length(s: Subject) -> str:
    return _fails(_outside(s.dialect.length(s.value), s, str))


def matches(s: Subject) -> str:
    return _fails(f"NOT {s.dialect.matches(s.value, s.text('pattern'))}")


def is_multiple_of(s: Subject) -> str:
    return _fails(f"{s.value} % {s.literal(s.argument('value'))} <> 0")


def has_items(s: Subject) -> str:
    return _fails(_outside(s.dialect.count(s.value), s, str))


def has_unique_items(s: Subject) -> str:
    return s.dialect.repeats(s.value, s.text("field"))


def is_at_most_column(s: Subject) -> str:
    return _fails(f"{s.value} > {s.other(s.text('column'))}")


def is_at_least_column(s: Subject) -> str:
    return _fails(f"{s.value} < {s.other(s.text('column'))}")


def is_equal_to_column(s: Subject) -> str:
    return _fails(f"{s.value} <> {s.other(s.text('column'))}")


def is_sum_of_columns(s: Subject) -> str:
    plus, minus = (
        " + ".join(f"coalesce({s.number(s.other(path), path)}, 0)" for path in s.texts(name))
        for name in ("plus", "minus")
    )
    return _differs(s, f"(({plus}) - ({minus}))" if minus else f"({plus})")


def is_sum_of_items(s: Subject) -> str:
    array = place(s.text("array"), s.dialect).value
    item = "_a1"
    paths = {name: f"{s.text('array')}[*].{name}" for name in s.texts("factors") + s.texts("minus")}
    number = {name: f"coalesce({s.number(s.dialect.field(item, name), path)}, 0)" for name, path in paths.items()}
    term = " * ".join(number[name] for name in s.texts("factors"))
    term += "".join(f" - {number[name]}" for name in s.texts("minus"))
    product_scale = sum(s.scale(paths[name]) for name in s.texts("factors"))
    scale = max([product_scale, s.scale(s.check.column or ""), *(s.scale(paths[name]) for name in s.texts("minus"))])
    total = t.Floating() if isinstance(s.type, t.Floating) else t.Decimal(MOST - 1, scale)
    return _differs(s, s.dialect.total(array, item, term, total))


def is_not_after_as_of(s: Subject) -> str:
    slack = s.argument("slack_s")
    limit = s.as_of + timedelta(seconds=slack if isinstance(slack, int) else 0)
    text = limit.date().isoformat() if isinstance(s.type, t.Date) else limit.strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
    return _fails(f"{s.value} > {s.dialect.cast(text, s.type)}")


def _fails(condition: str) -> str:
    return f"coalesce({condition}, false)"


def _listed(s: Subject) -> str:
    values = s.argument("values")
    return ", ".join(s.literal(v) for v in (values if isinstance(values, list) else [values]))


def _outside(value: str, s: Subject, write: Callable[[JsonValue], str]) -> str:
    low, high = s.argument("min"), s.argument("max")
    below = [f"{value} < {write(low)}"] if low is not None else []
    above = [f"{value} > {write(high)}"] if high is not None else []
    return "(" + " OR ".join(below + above) + ")"


def _differs(s: Subject, expected: str) -> str:
    tolerance = s.argument("tolerance")
    limit = exact_literal(s.dialect, Decimal(str(tolerance if tolerance is not None else 0)))
    return _fails(f"abs({s.number(s.value, s.check.column or '')} - {expected}) > {limit}")


ROW_RULES: Mapping[str, RowRule] = {
    rule.__name__: rule
    for rule in (
        is_not_null, is_not_null_where, is_not_blank, is_in_set, is_not_in_set, is_between, is_greater_than,
        is_less_than, has_length, matches, is_multiple_of, has_items, has_unique_items, is_at_most_column,
        is_at_least_column, is_equal_to_column, is_sum_of_columns, is_sum_of_items, is_not_after_as_of,
    )
}  # fmt: skip
"""Every row rule of the catalogue (gridata_contracts.rules) by name."""
