"""Rows to try a rule on: its documented example, everything at the edges of its columns' types, and near misses."""

from __future__ import annotations

import datetime as dt
import random
import struct
from collections.abc import Mapping
from decimal import Context, Decimal

from gridata_contracts import types as t
from gridata_contracts.literals import literal_value
from gridata_contracts.rules import Rule

Row = dict[str, object]

FIRST, LAST = (dt.datetime.fromisoformat(text) for text in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"))
AS_OF = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EXACT = Context(prec=60)
_TEXTS = (
    "", " ", "a", "b", "abc", "ABC", "Abc", "it's", "\\", "ab\n", "\t", "\u00a0", "é", "😀x", "e\u0301", "0", "1", "-1",
    "1.5", "1e3", "00", "NaN", "null", "2024-02-29", "2023-02-29", "2024-01-01T00:00:00Z", "{}", "[]", '{"a": 1}',
    "%", "_", "a_c", "a%c", "\x00", "\x7f", "ß", "\u0130", "\u0131", "\u212a", "\uff11", "٣",
)  # fmt: skip
_LETTERS = "aAzZ0129 -_.:/@\n\té😀'\"\\%"


def record_of(rule: Rule, row: Mapping[str, object]) -> Row:
    """A row of an example; scalars in it may be written as a contract writes literals."""
    typed = dict(row)
    for name, kind in rule.example.columns.items():
        value = row.get(name)
        if isinstance(value, str) and isinstance(kind, t.Decimal | t.Date | t.Timestamp):
            typed[name] = literal_value(kind, value)
    return typed


def rows_for(rule: Rule, seed: int, count: int) -> list[Row]:
    """The example's two rows, then `count` random ones over the example's columns."""
    dice = random.Random(f"{rule.name} {seed}")
    good, bad = record_of(rule, rule.example.passes), record_of(rule, rule.example.fails)
    return [good, bad, *(_mixed(dice, rule, good, bad) for _ in range(count))]


def _mixed(dice: random.Random, rule: Rule, good: Row, bad: Row) -> Row:
    """Each column's value from the example, near it, or anywhere."""
    row: Row = {}
    for name, kind in rule.example.columns.items():
        near = dice.choice([good, bad]).get(name)
        roll = dice.random()
        row[name] = near if roll < 0.35 else nudged(dice, kind, near) if roll < 0.7 else any_value(dice, kind)
    return row


def nudged(dice: random.Random, kind: t.LogicalType, value: object) -> object:
    """A value that differs a little."""
    match kind, value:
        case t.String(), str(text):
            return _misspelt(dice, text)
        case t.Integer(bits), int(number):
            return max(-(2 ** (bits - 1)), min(2 ** (bits - 1) - 1, number + dice.choice([-1, 1, -7, 7])))
        case t.Decimal(precision, scale), Decimal() as number:
            step = Decimal(dice.choice([-1, 1, 10])).scaleb(-scale)
            limit = Decimal(10**precision - 1).scaleb(-scale, _EXACT)
            return max(limit.copy_negate(), min(limit, _EXACT.add(number, step)))
        case t.Floating(bits), float(number):
            near = number * dice.choice([1 + 1e-15 if bits == 64 else 1 + 1e-6, -1.0, 1.5])
            return near if bits == 64 else struct.unpack("f", struct.pack("f", near))[0]
        case t.Timestamp(), dt.datetime() as instant if instant.year not in (1, 9999):
            return instant + dt.timedelta(microseconds=dice.choice([-1, 1, 10**6, -3_600 * 10**6, 86_400 * 10**6]))
        case t.Date(), dt.date() as day if day.year not in (1, 9999):
            return day + dt.timedelta(days=dice.choice([-1, 1, 7, 31]))
        case _:
            return any_value(dice, kind)


def _misspelt(dice: random.Random, text: str) -> str:
    i = dice.randrange(len(text) + 1)
    match dice.randrange(7):
        case 0:
            return text[:i] + dice.choice(_LETTERS) + text[i:]
        case 1:
            return text[:i] + text[i + 1 :]
        case 2:
            return text[:i] + dice.choice(_LETTERS) + text[i + 1 :]
        case 3:
            return text.swapcase() if text.isascii() else text
        case 4:
            return text[:i] + str(dice.randrange(10)) + text[i + 1 :]
        case 5:
            return text + text
        case _:
            return text + "\n"


def any_value(dice: random.Random, kind: t.LogicalType) -> object:  # noqa: C901 # one case per type
    """Null, a common value, or one at the edge of what the type holds."""
    if dice.random() < 0.15:
        return None
    match kind:
        case t.Struct(fields):
            return {field.name: any_value(dice, field.type) for field in fields}
        case t.List(item):
            return [any_value(dice, item) for _ in range(dice.choice([0, 1, 2, 3, 11]))]
        case t.String():
            return dice.choice(_TEXTS)
        case t.Boolean():
            return dice.random() < 0.5
        case t.Integer(bits):
            return dice.choice([0, 1, 2, 5, 10, 11, -1, 2 ** (bits - 1) - 1, -(2 ** (bits - 1))])
        case t.Decimal(precision, scale):
            digits = dice.choice([0, 1, 5, 250, 500, 1000, 10**precision - 1, -(10**precision) + 1])
            return Decimal(digits).scaleb(-scale, _EXACT)
        case t.Floating(bits, allow_nan):
            special = [float("nan"), float("inf"), float("-inf")] if allow_nan else []
            return dice.choice([0.0, -0.0, 0.5, 1.0, -1.5, 1e30 if bits == 32 else 1e300, *special])
        case t.Date():
            return dice.choice([dt.date.min, dt.date.max, dt.date(2000, 1, 1), dt.date(2024, 2, 29), AS_OF.date()])
        case t.Timestamp():
            return dice.choice(
                [FIRST, LAST, AS_OF, AS_OF + dt.timedelta(microseconds=1), dt.datetime(1970, 1, 1, tzinfo=dt.UTC)]
            )
