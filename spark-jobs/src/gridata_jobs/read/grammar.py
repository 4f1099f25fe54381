r"""The fast path's licence: a regular grammar, compiled from the contract, of records no reader can get wrong.

A contract's nesting is bounded, so the JSON texts of its records in one field order form a regular language. The
grammar below describes a subset of what record.py accepts: declared fields only, in one order, each once, of the
right kind, numerals that a double holds exactly (at most 15 digits), dates of the calendar, no lone surrogate. A text
that matches as a whole is therefore read to the same values by DuckDB's JSON reader as by record.py, whatever that
reader would do with other texts (it reads 1.5 as the integer 2, "yes" as true, and drops unknown keys). All else is
read by record.py. The pattern uses only what RE2 runs as a DFA: one pass, no backtracking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridata_contracts import types as t
from gridata_contracts.columns import ITEM
from gridata_contracts.model import Column
from gridata_jobs.read.field_order import FieldOrder

Orders = Mapping[str, FieldOrder]
"""How a file writes the fields of its objects, by path of the object (`""` for the record itself)."""

_WS = r"[ \t\r\n]*"
_PLAIN = r"[^\"\\\x00-\x1f]"
_ESCAPES = (
    r"\\[\"\\/bfnrt]"
    r"|\\u(?:0(?:0(?:0[1-9a-fA-F]|[1-9a-fA-F][0-9a-fA-F])|[1-9a-fA-F][0-9a-fA-F]{2})"
    r"|[1-9a-cA-CefEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}"
    r"|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
STRING = rf'"(?:{_PLAIN}|{_ESCAPES})*"'
DATE = (
    r"(?:(?:19|20|21)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"|(?:(?:19|20|21)(?:0[48]|[2468][048]|[13579][26])|2000)-02-29)"
)
TIMESTAMP = (
    DATE + r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
)
_MAX_CHOICE = 400_000
"""RE2 gives up its automaton and becomes some fifty times slower where too many states hold too many continuations
(measured: 120 optional fields with names of 20 characters run at 36 MB/s, 200 at 0.7 MB/s)."""
_EXACT_DIGITS = 15  # decimal digits every double holds exactly (IEEE 754 DBL_DIG)


def record_pattern(columns: Sequence[Column], orders: Orders) -> str | None:
    """Pattern that a whole JSON line must match to be read fast; None where it would be slower than reading exactly.

    Args:
        columns: the contract's top-level columns.
        orders: how the file orders its fields; names it lacks may not appear in a matching record, and names it
            always writes must.
    """
    if any(_choice(order) > _MAX_CHOICE for order in orders.values()):
        return None
    return _WS + _object(columns, orders, "") + _WS


def json_scalar(logical: t.LogicalType) -> str:
    """Pattern of a scalar's JSON token, null excluded."""
    match logical:
        case t.String():
            return STRING
        case t.Boolean():
            return "(?:true|false)"
        case t.Date():
            return f'"{DATE}"'
        case t.Timestamp():
            return f'"{TIMESTAMP}"'
        case t.Decimal():
            return f'(?:{text_scalar(_within_double(logical))}|"{text_scalar(logical)}")'
        case _:
            return text_scalar(logical)


def text_scalar(logical: t.LogicalType) -> str:
    """Pattern of a scalar's text form (CSV cell) that DuckDB's cast reads exactly."""
    match logical:
        case t.Integer(bits):
            return rf"-?(?:0|[1-9][0-9]{{0,{17 if bits == 64 else 8}}})"
        case t.Decimal(precision, scale):
            whole = precision - scale
            digits = rf"(?:0|[1-9][0-9]{{0,{whole - 1}}})" if whole else "0"
            return rf"-?{digits}(?:\.[0-9]{{1,{scale}}})?" if scale else f"-?{digits}"
        case t.Floating():
            # Not `-0`: a JSON reader takes it for the integer 0 and loses its sign.
            return r"(?:-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,17}|-?[1-9][0-9]{0,14}|0)"
        case t.Boolean():
            return "(?:true|false)"
        case t.Date():
            return DATE
        case t.Timestamp():
            return TIMESTAMP
        case _:
            raise TypeError(f"no text pattern for {logical}")


def _within_double(logical: t.Decimal) -> t.Decimal:
    """The part of a decimal type whose numerals have at most 15 digits."""
    whole = min(logical.precision - logical.scale, max(_EXACT_DIGITS - logical.scale, 1))
    scale = min(logical.scale, _EXACT_DIGITS - 1)
    return t.Decimal(min(whole, _EXACT_DIGITS - scale) + scale, scale)


def _value(column: Column, logical: t.LogicalType, orders: Orders, path: str) -> str:
    match logical:
        case t.Struct():
            return _object(column.children, orders, path)
        case t.List(item):
            one = rf"(?:{_value(column, item, orders, path + ITEM)}|null)"
            return rf"\[{_WS}(?:{one}{_WS}(?:,{_WS}{one}{_WS})*)?\]"
        case _:
            return json_scalar(logical)


def _object(columns: Sequence[Column], orders: Orders, path: str) -> str:
    """Fields in the file's order.

    One field is the anchor, and those the file always writes are required too: were every field optional, the
    automaton would have to follow all that may come next, and its size would grow with the square of their number.
    """
    by_name = {column.name: column for column in columns}
    order = orders.get(path, FieldOrder())
    present = [by_name[name] for name in order.names() if name in by_name]
    if not present:
        return rf"\{{{_WS}\}}"
    anchor = max(range(len(present)), key=lambda i: (order.counts[present[i].name], -i))
    fields = ""
    for i, column in enumerate(present):
        field = _field(column, orders)
        text = f"{field},{_WS}" if i < anchor else field if i == anchor else f",{_WS}{field}"
        fields += text if i == anchor or order.is_always(column.name) else f"(?:{text})?"
    return rf"\{{{_WS}{fields}\}}"


def _choice(order: FieldOrder) -> int:
    """Characters of names in which optional fields can differ, times the fields: what the automaton has to follow."""
    optional = [name for name in order.counts if not order.is_always(name)]
    return len(optional) * sum(map(len, optional))


def _field(column: Column, orders: Orders) -> str:
    return rf'"{column.name}"{_WS}:{_WS}(?:{_value(column, column.type, orders, column.path)}|null){_WS}'
