"""A tree as its canonical text: one space, keywords in capitals, brackets only where they decide something."""

from __future__ import annotations

import datetime as dt
import decimal

from gridata_contracts.expressions.tree import (
    Arithmetic,
    Call,
    Column,
    Comparison,
    Constant,
    Junction,
    Membership,
    Negative,
    Node,
    Not,
    NullTest,
    Range,
)
from gridata_contracts.values import Value

KEYWORDS = ("AND", "BETWEEN", "FALSE", "IN", "IS", "NOT", "NULL", "OR", "TRUE")
"""Names a column has to be quoted for."""


def write(node: Node) -> str:
    """Canonical text; read again it gives the same tree."""
    match node:
        case Column(path):
            return ".".join(f'"{name}"' if name.upper() in KEYWORDS else name for name in path.split("."))
        case Constant(value):
            return _constant(value)
        case Not(operand):
            return f"NOT {_inside(operand)}"
        case Junction(word, operands):
            return f" {word} ".join(
                f"({write(each)})" if isinstance(each, Junction) else write(each) for each in operands
            )
        case Arithmetic(operator, left, right):
            return f"{_term(left)} {operator} {_term(right)}"
        case Negative(operand):
            return f"-{_term(operand)}"
        case Call(function, arguments):
            return f"{function}({_listed(arguments)})"
        case _:
            return _predicate(node)


def _predicate(node: Comparison | Membership | Range | NullTest) -> str:
    match node:
        case Comparison(sign, left, right):
            return f"{_inside(left)} {sign} {_inside(right)}"
        case Membership(value, options):
            return f"{_inside(value)} {_not(node)}IN ({_listed(options)})"
        case Range(value, low, high):
            return f"{_inside(value)} {_not(node)}BETWEEN {_inside(low)} AND {_inside(high)}"
        case NullTest(value):
            return f"{_inside(value)} IS {_not(node)}NULL"


def _not(node: Membership | Range | NullTest) -> str:
    return "NOT " if node.negated else ""


def _listed(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(write, nodes))


def _inside(node: Node) -> str:
    """An operand: conditions in brackets, values without."""
    is_value = isinstance(node, Column | Constant | Arithmetic | Negative | Call)
    return write(node) if is_value else f"({write(node)})"


def _term(node: Node) -> str:
    """An operand of a calculation: `a - -1` would begin a comment."""
    text = write(node)
    return f"({text})" if isinstance(node, Arithmetic | Negative) or text.startswith("-") else text


def _constant(value: Value) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case decimal.Decimal():
            return f"{value:f}"
        case dt.datetime():
            return f"TIMESTAMP '{value.isoformat(' ')}'"
        case dt.date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            return repr(value)
