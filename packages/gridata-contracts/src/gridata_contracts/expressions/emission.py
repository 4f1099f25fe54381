"""An expression as SQL of one engine. Every conversion is written out: no engine's implicit cast decides anything."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from typing import Protocol

from gridata_contracts.expressions.tree import (
    Arithmetic,
    Call,
    Column,
    Comparison,
    Constant,
    Expression,
    Function,
    Junction,
    Membership,
    Negative,
    Node,
    Not,
    NullTest,
    Range,
)
from gridata_contracts.types import Decimal, Floating, Integer, LogicalType
from gridata_contracts.values import Value

_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Dialect(Protocol):
    """What is asked of an engine's dialect (gridata_contracts.sql)."""

    def name(self, identifier: str) -> str: ...
    def field(self, parent: str, identifier: str) -> str: ...
    def text(self, value: str) -> str: ...
    def cast(self, text: str, logical: LogicalType) -> str: ...
    def converted(self, value: str, logical: LogicalType) -> str: ...
    def operand(self, value: str, logical: LogicalType) -> str: ...
    def length(self, value: str) -> str: ...


def emit(expression: Expression, dialect: Dialect) -> str:
    """SQL of a condition over the contract's columns, in brackets; null where the condition is not known."""
    return _Emission(dialect).sql(expression.tree)


class _Emission:
    """One expression in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def sql(self, node: Node) -> str:
        """A node as its own type."""
        match node:
            case Column(path):
                return self._column(path)
            case Constant(value, kind):
                return self._constant(value, kind)
            case Not(operand):
                return f"(NOT {self.sql(operand)})"
            case Junction(word, operands):
                return "(" + f" {word} ".join(map(self.sql, operands)) + ")"
            case Arithmetic(operator, left, right):
                return f"({self._operand(left)} {operator} {self._operand(right)})"
            case Negative(operand):
                return f"(- {self._operand(operand)})"  # the space: two signs in a row begin a comment
            case Call():
                return _CALLS[node.function](self, node)
            case _:
                return self._predicate(node)

    def _predicate(self, node: Comparison | Membership | Range | NullTest) -> str:
        match node:
            case Comparison(sign, left, right, common):
                return f"({self.typed(left, common)} {sign} {self.typed(right, common)})"
            case NullTest(value, negated):
                return f"({self.sql(value)} IS {'NOT ' if negated else ''}NULL)"
            case Membership(negated=negated):
                found = self._membership(node)
            case Range(value, low, high, common, negated):
                bounds = f"{self.typed(low, common)} AND {self.typed(high, common)}"
                found = f"({self.typed(value, common)} BETWEEN {bounds})"
        return f"(NOT {found})" if negated else found

    def _membership(self, node: Membership) -> str:
        value = self.typed(node.value, node.common)
        options = [self.typed(each, node.common) for each in node.options]
        if isinstance(node.common, Floating):
            # Long lists are looked up by hash, and a hash may tell NaN from NaN and -0.0 from 0.0.
            return "(" + " OR ".join(f"{value} = {each}" for each in options) + ")"
        return f"({value} IN ({', '.join(options)}))"

    def _column(self, path: str) -> str:
        first, *fields = path.split(".")
        value = self._dialect.name(first)
        for name in fields:
            value = self._dialect.field(value, name)
        return value

    def typed(self, node: Node, common: LogicalType) -> str:
        """A node as a value of the type it is compared as."""
        if isinstance(node, Constant):
            return self._constant(node.value, common)
        if not isinstance(common, Integer | Decimal | Floating) or (isinstance(node, Column) and node.type == common):
            return self.sql(node)
        return self._dialect.converted(self.sql(node), common)

    def _operand(self, node: Node) -> str:
        """A number to calculate with. A constant is converted from its own digits, which are exact."""
        return self._dialect.operand(self.sql(node), node.type)

    def _constant(self, value: Value, kind: LogicalType) -> str:
        """The one place that writes a literal: always a text that is cast, as the engines read 0.1 differently."""
        match value:
            case bool():
                return "true" if value else "false"
            case decimal.Decimal():
                return self._dialect.cast(f"{value:f}", kind)
            case dt.datetime():
                return self._dialect.cast(value.isoformat(" ", "microseconds"), kind)
            case _:
                return self._dialect.cast(str(value), kind)

    def coalesce(self, call: Call) -> str:
        """The first that is not null."""
        return f"coalesce({', '.join(self.typed(each, call.type) for each in call.arguments)})"

    def absolute(self, call: Call) -> str:
        """Of a number wide enough to have its least value's opposite."""
        return f"abs({self._operand(call.arguments[0])})"

    def length(self, call: Call) -> str:
        """In code points."""
        return self._dialect.length(self.sql(call.arguments[0]))

    def cased(self, call: Call) -> str:
        """By `translate`: the engines' own `lower` and `upper` disagree outside of ASCII (ß, İ)."""
        letters = (_CAPITALS, _CAPITALS.lower())
        old, new = letters if call.function is Function.LOWER else letters[::-1]
        return f"translate({self.sql(call.arguments[0])}, {self._dialect.text(old)}, {self._dialect.text(new)})"

    def end(self, call: Call) -> str:
        """By comparing as many code points as the literal has: the engines have no name for it in common."""
        text, part = call.arguments
        side = "left" if call.function is Function.STARTS_WITH else "right"
        count = len(part.value) if isinstance(part, Constant) and isinstance(part.value, str) else 0
        return f"({side}({self.sql(text)}, {count}) = {self.sql(part)})"

    def contains(self, call: Call) -> str:
        """Both engines search bytes of UTF-8."""
        return f"contains({self.sql(call.arguments[0])}, {self.sql(call.arguments[1])})"


_CALLS: dict[Function, Callable[[_Emission, Call], str]] = {
    Function.ABS: _Emission.absolute,
    Function.COALESCE: _Emission.coalesce,
    Function.CONTAINS: _Emission.contains,
    Function.ENDS_WITH: _Emission.end,
    Function.LENGTH: _Emission.length,
    Function.LOWER: _Emission.cased,
    Function.STARTS_WITH: _Emission.end,
    Function.UPPER: _Emission.cased,
}
