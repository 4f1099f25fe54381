"""What an expression means, in plain Python: the reference that both engines are tested against."""

from __future__ import annotations

import decimal
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

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
    Operator,
    Range,
    Sign,
    Word,
)

CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Letters that `lower` and `upper` change."""

_EXACT = decimal.Context(prec=200)
"""More digits than any result has."""

Record = Mapping[str, Any]


def evaluate(expression: Expression, record: Record) -> bool | None:
    """Whether the record fulfils the condition.

    Args:
        expression: read against the contract of the record.
        record: value by top-level column, as in gridata_contracts.values; objects as mappings; absent or None is null.

    Returns:
        None where SQL says null: it is not known.
    """
    with decimal.localcontext(_EXACT):
        found: bool | None = _value(expression.tree, record)
        return found


def _value(node: Node, record: Record) -> Any:
    match node:
        case Column(path):
            return _look(path, record)
        case Constant(value):
            return value
        case Not(operand):
            return _not(_value(operand, record))
        case Junction(word, operands):
            return _joined(word, (_value(each, record) for each in operands))
        case Arithmetic(sign, left, right):
            return _applied(_CALCULATED[sign], _value(left, record), _value(right, record))
        case Negative(operand):
            return _applied(operator.neg, _value(operand, record))
        case Call(function, arguments):
            return _called(function, [_value(each, record) for each in arguments])
        case _:
            return _decided(node, record)


def _look(path: str, record: Record) -> Any:
    value: Any = record
    for name in path.split("."):
        value = None if value is None else value.get(name)
    return value


def _decided(node: Comparison | Membership | Range | NullTest, record: Record) -> bool | None:
    match node:
        case Comparison(sign, left, right):
            return _compared(sign, _value(left, record), _value(right, record))
        case NullTest(value, negated):
            return (_value(value, record) is None) is not negated
        case Membership(value, options, _, negated):
            own = _value(value, record)
            found = _joined(Word.OR, (_compared(Sign.EQUAL, own, _value(each, record)) for each in options))
        case Range(value, low, high, _, negated):
            own = _value(value, record)
            bounds = ((Sign.AT_LEAST, low), (Sign.AT_MOST, high))
            found = _joined(Word.AND, (_compared(sign, own, _value(bound, record)) for sign, bound in bounds))
    return _not(found) if negated else found


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _joined(word: Word, truths: Iterable[bool | None]) -> bool | None:
    """One false decides AND, one true decides OR; else one null leaves it open."""
    found, decisive = list(truths), word is Word.OR
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def _compared(sign: Sign, left: Any, right: Any) -> bool | None:
    truth: bool | None = _applied(_COMPARED[sign], _rank(left), _rank(right))
    return truth


def _rank(value: Any) -> Any:
    """NaN equals itself and stands above every number."""
    if not isinstance(value, float):
        return value
    return (True, 0.0) if math.isnan(value) else (False, value)


def _applied(function: Callable[..., Any], *values: Any) -> Any:
    return None if None in values else function(*values)


def _called(function: Function, values: list[Any]) -> Any:
    if function is Function.COALESCE:
        return next((value for value in values if value is not None), None)
    return _applied(_CALLED[function], *values)


_COMPARED: Mapping[Sign, Callable[[Any, Any], bool]] = {
    Sign.EQUAL: operator.eq,
    Sign.UNEQUAL: operator.ne,
    Sign.BELOW: operator.lt,
    Sign.AT_MOST: operator.le,
    Sign.ABOVE: operator.gt,
    Sign.AT_LEAST: operator.ge,
}
_CALCULATED: Mapping[Operator, Callable[[Any, Any], Any]] = {
    Operator.PLUS: operator.add,
    Operator.MINUS: operator.sub,
    Operator.TIMES: operator.mul,
}
_CALLED: Mapping[Function, Callable[..., Any]] = {
    Function.ABS: abs,
    Function.CONTAINS: lambda text, part: part in text,
    Function.ENDS_WITH: str.endswith,
    Function.LENGTH: len,
    Function.LOWER: lambda text: text.translate(str.maketrans(CAPITALS, CAPITALS.lower())),
    Function.STARTS_WITH: str.startswith,
    Function.UPPER: lambda text: text.translate(str.maketrans(CAPITALS.lower(), CAPITALS)),
}
