"""The standard's quality entries, from the document to the decision about a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest
from rule_rows import Row

from gridata_contracts.model import Contract
from gridata_jobs.checks.decision import Outcome, Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.read.source import row_schema

AS_OF = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
ContractOf = Callable[..., Contract]


def outcome(contract: Contract, rows: Sequence[Row], duck) -> Outcome:
    """What became of the one check that is written under quality."""
    checks = DuckChecks(contract, duck, AS_OF)
    numbered = [{"_row_number": i, **row} for i, row in enumerate(rows, 1)]
    verdicts = checks.check(pa.Table.from_pylist(numbered, schema=row_schema(contract)))
    tally = Tally()
    tally.add(verdicts.tally)
    (found,) = [each for each in checks.decide(tally).outcomes if "quality[" in each.check.source]
    return found


def of_column(contract_of: ContractOf, entry: str, kind: str = "string") -> Contract:
    return contract_of(f"- {{name: value, logicalType: {kind}, quality: [{{{entry}}}]}}")


def values(*each: object) -> list[Row]:
    return [{"value": value} for value in each]


@pytest.mark.parametrize(
    ("operator", "broken"), [("mustBeLessThan", True), ("mustBeLessOrEqualTo", False)], ids=["below", "at most"]
)
def test_less_than_a_percentage_is_not_at_most_it(contract_of, duck, operator: str, broken: bool) -> None:
    contract = of_column(contract_of, f"metric: nullValues, {operator}: 25, unit: percent")

    found = outcome(contract, values("a", "b", None, "c"), duck)

    assert (found.failed, found.evaluated, found.broken) == (1, 4, broken)


@pytest.mark.parametrize(
    ("entry", "number"),
    [
        ("metric: nullValues, mustNotBe: 9", 1),
        ("metric: nullValues, mustNotBe: 9, unit: percent", 0.2),
        ("metric: missingValues, arguments: {missingValues: [null, N/A]}, mustNotBe: 9", 2),
        ("metric: missingValues, arguments: {missingValues: [N/A]}, mustNotBe: 9", 1),
        ("metric: missingValues, arguments: {missingValues: [null, N/A]}, mustNotBe: 9, unit: percent", 0.4),
        ("metric: invalidValues, arguments: {validValues: [a, N/A]}, mustNotBe: 9", 1),
        ("metric: invalidValues, arguments: {pattern: '[a-z]'}, mustNotBe: 9, unit: percent", 0.2),
        ("metric: duplicateValues, mustNotBe: 9", 1),
        ("metric: duplicateValues, mustNotBe: 9, unit: percent", 0.25),
        ("type: sql, query: \"SELECT COUNT(*) FROM {object} WHERE {property} <> 'a'\", mustNotBe: 9", 2),
    ],
)
def test_metric_is_the_number_that_the_standard_describes(contract_of, duck, entry: str, number: float) -> None:
    found = outcome(of_column(contract_of, entry), values("a", "a", "b", None, "N/A"), duck)

    assert (found.number, found.broken) == (number, False)


@pytest.mark.parametrize(
    ("operators", "good"),
    [
        ("mustBeBetween: [1, 3]", [2]),
        ("mustNotBeBetween: [1, 3]", [0, 1, 3, 4]),
        ("mustBe: 2", [2]),
        ("mustNotBe: 2", [0, 1, 3, 4]),
        ("mustBeGreaterThan: 2", [3, 4]),
        ("mustBeGreaterOrEqualTo: 2", [2, 3, 4]),
        ("mustBeLessThan: 2", [0, 1]),
        ("mustBeLessOrEqualTo: 2", [0, 1, 2]),
        ("mustBeGreaterThan: 0, mustBeLessOrEqualTo: 3", [1, 2, 3]),
    ],
)
@pytest.mark.parametrize("unit", ["rows", "percent"])
def test_operator_accepts_just_the_numbers_it_says(
    contract_of, duck, operators: str, good: list[int], unit: str
) -> None:
    contract = of_column(contract_of, f"metric: nullValues, {operators}, unit: {unit}")
    batches = {nulls: values(*[None] * nulls, *["a"] * (100 - nulls)) for nulls in range(5)}

    assert [nulls for nulls, rows in batches.items() if not outcome(contract, rows, duck).broken] == good


def test_query_about_rows_puts_the_counted_ones_into_quarantine(contract_of, duck) -> None:
    entry = "type: sql, query: 'SELECT COUNT(*) FROM {object} WHERE {property} < 0', mustBe: 0"

    found = outcome(of_column(contract_of, entry, "integer"), values(1, -1, None), duck)

    assert (found.failed, found.broken, found.check.may_reject) == (1, True, True)


@pytest.mark.parametrize(
    ("query", "operator", "broken"),
    [
        ("SUM({property})", "mustBe: 6", False),
        ("SUM({property})", "mustBeGreaterThan: 6", True),
        ("AVG({property})", "mustBeLessThan: 2", True),
        ("MIN({property})", "mustBeGreaterOrEqualTo: 1", False),
        ("MAX({property})", "mustNotBe: 3", True),
    ],
)
def test_query_of_one_number_is_compared(contract_of, duck, query: str, operator: str, broken: bool) -> None:
    contract = of_column(contract_of, f"type: sql, query: 'SELECT {query} FROM {{object}}', {operator}", "integer")

    assert outcome(contract, values(1, 2, 3, None), duck).broken is broken
