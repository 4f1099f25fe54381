"""`type: sql`: the queries that both engines answer alike become checks, all others are refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

import pytest

from gridata_contracts.errors import ContractError
from gridata_contracts.model import Action, Check, Contract
from gridata_contracts.reference import broken_checks

SIZE = "{name: size, logicalType: integer, physicalType: int}"
TABLE = "  - name: things\n"
AS_OF = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


def on(query: str, operator: str = "mustBe: 0") -> tuple[str, str]:
    return SIZE, f'{SIZE[:-1]}, quality: [{{type: sql, query: "{query}", {operator}}}]}}'


def on_table(query: str, operator: str = "mustBe: 0") -> tuple[str, str]:
    return TABLE, f'{TABLE}    quality: [{{type: sql, query: "{query}", {operator}}}]\n'


def only(contract: Contract) -> Check:
    (check,) = [each for each in contract.checks if "quality[" in each.source]
    return check


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) FROM {object} WHERE {property} < 0",
        "select count( * )  from ${object} where ${property} < 0 ;",
        "SELECT COUNT(*) FROM {table} WHERE {column} < 0",
        "SELECT COUNT(*) FROM things WHERE size < 0",
    ],
)
def test_no_row_counted_is_the_rule_that_the_condition_is_not_true(build: Build, query: str) -> None:
    check = only(build(on(query)))

    assert (check.rule, check.column, check.action) == ("is_true", None, Action.QUARANTINE)
    assert check.arguments == {"expression": "NOT (size < 0)"}


@pytest.mark.parametrize(("size", "broken"), [(-1, True), (0, False), (None, False)])
def test_a_row_is_counted_only_where_the_condition_is_true(build: Build, size: int | None, broken: bool) -> None:
    contract = build(on("SELECT COUNT(*) FROM {object} WHERE {property} < 0"))

    found = [check.rule for check in broken_checks(contract, {"thing_id": "a", "size": size}, AS_OF)]

    assert found == (["is_true"] if broken else [])


@pytest.mark.parametrize("operator", ["mustBe: 0", "mustBeLessThan: 1", "mustBeLessOrEqualTo: 0.5"])
def test_every_way_to_say_none_quarantines_rows(build: Build, operator: str) -> None:
    assert only(build(on("SELECT COUNT(*) FROM {object} WHERE size < 0", operator))).rule == "is_true"


NUMBERS: dict[str, tuple[tuple[str, str], str, str | None, Mapping[str, Any], str | None]] = {
    # change, rule, column, arguments, where
    "the standard's own": (
        on("SELECT COUNT(*) FROM {object} WHERE {property} IS NOT NULL", "mustBeLessThan: 3600"),
        "has_row_count", None, {"max": 3599}, "size IS NOT NULL",
    ),
    "rows": (
        on_table("SELECT COUNT(*) FROM {object}", "mustBeGreaterThan: 9"), "has_row_count", None, {"min": 10}, None
    ),
    "no rows at all": (on_table("SELECT COUNT(*) FROM {object}"), "has_row_count", None, {"min": 0, "max": 0}, None),
    "sum": (
        on("SELECT SUM({property}) FROM {object}", "mustBeGreaterThan: 0.5"),
        "has_sum", "size", {"min": 0.5, "exclusive_min": True}, None,
    ),
    "mean of some": (
        on_table("SELECT AVG(price) FROM things WHERE size > 3", "mustBeBetween: [1, 2]"),
        "has_mean", "price", {"min": 1, "max": 2, "exclusive_min": True, "exclusive_max": True}, "size > 3",
    ),
    "least": (
        on_table("SELECT MIN(price) FROM {object}", "mustBeGreaterOrEqualTo: -1"), "has_min", "price", {"min": -1}, None
    ),
    "greatest": (
        on_table("SELECT MAX(size) FROM {object}", "mustNotBe: 7"),
        "has_max", "size", {"min": 7, "max": 7, "outside": True}, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_a_query_of_one_number_is_a_rule_about_it(build: Build, name: str) -> None:
    change, rule, column, arguments, where = NUMBERS[name]

    check = only(build(change))

    assert (check.rule, check.column, check.arguments) == (rule, column, arguments)
    assert (check.where and check.where.text) == where


def test_text_that_looks_like_sql_is_text(build: Build) -> None:
    check = only(build(on("SELECT COUNT(*) FROM {object} WHERE thing_id = 'GROUP BY x'")))

    assert check.arguments == {"expression": "NOT (thing_id = 'GROUP BY x')"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "SELECT COUNT(DISTINCT size) FROM {object}",
        "SELECT COUNT(*) / 2 FROM {object}",
        "SELECT COUNT(*) FROM {object} GROUP BY size",
        "SELECT COUNT(*) FROM {object} WHERE size > 1 GROUP BY size",
        "SELECT COUNT(*) FROM {object} WHERE size IN (SELECT size FROM things)",
        "SELECT COUNT(*) FROM {object} t JOIN others o ON t.size = o.size",
        "SELECT COUNT(*) FROM others",
        "DELETE FROM {object}",
    ],
)
def test_other_sql_is_refused_with_what_is_allowed_and_what_to_do(build: Build, query: str) -> None:
    with pytest.raises(ContractError) as caught:
        build(on(query))

    (problem,) = caught.value.problems
    assert "quality[0].query: got " in problem
    assert "allowed SELECT COUNT(*) FROM {object} [WHERE condition], or SUM, AVG, MIN or MAX of one column" in problem
    assert "Ask a rule with engine: gridata, or make the number in a transform" in problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (on("SELECT COUNT(*) FROM {object} WHERE sise < 0"), "Did you mean 'size'?"),
        (on("SELECT COUNT(*) FROM {object} WHERE size / 2 < 0"), "Division is left out"),
        (on("SELECT COUNT(*) FROM {object} WHERE size = 'a'"), "quality[0].query"),
        (on("SELECT SUM(sise) FROM {object}"), 'quality[0].query: got "sise", allowed the path of a column'),
        (on("SELECT SUM(thing_id) FROM {object}"), 'quality[0].query: got "has_sum", allowed a rule for string'),
        (on("SELECT MIN(size) FROM {object}", "mustBeGreaterThan: 1.5"), "quality[0].mustBeGreaterThan: got 1.5"),
        (on("SELECT COUNT(*) FROM {objekt}"), 'quality[0].query: got "{objekt}", allowed {object}, {table}'),
        (on_table("SELECT SUM({property}) FROM {object}"), "move the query to its property."),
        (on("SELECT COUNT(*) FROM {object}", "mustBe: 1, unit: percent"), 'unit: got "percent", allowed rows.'),
        ((SIZE, f"{SIZE[:-1]}, quality: [{{type: sql, mustBe: 1}}]}}"), "quality[0].query: got nothing"),
        (on("SELECT COUNT(*) FROM {object} WHERE size > 0", "mustBeLessThan: 0"), "mustBeLessThan: got 0"),
    ],
)
def test_problem_of_a_query_names_its_place(build: Build, change: tuple[str, str], problem: str) -> None:
    with pytest.raises(ContractError) as caught:
        build(change)

    assert len(caught.value.problems) == 1
    assert problem in caught.value.problems[0]
