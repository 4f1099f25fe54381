"""Rules about membership in a list."""

from __future__ import annotations

from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_literals import item_values, pair_values, set_values
from gridata_contracts.model import JsonValue
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, on
from gridata_contracts.sql.ascii_case import lowered, lowered_text
from gridata_contracts.sql.literals import literal
from gridata_contracts.sql.subject import Subject

_ITEM = "_a1"


@row_rule(
    Group.SETS,
    "The value is one of `values`, compared exactly, or without regard to the case of A to Z if `ignore_case`.",
    applies=Applies.ANY,
    required={"values": Argument.VALUES},
    optional={"ignore_case": Argument.BOOLEAN},
    relation=set_values,
    expected="one of {values}",
    aliases=("validValues", "accepted_values", "isContainedIn", "expect_column_values_to_be_in_set"),
    example=on(t.String(), {"values": ["EUR", "USD"]}, "EUR", "eur"),
)
def is_in_set(s: Subject) -> str:
    return _is_listed(s)


@row_rule(
    Group.SETS,
    "The value is none of `values`, compared as `is_in_set` compares.",
    applies=Applies.ANY,
    required={"values": Argument.VALUES},
    optional={"ignore_case": Argument.BOOLEAN},
    relation=set_values,
    expected="none of {values}",
    aliases=("not_accepted_values", "expect_column_values_to_not_be_in_set"),
    example=on(t.String(), {"values": ["test"], "ignore_case": True}, "prod", "Test"),
)
def is_not_in_set(s: Subject) -> str:
    return f"NOT ({_is_listed(s)})"


@row_rule(
    Group.SETS,
    "The value and that of `column` are one of `pairs`, each of two literals in this order.",
    applies=Applies.SCALAR,
    required={"column": Argument.COLUMN, "pairs": Argument.ANY},
    relation=pair_values,
    expected="with {column} one of the pairs {pairs}",
    nulls="null passes, and so does a null in the other column",
    aliases=("expect_column_pair_values_to_be_in_set",),
    example=Example(
        {"value": t.String(), "currency": t.String()},
        {"column": "currency", "pairs": [["DE", "EUR"], ["US", "USD"]]},
        {"value": "US", "currency": "USD"},
        {"value": "US", "currency": "EUR"},
    ),
)
def is_pair_in_set(s: Subject) -> str:
    other = s.columns[s.text("column")]
    value = s.other(other.path)
    pairs: Any = s.given("pairs")
    found = [
        f"({s.value} = {s.literal(own)} AND {value} = {literal(s.dialect, its, other.type)})" for own, its in pairs
    ]
    return f"CASE WHEN {s.value} IS NOT NULL AND {value} IS NOT NULL THEN {' OR '.join(found)} END"


@row_rule(
    Group.SETS,
    "Every item is one of `values`.",
    applies=Applies.ARRAY,
    required={"values": Argument.ANY},
    relation=item_values,
    expected="only items out of {values}",
    nulls="null passes, and so does a null item",
    example=on(t.List(t.String()), {"values": ["red", "blue"]}, ["red", None], ["red", "reD"]),
)
def is_subset_of(s: Subject) -> str:
    stranger = f"NOT ({s.is_among(_ITEM, s.given(), _item_type(s))})"
    return f"NOT {s.dialect.any_item(s.value, _ITEM, stranger)}"


@row_rule(
    Group.SETS,
    "At least one item is `value`.",
    applies=Applies.ARRAY,
    required={"value": Argument.ANY},
    relation=item_values,
    expected="{value} among the items",
    example=on(t.List(t.String()), {"value": "vat"}, ["duty", "vat"], ["duty", None]),
)
def has_item(s: Subject) -> str:
    found = s.dialect.any_item(s.value, _ITEM, f"{_ITEM} = {literal(s.dialect, s.argument('value'), _item_type(s))}")
    # Null items must not leave it open, and DuckDB's any of no items is null.
    return f"CASE WHEN {found} THEN true WHEN {s.value} IS NOT NULL THEN false END"


def _is_listed(s: Subject) -> str:
    if not s.argument("ignore_case"):
        return s.is_among(s.value, s.given(), s.type)
    small: list[JsonValue] = [*dict.fromkeys(lowered_text(text) for text in s.texts("values"))]
    return s.is_among(lowered(s.value, s.dialect), small, s.type)


def _item_type(s: Subject) -> t.LogicalType:
    return s.type.item if isinstance(s.type, t.List) else s.type
