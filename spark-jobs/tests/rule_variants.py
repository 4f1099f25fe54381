"""Rules on other types and with other arguments than in their documented examples, for the same differential tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import format_variants

from gridata_contracts import types as t
from gridata_contracts.rules import RULES, Example, Level, Rule

NAN, INF = float("nan"), float("inf")
LONG, INT, TEXT, BOOLEAN, DATE = t.Integer(64), t.Integer(32), t.String(), t.Boolean(), t.Date()
DOUBLE, FLOAT = t.Floating(64, allow_nan=True), t.Floating(32, allow_nan=True)
MONEY, WIDE, PART = t.Decimal(12, 2), t.Decimal(38, 4), t.Decimal(38, 38)
AT = t.Timestamp("Europe/Berlin")
EVE = dt.datetime(2023, 12, 31, 23, tzinfo=dt.UTC)  # midnight in Berlin
NEW_YEAR = dt.date(2024, 1, 1)

_COMPARED: Sequence[tuple[str, t.LogicalType, Any, Any]] = (
    # type, a literal of it, the value that it is
    ("long", LONG, 2**63 - 1, 2**63 - 1),
    ("int", INT, 5, 5),
    ("wide", WIDE, "9999999999999999999999999999999999.9999", "9999999999999999999999999999999999.9999"),
    ("part", PART, "0.00000000000000000000000000000000000005", "0.00000000000000000000000000000000000005"),
    ("nan", DOUBLE, "NaN", NAN),
    ("infinity", DOUBLE, "Infinity", INF),
    ("zero", DOUBLE, 0, -0.0),
    ("float", FLOAT, 0.1, 0.10000000149011612),
    ("text", TEXT, "é", "é"),
    ("date", DATE, "2024-01-01", NEW_YEAR),
    ("timestamp", AT, "2024-01-01T00:00:00", EVE),
)
_NUMBERS: Sequence[tuple[str, t.LogicalType, Any]] = (
    ("long", LONG, 2**63 - 1),
    ("wide", WIDE, "0.5"),
    ("part", PART, "0.5"),
    ("double", DOUBLE, -1.5),
    ("float", FLOAT, -0.5),
)
TOLERANCES = (0, 0.001, 7.5, 1e300)
_LONG_LISTS: Sequence[tuple[str, t.LogicalType, list[Any], Any]] = (
    ("long", LONG, [*range(20)], 3),
    ("double", DOUBLE, ["NaN", 0, *range(1, 20)], NAN),
    ("zero", DOUBLE, [0, *range(1, 20)], -0.0),
    ("float", FLOAT, [0.1], 0.10000000149011612),
    ("money", MONEY, ["0.05", 5, 1], Decimal("0.05")),
    ("text", TEXT, ["é", "it's", "\\", "K", *"abcdefghij"], "it's"),
    ("date", DATE, ["2024-01-01"], NEW_YEAR),
    ("timestamp", AT, ["2024-01-01T00:00:00"], EVE),
    ("boolean", BOOLEAN, [True], True),
)
_PAIRS: Sequence[tuple[str, tuple[t.LogicalType, ...], tuple[Any, ...]]] = (
    ("double", (DOUBLE, FLOAT), (0.0, -0.0)),
    ("exact", (LONG, t.Decimal(30, 11)), (1, "1")),
    ("money", (MONEY, INT), ("5", 5)),
    ("text", (TEXT, TEXT), ("a", "a")),
    ("date", (DATE, DATE), (NEW_YEAR, NEW_YEAR)),
    ("timestamp", (AT, t.Timestamp()), (EVE, EVE)),
    ("boolean", (BOOLEAN, BOOLEAN), (True, True)),
)


def _one(kind: t.LogicalType, arguments: Mapping[str, Any], *values: Any) -> Example:
    first, last = values[0], values[-1]
    return Example({"value": kind}, arguments, {"value": first}, {"value": last})


def _beside(kinds: Sequence[t.LogicalType], arguments: Mapping[str, Any], *rows: Sequence[Any]) -> Example:
    names = ("value", "other", "third")[: len(kinds)]
    first, last = (dict(zip(names, row, strict=True)) for row in (rows[0], rows[-1]))
    return Example(dict(zip(names, kinds, strict=True)), arguments, first, last)


def _examples() -> Iterator[tuple[str, str, Example]]:
    """Rule, what is special, example; its two rows are only where random rows start."""
    for word, kind, literal, value in _COMPARED:
        for rule in ("is_at_least", "is_at_most", "is_greater_than", "is_less_than", "is_equal_to", "is_not_equal_to"):
            yield rule, word, _one(kind, {"value": literal}, value)
        yield "is_between", word, _one(kind, {"min": literal, "exclusive_min": True}, value)
        yield "is_between", f"{word}_below", _one(kind, {"max": literal, "exclusive_max": True}, value)
        yield "is_not_between", word, _one(kind, {"min": literal, "max": literal}, value)
    for word, kind, literals, value in _LONG_LISTS:
        yield "is_in_set", word, _one(kind, {"values": literals}, value)
        yield "is_not_in_set", word, _one(kind, {"values": literals}, value)
        yield "is_subset_of", word, _one(t.List(kind), {"values": literals}, [value])
        yield "has_item", word, _one(t.List(kind), {"value": literals[0]}, [value])
        where = {"column": "other", "values": literals}
        yield "is_not_null_where", word, _beside((TEXT, kind), where, ("a", value))
        yield "is_null_where", word, _beside((TEXT, kind), where, (None, value))
        pairs = {"column": "other", "pairs": [[literals[0], "a"], [literals[-1], "b"]]}
        yield "is_pair_in_set", word, _beside((kind, TEXT), pairs, (value, "a"))
    for tolerance in TOLERANCES:
        for word, kind, value in _NUMBERS:
            given = {"value": value, "tolerance": tolerance}
            yield "is_equal_to", _word(word, tolerance), _one(kind, given, value)
    yield "is_in_set", "ignore_case", _one(TEXT, {"values": ["ABC", "é", "K", "İ"], "ignore_case": True}, "aBc", "abd")
    yield "is_not_placeholder", "given", _one(TEXT, {"values": ["abc", "It's", "\\"]}, "ABC", "ab")
    yield from _numbers()
    yield from _columns()
    yield from format_variants.examples()


def _numbers() -> Iterator[tuple[str, str, Example]]:
    signs = ("is_positive", "is_not_negative", "is_negative", "is_not_positive", "is_not_zero", "is_whole_number")
    for word, kind, value in _NUMBERS:
        for rule in signs:
            yield rule, word, _one(kind, {}, value)
    for most in (0, 1, 3):
        yield "has_scale_at_most", f"wide_{most}", _one(WIDE, {"max": most}, "1.5", "1.0005")
        yield "has_scale_at_most", f"part_{most}", _one(PART, {"max": most}, "0.5", "0.0005")
    yield "is_multiple_of", "wide", _one(WIDE, {"value": 0.05}, "1.15", "1.16")
    yield "is_finite", "float", _one(FLOAT, {}, 1.0, NAN)
    yield "is_not_nan", "float", _one(FLOAT, {}, 1.0, NAN)


def _columns() -> Iterator[tuple[str, str, Example]]:
    for word, kinds, pair in _PAIRS:
        same = ("is_equal_to_column", "is_not_equal_to_column", "is_not_distinct_from_column")
        ordered = ("is_at_most_column", "is_less_than_column", "is_at_least_column", "is_greater_than_column")
        for rule in (*same, *(() if word == "boolean" else ordered)):
            yield rule, word, _beside(kinds, {"column": "other"}, pair)
        yield "is_different_from_columns", word, _beside(kinds, {"columns": ["other"]}, pair)
    for word, kind, value in (("text", TEXT, "a"), ("long", LONG, 1), ("money", MONEY, Decimal(5)), ("at", AT, EVE)):
        yield "has_unique_items", word, _one(t.List(kind), {}, [value], [value, value])
    yield from _arithmetic()


def _arithmetic() -> Iterator[tuple[str, str, Example]]:
    exact, floating = (t.Decimal(30, 4), t.Decimal(15, 2), t.Decimal(14, 3)), (DOUBLE, DOUBLE, FLOAT)
    for tolerance in TOLERANCES:
        wide, double = _word("wide", tolerance), _word("double", tolerance)
        product = {"factors": ["other", "third"], "tolerance": tolerance}
        yield "is_product_of_columns", wide, _beside(exact, product, ("4", "2", "2"))
        yield "is_product_of_columns", double, _beside(floating, product, (0.25, 0.5, 0.5))
        sums = {"plus": ["other"], "minus": ["third"], "tolerance": tolerance}
        yield "is_sum_of_columns", wide, _beside((t.Decimal(30, 4), t.Decimal(30, 2), LONG), sums, ("4", "2", -2))
        yield "is_sum_of_columns", double, _beside(floating, sums, (0.25, 0.5, 0.5))
        within = {"column": "other", "max_difference": tolerance}
        yield "is_within_of_column", wide, _beside((t.Decimal(37, 4), t.Decimal(30, 2)), within, ("4", "4"))
        yield "is_within_of_column", double, _beside((DOUBLE, FLOAT), within, (0.5, 0.5))
    for percent in (0, 0.001, 7, 100.5):
        within = {"column": "other", "max_percent": percent}
        wide, long = _word("wide", percent), _word("long", percent)
        yield "is_within_percent_of_column", wide, _beside((t.Decimal(30, 4), LONG), within, ("4", 4))
        yield "is_within_percent_of_column", long, _beside((LONG, t.Decimal(20, 6)), within, (4, "4"))


def _word(kind: str, number: float) -> str:
    """A name that SQL takes for one."""
    return f"{kind}_{number}".replace(".", "_").replace("+", "_")


def _all() -> Iterator[tuple[str, Rule]]:
    yield from ((rule.name, rule) for rule in RULES.values() if rule.level is Level.ROW)
    for name, special, example in _examples():
        yield f"{name}__{special}", replace(RULES[name], example=example)


CASES: Mapping[str, Rule] = dict(_all())
"""Every row rule by name, then its variants by name and what is special about them."""
