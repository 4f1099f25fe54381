"""Rules about the different values of a batch: how many there are, and which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_key_relations import bounds_of_keys, exact_value
from gridata_contracts.rules.bounds import COUNTS, HOW, SHARES
from gridata_contracts.rules.keyed import KeyRows, figure
from gridata_contracts.rules.rule import Applies, Argument, Example, Group
from gridata_contracts.sql.ascii_case import lowered

_KEYS = "rows with a null in the key are left out; without a row the check passes"
_NULLS = "null values are left out; without a value the check passes"


def texts(arguments: dict[str, Any], passes: Sequence[Any], fails: Sequence[Any], name: str = "value") -> Example:
    """An example on one text column."""
    return Example({name: t.String()}, arguments, [{name: v} for v in passes], [{name: v} for v in fails])


def _of_keys(k: KeyRows, number: str) -> str:
    """A number of the keys, each with its count `c`."""
    keys = ", ".join(k.listed())
    return f"SELECT {number} AS n FROM (SELECT count(*) AS c FROM {k.table} GROUP BY {keys}) counted"


def _keys(expected: str, example: Example, bounds: Mapping[str, Argument], *aliases: str) -> dict[str, Any]:
    return {
        "expected": expected, "example": example, "applies": Applies.TABLE, "required": {"columns": Argument.COLUMNS},
        "optional": bounds, "relation": bounds_of_keys, "nulls": _KEYS, "about_null": True, "aliases": aliases,
    }  # fmt: skip


def _ids(arguments: dict[str, Any], passes: Sequence[Any], fails: Sequence[Any]) -> Example:
    return texts({"columns": ["id"], **arguments}, passes, fails, "id")


@figure(
    Group.UNIQUENESS, "The share of rows whose key stands once is within bounds.",
    **_keys("a share of rows with an unrepeated {columns}[, at least {min}][, at most {max}]",
            _ids({"min": 0.5}, ["a", "b"], ["a", "a"]), SHARES, "Uniqueness", "hasUniqueness"),
)  # fmt: skip
def has_uniqueness(k: KeyRows) -> str:
    return _of_keys(k, "CAST(count(CASE WHEN c = 1 THEN 1 END) AS DOUBLE) / sum(c)")


@figure(
    Group.UNIQUENESS, "The number of different keys divided by the number of rows is within bounds.",
    **_keys("a share of different {columns}[, at least {min}][, at most {max}]",
            _ids({"min": 0.6}, ["a", "b"], ["a", "a"]), SHARES, "hasDistinctness"),
)  # fmt: skip
def has_distinctness(k: KeyRows) -> str:
    return _of_keys(k, "CAST(count(*) AS DOUBLE) / sum(c)")


@figure(
    Group.UNIQUENESS, "The share of different keys that stand once is within bounds.",
    **_keys("a share of unrepeated {columns}[, at least {min}][, at most {max}]",
            _ids({"min": 0.6}, ["a", "b"], ["a", "b", "b"]), SHARES, "UniqueValueRatio", "hasUniqueValueRatio"),
)  # fmt: skip
def has_unique_value_ratio(k: KeyRows) -> str:
    return _of_keys(k, "CAST(count(CASE WHEN c = 1 THEN 1 END) AS DOUBLE) / nullif(count(*), 0)")


@figure(
    Group.UNIQUENESS, "The number of different keys is within bounds.",
    **_keys("a number of different {columns}[, at least {min}][, at most {max}]",
            _ids({"min": 2}, ["a", "b"], ["a", "a"]), COUNTS,
            "DistinctValuesCount", "hasNumberOfDistinctValues", "has_cardinality"),
)  # fmt: skip
def has_distinct_count(k: KeyRows) -> str:
    return _of_keys(k, "count(*)")


@figure(
    Group.UNIQUENESS, "The number of rows whose key an earlier row has is within bounds.",
    **_keys("a number of rows that repeat {columns}[, at least {min}][, at most {max}]",
            _ids({"max": 1}, ["a", "a"], ["a", "a", "a"]), COUNTS, "DuplicateRowCount"),
)  # fmt: skip
def has_duplicate_count(k: KeyRows) -> str:
    return _of_keys(k, "coalesce(sum(c), 0) - count(*)")


@figure(
    Group.UNIQUENESS, "The share of rows whose key an earlier row has is within bounds.",
    **_keys("a share of rows that repeat {columns}[, at least {min}][, at most {max}]",
            _ids({"max": 0.4}, ["a", "b"], ["a", "a"]), SHARES),
)  # fmt: skip
def has_duplicate_share(k: KeyRows) -> str:
    return _of_keys(k, "1 - CAST(count(*) AS DOUBLE) / sum(c)")


@figure(
    Group.DISTRIBUTION, "Shannon's entropy of the keys, in nats, is within bounds: 0 for one key, ln(n) for n equally "
    "frequent ones.",
    **_keys("an entropy of {columns}[, at least {min}][, at most {max}]", _ids({"min": 0.5}, ["a", "b"], ["a", "a"]),
            {"min": Argument.NUMBER, "max": Argument.NUMBER, **HOW}, "Entropy", "hasEntropy"),
)  # fmt: skip
def has_entropy(k: KeyRows) -> str:
    keys = ", ".join(k.listed())
    counted = f"SELECT CAST(count(*) AS DOUBLE) AS c FROM {k.table} GROUP BY {keys}"
    # ln(n) - Σ c·ln(c) / n: every term is exact or rounded once, whatever the order.
    return f"SELECT ln(sum(c)) - sum(c * ln(c)) / sum(c) AS n FROM ({counted}) counted"


def _set(expected: str, example: Example, alias: str) -> dict[str, Any]:
    return {
        "expected": expected, "example": example, "applies": Applies.SCALAR, "most": 0,
        "required": {"values": Argument.VALUES}, "relation": exact_value, "nulls": _NULLS, "aliases": (alias,),
    }  # fmt: skip


def _among(k: KeyRows, *, inside: bool) -> str:
    """How many different values are in the set, or out of it."""
    condition = f"{k.value} {'IN' if inside else 'NOT IN'} ({', '.join(k.literals())})"
    return f"count(DISTINCT CASE WHEN {condition} THEN {k.value} END)"


@figure(
    Group.SETS, "Every different value is one of `values`; what is measured is how many are not.",
    **_set("only values out of {values}", texts({"values": ["a", "b"]}, ["a"], ["c"]),
           "expect_column_distinct_values_to_be_in_set"),
)  # fmt: skip
def has_distinct_values_in_set(k: KeyRows) -> str:
    return f"SELECT {_among(k, inside=False)} AS n FROM {k.table}"


@figure(
    Group.SETS, "Each of `values` is there; what is measured is how many are not.",
    **_set("each of {values}", texts({"values": ["a", "b"]}, ["a", "b", "c"], ["a"]),
           "expect_column_distinct_values_to_contain_set"),
)  # fmt: skip
def has_distinct_values_containing_set(k: KeyRows) -> str:
    return f"SELECT {len(k.literals())} - {_among(k, inside=True)} AS n FROM {k.table}"


@figure(
    Group.SETS, "The different values are exactly `values`; what is measured is how many are missing or too many.",
    **_set("exactly the values {values}", texts({"values": ["a", "b"]}, ["a", "b"], ["a"]),
           "expect_column_distinct_values_to_equal_set"),
)  # fmt: skip
def has_distinct_values_equal_to_set(k: KeyRows) -> str:
    missing = f"{len(k.literals())} - {_among(k, inside=True)}"
    return f"SELECT {missing} + {_among(k, inside=False)} AS n FROM {k.table}"


@figure(
    Group.SETS, "The most frequent value (of equally frequent ones the least) is one of `values`; 1 when it is not.",
    **_set("a most frequent value out of {values}", texts({"values": ["a"]}, ["a", "a", "b"], ["b", "b", "a"]),
           "expect_column_most_common_value_to_be_in_set"),
)  # fmt: skip
def has_most_common_value_in_set(k: KeyRows) -> str:
    counted = f"SELECT {k.value} AS v, count(*) AS c FROM {k.table} GROUP BY {k.value}"
    first = f"SELECT v FROM ({counted}) counted ORDER BY c DESC, v LIMIT 1"
    return f"SELECT max(CASE WHEN v IN ({', '.join(k.literals())}) THEN 0 ELSE 1 END) AS n FROM ({first}) first"


@figure(
    Group.TEXT, "No two values differ only in the case of the letters A to Z; what is measured is how many texts are "
    "written in more than one way.",
    expected="one spelling per text, whatever its case", example=texts({}, ["a", "a"], ["a", "A"]),
    applies=Applies.TEXT, most=0, nulls=_NULLS, aliases=("expect_column_values_to_have_consistent_casing",),
)  # fmt: skip
def has_consistent_casing(k: KeyRows) -> str:
    small = lowered(k.value, k.dialect)
    spelt = f"SELECT count(DISTINCT {k.value}) AS c FROM {k.table} GROUP BY {small}"
    return f"SELECT count(CASE WHEN c > 1 THEN 1 END) AS n FROM ({spelt}) spelt"
