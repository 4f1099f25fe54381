"""What completeness, range, set and cross-column rules say at their edges, and which calls of them are refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from gridata_contracts import types as t
from gridata_contracts.errors import ContractError
from gridata_contracts.model import Contract
from gridata_contracts.reference import broken_checks
from gridata_contracts.suite import Ask, suite

AS_OF = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
D = Decimal
NAN, INF = float("nan"), float("inf")
COLUMNS: dict[str, t.LogicalType] = {
    "text": t.String(),
    "other": t.String(),
    "n": t.Integer(),
    "i": t.Integer(32),
    "m": t.Decimal(12, 2),
    "p": t.Decimal(18, 4),
    "wide": t.Decimal(38, 4),
    "f": t.Floating(64, allow_nan=True),
    "day": t.Date(),
    "flag": t.Boolean(),
    "box": t.Struct((t.Field("label", t.String()),)),
    "tags": t.List(t.String()),
    "weights": t.List(t.Floating()),
    "items": t.List(t.Struct((t.Field("k", t.String()),))),
}

EDGES: list[tuple[str, str | None, dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]] = [
    # rule, column, arguments, rows that pass, rows that fail
    ("is_null", "text", {}, [{}, {"text": None}], [{"text": ""}]),
    ("is_null", "box.label", {}, [{"box": None}, {"box": {}}], [{"box": {"label": ""}}]),
    ("is_not_empty", "text", {}, [{}, {"text": " "}], [{"text": ""}]),
    ("is_not_null_or_blank", "text", {}, [{"text": "\u00a0"}], [{}, {"text": ""}, {"text": "\n"}]),
    ("is_not_null_or_blank", "box.label", {}, [{"box": None}], [{"box": {}}, {"box": {"label": " "}}]),
    ("is_not_null_or_blank", "items[*].k", {}, [{"items": []}], [{"items": [{"k": "a"}, None]}]),
    ("is_null_or_empty", "text", {}, [{}, {"text": ""}], [{"text": " "}]),
    ("is_not_placeholder", "text", {}, [{"text": "noned"}, {"text": ""}, {"text": "\u039dULL"}],
     [{"text": "NULL"}, {"text": "-\n"}, {"text": " None "}]),
    ("is_not_placeholder", "text", {"values": ["TBD"]}, [{"text": "null"}], [{"text": "tbd"}]),
    ("is_not_null_in_all", None, {"columns": ["text", "box.label"]}, [{"text": "", "box": {"label": ""}}],
     [{"text": "", "box": None}]),
    ("is_not_null_in_any", None, {"columns": ["text", "n"]}, [{"n": 0}], [{}]),
    ("is_not_null_in_exactly_one", None, {"columns": ["text", "n", "m"]}, [{"n": 0}], [{}, {"n": 0, "m": D(1)}]),
    ("is_null_where", "text", {"column": "n", "values": [1]}, [{"text": "a"}, {"text": "a", "n": 2}, {"n": 1}],
     [{"text": "a", "n": 1}]),
    ("is_different_from_columns", "n", {"columns": ["i", "m"]}, [{"n": 1}, {"n": 1, "i": 2}],
     [{"n": 1, "m": D("1.00")}]),
    ("has_unique_items", "tags", {}, [{"tags": [None, None, "a"]}, {"tags": []}, {}], [{"tags": ["a", "b", "a"]}]),
    ("is_between", "m", {"min": 0, "max": 1, "exclusive_min": True}, [{"m": D("0.01")}, {"m": D("1.00")}],
     [{"m": D("0.00")}]),
    ("is_between", "f", {"max": 1, "exclusive_max": True}, [{"f": -INF}], [{"f": 1.0}, {"f": NAN}]),
    ("is_not_between", "n", {"min": 1, "max": 3}, [{"n": 0}, {"n": 4}, {}], [{"n": 1}, {"n": 3}]),
    ("is_equal_to", "wide", {"value": 1, "tolerance": 0.00005}, [{"wide": D(1)}], [{"wide": D("1.0001")}]),
    ("is_equal_to", "f", {"value": "NaN"}, [{"f": NAN}], [{"f": INF}]),
    ("is_equal_to", "day", {"value": "2024-02-29"}, [{"day": dt.date(2024, 2, 29)}], [{"day": dt.date(2024, 3, 1)}]),
    ("is_equal_to", "flag", {"value": True}, [{"flag": True}, {}], [{"flag": False}]),
    ("is_not_zero", "f", {}, [{"f": 5e-324}, {"f": NAN}], [{"f": 0.0}, {"f": -0.0}]),
    ("is_negative", "f", {}, [{"f": -INF}], [{"f": -0.0}, {"f": NAN}]),
    ("is_whole_number", "f", {}, [{"f": 1e300}, {"f": -0.0}], [{"f": -0.5}, {"f": NAN}, {"f": INF}]),
    ("is_finite", "f", {}, [{"f": -1e300}, {}], [{"f": NAN}, {"f": -INF}]),
    ("is_not_nan", "f", {}, [{"f": INF}], [{"f": NAN}]),
    ("has_scale_at_most", "wide", {"max": 0}, [{"wide": D("-7.0000")}], [{"wide": D("0.1000")}]),
    ("is_in_set", "text", {"values": ["Straße"], "ignore_case": True}, [{"text": "STRAßE"}], [{"text": "STRASSE"}]),
    ("is_not_in_set", "text", {"values": ["I"], "ignore_case": True}, [{"text": "\u0131"}, {}], [{"text": "i"}]),
    ("is_pair_in_set", "text", {"column": "m", "pairs": [["a", 1], ["b", "2.50"]]},
     [{"text": "b", "m": D("2.50")}, {"text": "c"}, {"m": D(7)}], [{"text": "a", "m": D("2.50")}]),
    ("is_subset_of", "tags", {"values": ["a"]}, [{"tags": []}, {"tags": [None, "a"]}, {}], [{"tags": ["a", "A"]}]),
    ("has_item", "tags", {"value": "a"}, [{"tags": [None, "a"]}, {}], [{"tags": []}, {"tags": [None]}]),
    ("is_greater_than_column", "n", {"column": "m"}, [{"n": 2, "m": D("1.99")}, {"n": 2}], [{"n": 2, "m": D(2)}]),
    ("is_not_distinct_from_column", "n", {"column": "i"}, [{}, {"n": 1, "i": 1}], [{"n": 1}, {"i": 1}]),
    ("is_product_of_columns", "p", {"factors": ["i", "m"]}, [{"p": D("0.03"), "i": 3, "m": D("0.01")}, {"p": D(9)}],
     [{"p": D("0.0301"), "i": 3, "m": D("0.01")}]),
    ("is_within_percent_of_column", "m", {"column": "i", "max_percent": 10},
     [{"m": D("-9.00"), "i": -10}, {"m": D(0), "i": 0}], [{"m": D("-8.99"), "i": -10}, {"m": D("0.01"), "i": 0}]),
    ("is_true", None, {"expression": "n > i OR text = 'a'"}, [{"n": 2, "i": 1}, {"n": 2}, {"text": "a"}],
     [{"n": 1, "i": 1, "text": "b"}]),
]  # fmt: skip

REFUSED: list[tuple[str, str | None, dict[str, Any], str]] = [
    ("is_between", "n", {"max": 1, "exclusive_min": True}, "exclusive_min: got true, allowed min beside it."),
    ("is_between", "n", {"min": 1, "max": 1, "exclusive_max": True}, "min: got 1, allowed less than max (1)"),
    ("is_not_between", "n", {"min": 2, "max": 1}, "min: got 2, allowed at most max (1). Swap the bounds."),
    ("is_equal_to", "text", {"value": "a", "tolerance": 1}, "tolerance: got 1, allowed no tolerance for string."),
    ("is_equal_to", "n", {"value": 1, "tolerance": INF}, "tolerance: got Infinity, allowed a number >= 0."),
    ("has_scale_at_most", "m", {"max": 2}, "max: got 2, allowed less than the 2 fraction digits of decimal(12,2)."),
    ("has_scale_at_most", "n", {"max": 0}, 'got "has_scale_at_most", allowed a rule for long.'),
    ("is_in_set", "n", {"values": [1], "ignore_case": True}, "ignore_case: got true, allowed no ignore_case for long."),
    ("is_pair_in_set", "n", {"column": "m", "pairs": [[1]]}, "pairs[0]: got [1], allowed two literals, one of n and"),
    ("is_pair_in_set", "n", {"column": "m", "pairs": [[1, "x"]]}, 'pairs[0][1]: got "x", allowed a decimal'),
    ("is_pair_in_set", "n", {"column": "m", "pairs": []}, "pairs: got [], allowed a list with at least one item."),
    ("is_pair_in_set", "n", {"column": "box", "pairs": [[1, 1]]}, "allowed a rule for scalars. box is object."),
    ("is_subset_of", "tags", {"values": ["a", 1]}, "values[1]: got 1, allowed text (tags[*] is string)."),
    ("is_subset_of", "items", {"values": ["a"]}, "allowed an array of scalars (one item of items is object)."),
    ("has_item", "tags", {"value": None}, "value: got null, allowed text (tags[*] is string)."),
    ("has_unique_items", "items", {}, "field: got nothing, allowed the name of a field. One item of items is an obje"),
    ("has_unique_items", "weights", {}, "allowed an array of exact scalars (one item of weights is double)."),
    ("is_different_from_columns", "n", {"columns": ["text"]}, 'columns[0]: got "text", allowed a column that compares'),
    ("is_product_of_columns", "n", {"factors": ["n", "n"]}, "factors[1]: got \"n\", allowed each item once."),
    ("is_product_of_columns", "n", {"factors": ["n", "i", "m"]}, "at most 38 digits together, not 44"),
    ("is_within_of_column", "wide", {"column": "m", "max_difference": 1}, "at most 38 digits together, not 39"),
    ("is_within_percent_of_column", "m", {"column": "n", "max_percent": 1e-30}, "at most 38 digits together"),
    ("is_true", None, {"expression": "n > text"}, "expression: "),
    ("is_null_or_empty", "text", {"nulls": "fail"}, "nulls: "),
    ("is_increasing", "n", {"nulls": "fail"}, "nulls: got \"fail\", allowed no nulls for is_increasing."),
    ("is_found_in", "text", {"table": "a_bronze.b_v1", "action": "quarantine"}, "flag or fail_batch (is_found_in may"),
    ("is_found_in", "f", {"table": "a_bronze.b_v1"}, "(equal binary numbers are chance)"),
    ("is_increasing", "items[*].k", {}, 'got "is_increasing", allowed a column with one value per row'),
    ("is_sequential", "wide", {}, "allowed a column whose differences need at most 38 digits, not 39"),
    ("is_same_for_key", "text", {"columns": ["f"]}, 'columns[0]: got "f", allowed columns with an exact scalar type.'),
    ("is_allowed_transition", "text", {"transitions": ["a"]}, "transitions: got [\"a\"], allowed a mapping"),
    ("is_allowed_transition", "text", {"transitions": {"a": "b"}}, 'transitions.a: got "b", allowed a list of states.'),
    ("is_not_overlapping", None, {"start": "n", "end": "day"}, "allowed a column like n, which is long."),
    ("is_key_found_in", None, {"columns": ["n"], "table": "a_bronze.b_v1", "key": ["x", "y"]}, "key: got"),
    ("has_uniqueness", None, {"columns": ["n"]}, "got nothing, allowed at least one of min, max. has_uniqueness needs"),
    ("has_quantile", "n", {"quantile": 0.5, "min": 2, "max": 1}, "min: got 2, allowed at most max (1)."),
]  # fmt: skip


def contract_with(rule: str, column: str | None, arguments: dict[str, Any]) -> Contract:
    terms: dict[str, Any] = {name: arguments.pop(name) for name in ("nulls", "action") if name in arguments}
    return suite(COLUMNS, [Ask(rule, column, arguments, terms=terms)])


@pytest.mark.parametrize(("rule", "column", "arguments", "passing", "failing"), EDGES)
def test_rule_decides_its_edges(
    rule: str, column: str | None, arguments: dict[str, Any], passing: list[Any], failing: list[Any]
) -> None:
    contract = contract_with(rule, column, arguments)

    assert [row for row in passing if broken_checks(contract, row, AS_OF)] == []
    assert [row for row in failing if not broken_checks(contract, row, AS_OF)] == []


@pytest.mark.parametrize(("rule", "column", "arguments", "message"), REFUSED)
def test_call_that_contradicts_itself_or_its_column_is_refused(
    rule: str, column: str | None, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ContractError) as refused:
        contract_with(rule, column, dict(arguments))

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("rule", "column", "arguments", "words"),
    [
        ("is_between", "n", {"min": 1, "max": 9}, "between 1 and 9"),
        ("is_between", "n", {"min": 1}, "at least 1"),
        ("is_between", "n", {"min": 1, "exclusive_min": True}, "more than 1"),
        ("is_between", "n", {"max": 9, "min": 1, "exclusive_max": True}, "at least 1 and less than 9"),
        ("is_equal_to", "n", {"value": 1}, "equal to 1"),
        ("is_equal_to", "n", {"value": 1, "tolerance": 2}, "equal to 1 within 2"),
        ("has_unique_items", "tags", {}, "different items"),
        ("has_unique_items", "items", {"field": "k"}, "items with different k"),
        ("is_pair_in_set", "n", {"column": "text", "pairs": [[1, "a"]]}, "with text one of the pairs 1, a"),
        ("is_true", None, {"expression": "n>1"}, "n > 1"),
    ],
)
def test_producer_is_told_what_is_expected(
    rule: str, column: str | None, arguments: dict[str, Any], words: str
) -> None:
    (check,) = contract_with(rule, column, arguments).checks

    assert check.expected == words
