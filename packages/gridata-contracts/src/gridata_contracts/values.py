r"""Which text is an accepted value of a logical type, and which value it is. No engine's cast decides that.

| type      | accepted text (CSV cell, JSON string)                | accepted JSON token                     |
|-----------|------------------------------------------------------|-----------------------------------------|
| String    | any Unicode scalar values except U+0000              | string                                  |
| Boolean   | `true` `True` `TRUE` `false` `False` `FALSE`         | `true` `false`                          |
| Integer   | `-?(0|[1-9][0-9]*)`, within 32 or 64 bits            | number without fraction and exponent    |
| Decimal   | `-?(0|[1-9][0-9]*)(\.[0-9]+)?`                       | number, or string of the text form      |
| Floating  | `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`     | number                                  |
| Date      | `YYYY-MM-DD`                                         | string of the text form                 |
| Timestamp | `YYYY-MM-DD[T ]HH:MM:SS[.f{1,6}](Z|[+-]HH:MM)`       | string of the text form                 |
| Struct    | JSON text of an object                               | object                                  |
| List      | JSON text of an array                                | array                                   |

A decimal is judged by value: trailing zeros after the point do not count, exponents of JSON numbers are worked out,
and more fraction digits than the scale are refused unless the contract rounds. A naive timestamp is accepted only
where the contract names a zone; a local time inside a daylight-saving gap is refused, an ambiguous one is the first.
`NaN`, `Infinity` and `-Infinity` are accepted as text only where the contract allows them.

Source: RFC 8259 (JSON numbers), RFC 3339 (instants), semantics of values in docs/reference/values.md.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from functools import cache

from gridata_contracts import types as t
from gridata_contracts.instants import date_reader, timestamp_reader
from gridata_contracts.numerals import NOT_FINITE, PLAIN, decimal_reader, floating_reader, integer_reader
from gridata_contracts.reasons import ReasonCode
from gridata_contracts.refusals import Refusal, describe, invalid, wrong_type

__all__ = [
    "BOOLEANS",
    "NumberToken",
    "Refusal",
    "Value",
    "describe",
    "json_reader",
    "parse_json_scalar",
    "parse_text",
    "text_reader",
]

Value = str | bool | int | float | decimal.Decimal | dt.date | dt.datetime

BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

_NO_NUL = Refusal(ReasonCode.INVALID_VALUE, "text without the character U+0000")
_NO_SURROGATE = Refusal(ReasonCode.INVALID_VALUE, "text without unpaired surrogates")


class NumberToken(str):
    """A JSON number exactly as it was written: no digit is lost before its type is known."""

    __slots__ = ()


ReadText = Callable[[str], Value | Refusal]
ReadToken = Callable[[object], Value | Refusal]


def parse_text(logical: t.LogicalType, text: str) -> Value | Refusal:
    """The value of a scalar's text form.

    Args:
        logical: a scalar type; Struct and List are parsed as JSON by the reader.
        text: never null; the empty text is null to a reader and does not come here for typed columns.

    Returns:
        str, bool, int, float, Decimal (exactly `scale` fraction digits), date or aware UTC datetime; or a Refusal.
    """
    return text_reader(logical)(text)


def parse_json_scalar(logical: t.LogicalType, token: str | NumberToken | bool) -> Value | Refusal:
    """The value of a JSON leaf; kinds are strict: a number is no string and a string is no number.

    Args:
        logical: a scalar type.
        token: a decoded JSON string, a NumberToken, or a bool; null and containers are the reader's business.
    """
    return json_reader(logical)(token)


@cache
def text_reader(logical: t.LogicalType) -> ReadText:
    """`parse_text` of one type, compiled."""
    match logical:
        case t.String():
            return _string
        case t.Boolean():
            no_boolean = invalid(logical)
            return lambda text: BOOLEANS.get(text, no_boolean)
        case t.Integer():
            return integer_reader(logical)
        case t.Decimal():
            return _plain_decimal_reader(logical)
        case t.Floating():
            return floating_reader(logical)
        case t.Date():
            return date_reader(logical)
        case t.Timestamp():
            return timestamp_reader(logical)
        case t.Struct() | t.List():
            raise TypeError("structs and lists have no scalar text form")


@cache
def json_reader(logical: t.LogicalType) -> ReadToken:
    """`parse_json_scalar` of one type, compiled; a token of any other kind, a container too, is a Refusal."""
    wrong = wrong_type(logical)
    match logical:
        case t.Boolean():
            return lambda token: token if token is True or token is False else wrong
        case t.Integer():
            return _kinds(NumberToken, text_reader(logical), wrong)
        case t.Decimal():
            read_number, read_text = decimal_reader(logical), text_reader(logical)
            return _two_kinds(read_number, read_text, wrong)
        case t.Floating(_, allow_nan):
            not_finite = NOT_FINITE if allow_nan else dict.fromkeys(NOT_FINITE, invalid(logical))
            return _two_kinds(floating_reader(logical), lambda text: not_finite.get(text, wrong), wrong)
        case t.Struct() | t.List():
            return lambda _: wrong
        case _:
            return _kinds(str, text_reader(logical), wrong)


def _kinds(kind: type[str], read: ReadText, wrong: Refusal) -> ReadToken:
    def read_token(token: object) -> Value | Refusal:
        return read(token) if type(token) is kind else wrong

    return read_token


def _two_kinds(read_number: ReadText, read_text: ReadText, wrong: Refusal) -> ReadToken:
    def read_token(token: object) -> Value | Refusal:
        if type(token) is NumberToken:
            return read_number(token)
        return read_text(token) if type(token) is str else wrong

    return read_token


def _plain_decimal_reader(logical: t.Decimal) -> ReadText:
    """Text has no exponents: a producer who writes decimals as text means its digits."""
    read, no_decimal = decimal_reader(logical), invalid(logical)
    return lambda text: read(text) if PLAIN.fullmatch(text) else no_decimal


def _string(text: str) -> str | Refusal:
    if text.isascii() and text.isprintable():
        return text
    if "\0" in text:
        return _NO_NUL
    try:
        text.encode()
    except UnicodeEncodeError:
        return _NO_SURROGATE
    return text
