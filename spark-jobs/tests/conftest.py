"""Random expressions and rows that both engines' tests decide, over columns of every scalar type."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from decimal import Context, Decimal

import pyarrow as pa
import pytest

from gridata_contracts import types as t
from gridata_contracts.columns import Place, Schema
from gridata_contracts.emit.arrow import arrow_type
from gridata_contracts.expressions import Expression, parse_expression
from gridata_contracts.problems import Problems

Row = dict[str, object]

COLUMNS: Mapping[str, t.LogicalType] = {
    "text": t.String(),
    "other": t.String(),
    "n": t.Integer(64),
    "i": t.Integer(32),
    "m": t.Decimal(12, 2),
    "k": t.Decimal(10, 3),
    "wide": t.Decimal(38, 4),
    "part": t.Decimal(38, 38),
    "f": t.Floating(64, allow_nan=True),
    "h": t.Floating(64),
    "g": t.Floating(32, allow_nan=True),
    "day": t.Date(),
    "date": t.Date(),
    "at": t.Timestamp("Europe/Berlin"),
    "seen": t.Timestamp(),
    "flag": t.Boolean(),
    "in": t.Boolean(),
    "box": t.Struct((t.Field("label", t.String()), t.Field("inner", t.Struct((t.Field("x", t.Integer(32)),))))),
    "tags": t.List(t.String()),
}
TEXTS = [
    "",
    " ",
    "a",
    "ab",
    "b",
    "B",
    "it's",
    "A\\b%_",
    "é",
    "e\u0301x",
    "😀a",
    "ﬀ",
    "İI",
    "a\nb",
    "$1",
    "--",
    "K\u212a",
]
NUMBERS = ["0", "1", "2", "5", "0.5", "2.50", "0.001", "10", "2147483647", "9223372036854775807", "1e3", "0.1"]
DOUBLES = [*NUMBERS, "1e300", "5e-324", "0.30000000000000004", "1e16", "9007199254740993"]
DAYS = ["0001-01-01", "2000-02-29", "2024-01-01", "9999-12-31"]
INSTANTS = [
    "0001-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2024-01-01 01:00:00.000001+01:00", "9999-12-31T23:59:59.999999Z",
]  # fmt: skip
NAMES = {
    "text": ["text", "other", "box.label"],
    "exact": ["n", "i", "m", "k", "wide", "part", "box.inner.x"],
    "floating": ["f", "h", "g"],
    "date": ["day", "date"],
    "timestamp": ["at", "seen"],
    "boolean": ["flag", '"in"'],
}
ORDERED = [family for family in NAMES if family != "boolean"]
EXACT = Context(prec=60)


class Samples:
    """Expressions and rows by chance; the dice decide everything."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice

    def expressions(self, count: int) -> list[Expression]:
        """So many that a contract may hold; what needs too many digits, or 64 bits beside 32, is thrown again."""
        found: list[Expression] = []
        while len(found) < count:
            text, problems = self.condition(3), Problems("contract")
            expression = parse_expression(text, schema(), "where", problems)
            if expression is not None:
                found.append(expression)
            else:
                assert all(" digits" in each or '300" at' in each for each in problems.messages), text
        return found

    def rows(self, count: int) -> list[Row]:
        return [{name: self.value(kind) for name, kind in COLUMNS.items()} for _ in range(count)]

    def condition(self, depth: int) -> str:
        roll = self.dice.random() if depth else 1.0
        if roll < 0.35:
            words = f" {self.dice.choice(['AND', 'OR'])} ".join(
                self.condition(depth - 1) for _ in range(self.dice.choice([2, 2, 3]))
            )
            return f"({words})"
        if roll < 0.45:
            return f"(NOT {self.condition(depth - 1)})"
        return f"({self.predicate(depth)})"

    def predicate(self, depth: int) -> str:
        family = self.dice.choice(ORDERED)
        a, b, c = self.firm(family, depth), self.operand(family, depth), self.operand(family, depth)
        no = self.dice.choice(["", "NOT "])
        match self.dice.randrange(8):
            case 0:
                return f"{a} IS {no}NULL"
            case 1:
                options = ", ".join(self.operand(family, 0) for _ in range(self.dice.choice([1, 3, 14])))
                return f"{a} {no}IN ({options})"
            case 2:
                return f"{a} {no}BETWEEN {b} AND {c}"
            case 3:
                part = self.quoted(self.dice.choice(TEXTS))
                return f"{self.dice.choice(['starts_with', 'ends_with', 'contains'])}({self.firm('text', 1)}, {part})"
            case 4:
                return self.boolean(depth)
            case 5:
                return f"{self.dice.choice(['box', 'box.inner', 'tags'])} IS {no}NULL"
            case _:
                return f"{a} {self.dice.choice(['=', '<>', '!=', '<', '<=', '>', '>='])} {b}"

    def boolean(self, depth: int) -> str:
        name = self.dice.choice(NAMES["boolean"])
        other = self.condition(depth - 1) if depth else self.dice.choice(["TRUE", "FALSE"])
        return self.dice.choice([name, f"{name} = {other}", f"{name} <> {other}", f"coalesce({name}, {other})"])

    def operand(self, family: str, depth: int) -> str:
        return self.firm(family, depth) if self.dice.random() < 0.6 else self.literal(family)

    def firm(self, family: str, depth: int) -> str:
        """Not a literal alone, which would not know that it is a binary number."""
        if not depth or self.dice.random() < 0.5:
            return self.dice.choice(NAMES[family])
        a, b = self.firm(family, depth - 1), self.operand(family, depth - 1)
        made = [f"coalesce({a}, {b})"]
        if family in ("exact", "floating"):
            made += [f"({a} {sign} {b})" for sign in "+-*"] + [f"abs({a})", f"(- {a})"]
        if family == "exact":
            made.append(f"length({self.firm('text', depth - 1)})")
        if family == "text":
            made += [f"lower({a})", f"upper({a})"]
        return self.dice.choice(made)

    def literal(self, family: str) -> str:
        match family:
            case "text":
                return self.quoted(self.dice.choice(TEXTS))
            case "date":
                return f"DATE '{self.dice.choice(DAYS)}'"
            case "timestamp":
                return f"TIMESTAMP '{self.dice.choice(INSTANTS)}'"
            case "floating":
                return self.dice.choice(["", "-"]) + self.dice.choice(DOUBLES)
            case _:
                return self.dice.choice(["", "-"]) + self.dice.choice(NUMBERS)

    @staticmethod
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    def value(self, kind: t.LogicalType) -> object:  # noqa: C901 # one case per type
        """Null, a value that literals have too, or one at the edge of what the type holds."""
        if self.dice.random() < 0.15:
            return None
        match kind:
            case t.Struct(fields):
                return {field.name: self.value(field.type) for field in fields}
            case t.List(item):
                return [self.value(item)]
            case t.String():
                return self.dice.choice(TEXTS)
            case t.Boolean():
                return self.dice.random() < 0.5
            case t.Integer(bits):
                return self.dice.choice([0, 1, 2, 5, 10, -1, 1000, 2 ** (bits - 1) - 1, -(2 ** (bits - 1))])
            case t.Decimal(precision, scale):
                digits = self.dice.choice([0, 1, 5, 250, 500, 1000, -500, 10**precision - 1, -(10**precision) + 1])
                return Decimal(digits).scaleb(-scale, EXACT)
            case t.Floating(bits, allow_nan):
                return self.double(bits, allow_nan)
            case t.Date():
                return dt.date.fromisoformat(self.dice.choice(DAYS))
            case t.Timestamp():
                return dt.datetime.fromisoformat(self.dice.choice(INSTANTS)).astimezone(dt.UTC)

    def double(self, bits: int, allow_nan: bool) -> float:
        special = ["nan", "inf", "-inf"] if allow_nan else []
        edges = ["-0.0", "3.4028234663852886e38", "0.10000000149011612", "1e-45" if bits == 32 else "5e-324"]
        number = float(self.dice.choice([*special, *edges, "0", "0.5", "1", "2.5", "-1", "5"]))
        extreme = 1.7976931348623157e308 if bits == 64 else 3.4028234663852886e38
        return extreme if self.dice.random() < 0.1 else number


def schema() -> Schema:
    found: dict[str, Place] = {}

    def add(path: str, kind: t.LogicalType) -> None:
        found[path] = Place(path, kind, (), "schema")
        for field in kind.fields if isinstance(kind, t.Struct) else ():
            add(f"{path}.{field.name}", field.type)

    for name, kind in COLUMNS.items():
        add(name, kind)
    return Schema(places=found)


@pytest.fixture(scope="session")
def samples() -> type[Samples]:
    return Samples


@pytest.fixture(scope="session")
def arrow_schema() -> pa.Schema:
    return pa.schema([pa.field(name, arrow_type(kind)) for name, kind in COLUMNS.items()])


@pytest.fixture(scope="session")
def read_expression() -> Callable[[str], Expression]:
    """An expression over the columns of `Samples`; it has to be a good one."""

    def read_expression(text: str) -> Expression:
        problems = Problems("contract")
        expression = parse_expression(text, schema(), "where", problems)
        assert expression is not None, problems.messages
        return expression

    return read_expression
