"""Columns and literals of an expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from sqlglot import exp

from gridata_contracts.columns import ITEM
from gridata_contracts.expressions.grammar import ALLOWED
from gridata_contracts.expressions.numbers import literal_number
from gridata_contracts.expressions.reading import Reading, UnreadableError
from gridata_contracts.expressions.tree import Column, Constant
from gridata_contracts.literals import literal_value, type_word
from gridata_contracts.problems import did_you_mean
from gridata_contracts.refusals import Refusal
from gridata_contracts.types import Boolean, Date, LogicalType, String, Timestamp

_DATED: Mapping[object, LogicalType] = {exp.DType.DATE: Date(), exp.DType.TIMESTAMP: Timestamp()}


def column(node: exp.Expr, reading: Reading) -> Column:
    """The column at a path."""
    names = [part.name for part in _parts(node) if isinstance(part, exp.Identifier) and "." not in part.name]
    if len(names) < len(_parts(node)):
        reading.refuse(node, ALLOWED)
    reading.use(*names, *"." * (len(names) - 1))
    path = ".".join(names)
    place = reading.schema.places.get(path)
    if place is None or place.scope:
        _refuse_column(node, path, reading)
    reading.columns.append(path)
    return Column(path, place.type)


def literal(node: exp.Expr, reading: Reading) -> Constant:
    """A number, or text; text may become a date by what stands beside it."""
    reading.use(node.name)
    value = literal_value(String(), node.name) if node.is_string else literal_number(node.name)
    if isinstance(value, Refusal):
        reading.refuse(node, value.expected)
    return value if isinstance(value, Constant) else Constant(value, String())


def truth(node: exp.Expr, reading: Reading) -> Constant:
    """TRUE or FALSE."""
    reading.use("TRUE" if node.this else "FALSE")
    return Constant(bool(node.this), Boolean())


def dated(node: exp.Expr, reading: Reading) -> Constant:
    """`DATE '…'` and `TIMESTAMP '…'`, which sqlglot takes for casts."""
    kind = _DATED.get(node.args["to"].this)
    if kind is None or not isinstance(node.this, exp.Literal) or not node.this.is_string:
        reading.refuse(node, ALLOWED)
    reading.use(type_word(kind), node.this.name)
    value = literal_value(kind, node.this.name)
    if isinstance(value, Refusal):
        reading.refuse(node, value.expected)
    return Constant(value, kind)


def null(node: exp.Expr, reading: Reading) -> Constant:
    """Nothing is equal to null, so it is no value here.

    Raises:
        UnreadableError: always.
    """
    reading.refuse(node, "a value", "Ask for null with IS NULL or IS NOT NULL.")


def _parts(node: exp.Expr) -> list[exp.Expr]:
    """The names of a path; sqlglot keeps each of the last four in a place of its own."""
    if isinstance(node, exp.Dot):
        return [*_parts(node.this), node.expression]
    if not isinstance(node, exp.Column):
        return [node]
    return [node.args[key] for key in ("catalog", "db", "table", "this") if node.args.get(key) is not None]


def _refuse_column(node: exp.Expr, path: str, reading: Reading) -> NoReturn:
    places = reading.schema.places.values()
    if path in reading.schema.properties:  # what is wrong with that column was noted
        raise UnreadableError([])
    if path in (place.path.replace(ITEM, "") for place in places):
        reading.refuse(node, "columns outside of arrays", "Items of an array are looked at by rules on them.")
    known = [place.path for place in places if not place.scope]
    hint = did_you_mean(path, known) or f"Columns are {', '.join(known[:8])}, …"
    is_quoted = any(name.args.get("quoted") for name in node.find_all(exp.Identifier))
    reading.refuse(node, "the path of a column", f"{hint} Text is written '{path}'." if is_quoted else hint)
