"""Every metric and operator of the standard becomes a check: of rows where only too much is bad, else of a number."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

import pytest

from gridata_contracts.model import Action, Check, Contract, Nulls, Threshold

SIZE = "{name: size, logicalType: integer, physicalType: int}"
COLOR = "{name: color, logicalType: string}"
TABLE = "  - name: things\n"


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


def on(column: str, entry: str) -> tuple[str, str]:
    """The column `size` is another one, with one quality entry."""
    return SIZE, f"{column[:-1]}, quality: [{{{entry}}}]}}"


def on_table(entry: str) -> tuple[str, str]:
    return TABLE, f"{TABLE}    quality: [{{{entry}}}]\n"


def only(contract: Contract) -> Check:
    """The check that the test asked for: the minimal contract has two of its own."""
    (check,) = [each for each in contract.checks if "quality[" in each.source]
    return check


VALUES = "arguments: {validValues: [red, blue]}"
MISSING = "arguments: {missingValues: [null, '', N/A]}"
PATTERN = "arguments: {pattern: '[a-z]+'}"
BOTH = "arguments: {validValues: [red, blue], pattern: '[a-z]+'}"
NOTHING = {"values": ["", "N/A"]}
Expected = tuple[str, Mapping[str, Any], Threshold | None]

ROW_RULES: dict[str, tuple[str, str, Expected]] = {
    # name: column, entry, (rule, arguments, threshold)
    "nulls": (SIZE, "metric: nullValues, mustBe: 0", ("is_not_null", {}, None)),
    "nulls below one": (SIZE, "metric: nullValues, mustBeLessThan: 1", ("is_not_null", {}, None)),
    "nulls at most none": (SIZE, "metric: nullValues, mustBeLessOrEqualTo: 0", ("is_not_null", {}, None)),
    "no percent of nulls": (SIZE, "metric: nullValues, mustBe: 0, unit: percent", ("is_not_null", {}, None)),
    "deprecated rule": (SIZE, "rule: nullValues, mustBe: 0", ("is_not_null", {}, None)),
    "typed": (SIZE, "type: library, metric: nullValues, mustBe: 0, unit: rows", ("is_not_null", {}, None)),
    "few nulls": (SIZE, "metric: nullValues, mustBeLessThan: 5", ("is_not_null", {}, Threshold(rows=4))),
    "few and a half": (SIZE, "metric: nullValues, mustBeLessThan: 4.5", ("is_not_null", {}, Threshold(rows=4))),
    "ten nulls": (SIZE, "metric: nullValues, mustBeLessOrEqualTo: 10", ("is_not_null", {}, Threshold(rows=10))),
    "below a percentage": (
        SIZE,
        "metric: nullValues, mustBeLessThan: 5, unit: percent",
        ("is_not_null", {}, Threshold(below_percent=Decimal(5))),
    ),
    "at most a percentage": (
        SIZE,
        "metric: nullValues, mustBeLessOrEqualTo: 0.5, unit: percent",
        ("is_not_null", {}, Threshold(percent=Decimal("0.5"))),
    ),
    "from none to three": (
        SIZE,
        "metric: nullValues, mustBeGreaterOrEqualTo: 0, mustBeLessOrEqualTo: 3",
        ("is_not_null", {}, Threshold(rows=3)),
    ),
    "values": (
        COLOR, f"metric: invalidValues, {VALUES}, mustBe: 0", ("is_in_set", {"values": ["red", "blue"]}, None)
    ),
    "pattern": (
        COLOR,
        f"metric: invalidValues, {PATTERN}, mustBeLessThan: 5",
        ("has_pattern", {"pattern": "[a-z]+"}, Threshold(rows=4)),
    ),
    "values that all match": (
        COLOR, f"metric: invalidValues, {BOTH}, mustBe: 0", ("is_in_set", {"values": ["red", "blue"]}, None)
    ),
    "missing": (COLOR, f"metric: missingValues, {MISSING}, mustBe: 0", ("is_not_in_set", NOTHING, None)),
    "missing is null alone": (
        COLOR, "metric: missingValues, arguments: {missingValues: [null]}, mustBe: 0", ("is_not_null", {}, None)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROW_RULES)
def test_upper_bound_is_the_row_rule_with_that_threshold(build: Build, name: str) -> None:
    column, entry, (rule, arguments, threshold) = ROW_RULES[name]

    check = only(build(on(column, entry)))

    assert (check.rule, check.arguments, check.threshold) == (rule, arguments, threshold)
    assert check.action is Action.QUARANTINE


@pytest.mark.parametrize(("listed", "nulls"), [("[null, 'N/A']", Nulls.FAIL), ("['N/A']", Nulls.PASS)])
def test_missing_values_count_null_only_where_it_is_listed(build: Build, listed: str, nulls: Nulls) -> None:
    entry = f"metric: missingValues, arguments: {{missingValues: {listed}}}, mustBe: 0"

    assert only(build(on(COLOR, entry))).nulls is nulls


BATCH_RULES: dict[str, tuple[tuple[str, str], str, Mapping[str, Any]]] = {
    "more nulls": (on(SIZE, "metric: nullValues, mustBeGreaterThan: 10"), "has_null_count", {"min": 11}),
    "at least": (on(SIZE, "metric: nullValues, mustBeGreaterOrEqualTo: 10"), "has_null_count", {"min": 10}),
    "just so many": (on(SIZE, "metric: nullValues, mustBe: 3"), "has_null_count", {"min": 3, "max": 3}),
    "some": (on(SIZE, "metric: nullValues, mustNotBe: 0"), "has_null_count", {"min": 1}),
    "any other number": (
        on(SIZE, "metric: nullValues, mustNotBe: 3"), "has_null_count", {"min": 3, "max": 3, "outside": True}
    ),
    "between": (on(SIZE, "metric: nullValues, mustBeBetween: [1, 5]"), "has_null_count", {"min": 2, "max": 4}),
    "between in two operators": (
        on(SIZE, "metric: nullValues, mustBeGreaterThan: 1, mustBeLessThan: 5"), "has_null_count", {"min": 2, "max": 4}
    ),
    "not between": (
        on(SIZE, "metric: nullValues, mustNotBeBetween: [1, 5]"),
        "has_null_count",
        {"min": 2, "max": 4, "outside": True},
    ),
    "not between none and some": (
        on(SIZE, "metric: nullValues, mustNotBeBetween: [-1, 5]"), "has_null_count", {"min": 5}
    ),
    "percent": (
        on(SIZE, "metric: nullValues, mustBeGreaterThan: 5, unit: percent"),
        "has_null_share",
        {"min": 0.05, "exclusive_min": True},
    ),
    "percent between": (
        on(SIZE, "metric: nullValues, mustBeBetween: [5, 10], unit: percent"),
        "has_null_share",
        {"min": 0.05, "max": 0.1, "exclusive_min": True, "exclusive_max": True},
    ),
    "percent not between": (
        on(SIZE, "metric: nullValues, mustNotBeBetween: [5, 10], unit: percent"),
        "has_null_share",
        {"min": 0.05, "max": 0.1, "exclusive_min": True, "exclusive_max": True, "outside": True},
    ),
    "missing": (
        on(COLOR, f"metric: missingValues, {MISSING}, mustBeGreaterThan: 0"),
        "has_missing_count",
        {**NOTHING, "or_null": True, "min": 1},
    ),
    "missing percent": (
        on(COLOR, "metric: missingValues, arguments: {missingValues: [N/A]}, mustBe: 10, unit: percent"),
        "has_missing_share",
        {"values": ["N/A"], "min": 0.1, "max": 0.1},
    ),
    "invalid": (
        on(COLOR, f"metric: invalidValues, {PATTERN}, mustBeBetween: [0, 10]"),
        "has_invalid_count",
        {"pattern": "[a-z]+", "min": 1, "max": 9},
    ),
    "invalid percent": (
        on(COLOR, f"metric: invalidValues, {VALUES}, mustBeGreaterOrEqualTo: 1, unit: percent"),
        "has_invalid_share",
        {"values": ["red", "blue"], "min": 0.01},
    ),
    "duplicates": (
        on(SIZE, "metric: duplicateValues, mustBeGreaterThan: 2"),
        "has_duplicate_count",
        {"columns": ["size"], "min": 3},
    ),
    "duplicates of two": (
        on_table("metric: duplicateValues, arguments: {properties: [size, made_on]}, mustNotBe: 5, unit: percent"),
        "has_duplicate_share",
        {"columns": ["size", "made_on"], "min": 0.05, "max": 0.05, "outside": True},
    ),
    "rows": (on_table("metric: rowCount, mustBeBetween: [100, 120]"), "has_row_count", {"min": 101, "max": 119}),
    "no more rows": (on_table("metric: rowCount, mustBeLessThan: 120"), "has_row_count", {"max": 119}),
    "no rows": (on_table("metric: rowCount, mustBe: 0"), "has_row_count", {"min": 0, "max": 0}),
}  # fmt: skip


@pytest.mark.parametrize("name", BATCH_RULES)
def test_any_other_bound_is_a_rule_about_the_number(build: Build, name: str) -> None:
    change, rule, arguments = BATCH_RULES[name]

    check = only(build(change))

    assert (check.rule, check.arguments, check.threshold) == (rule, arguments, None)
    assert check.action is Action.FAIL_BATCH


def test_duplicates_up_to_a_number_are_rows_that_repeat_a_key(build: Build) -> None:
    few = only(build(on(SIZE, "metric: duplicateValues, mustBeLessThan: 10")))
    none = only(build(on_table("metric: duplicateValues, arguments: {properties: [size, made_on]}, mustBe: 0")))

    assert (few.rule, few.arguments, few.threshold) == ("is_unique", {"columns": ["size"]}, Threshold(rows=9))
    assert (none.rule, none.arguments, none.threshold) == ("is_unique", {"columns": ["size", "made_on"]}, None)


def test_words_beside_a_metric_are_kept_and_change_nothing(build: Build) -> None:
    words = "name: n, description: d, businessImpact: operational, scheduler: cron, schedule: 0 20 * * *, method: m"
    contract = build(on(SIZE, f"id: filled, metric: nullValues, mustBe: 0, dimension: completeness, {words}"))

    check = only(contract)

    assert (check.id, check.rule, check.dimension) == ("filled", "is_not_null", "completeness")
    assert contract.words["size.quality[0].schedule"] == "0 20 * * *"


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_severity_of_a_metric_is_that_of_its_check(build: Build, severity: str) -> None:
    rows = only(build(on(SIZE, f"metric: nullValues, mustBeLessThan: 5, severity: {severity}")))
    batch = only(build(on_table(f"metric: rowCount, mustBeGreaterThan: 5, severity: {severity}")))

    assert (rows.action, batch.action) == (Action.FLAG, Action.FLAG)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (on_table("metric: rowCount, mustBeBetween: [100, 120]"), "between 101 and 119 rows"),
        (on_table("metric: rowCount, mustNotBe: 5"), "other than 5 rows"),
        (on_table("metric: rowCount, mustNotBeBetween: [4, 9]"), "less than 5 or more than 8 rows"),
        (on(SIZE, "metric: nullValues, mustBeGreaterThan: 5, unit: percent"), "a share of nulls more than 0.05"),
        (
            on(SIZE, "metric: nullValues, mustNotBeBetween: [5, 7], unit: percent"),
            "a share of nulls at most 0.05 or at least 0.07",
        ),
        (
            on(COLOR, f"metric: invalidValues, {VALUES}, mustBeBetween: [1, 2], unit: percent"),
            "a share of invalid values, more than 0.01, less than 0.02",
        ),
        (
            on(SIZE, "metric: duplicateValues, mustNotBe: 3"),
            "a number of rows that repeat size, less than 3 or more than 3",
        ),
    ],
)
def test_what_is_expected_is_said_in_words(build: Build, change: tuple[str, str], words: str) -> None:
    assert only(build(change)).expected == words
