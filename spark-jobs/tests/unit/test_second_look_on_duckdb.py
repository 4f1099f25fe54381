"""Every rule over many rows on DuckDB: its documented example, and random batches against the plain-Python reading."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from key_batches import CASES, PARENT, Expected, batches_for, expected, lookup_of
from rule_rows import AS_OF, Row

from gridata_contracts import types as t
from gridata_contracts.measures.measure import judged
from gridata_contracts.model import Contract
from gridata_contracts.reference import FIGURES, MARKS
from gridata_contracts.rules import RULES, Rule
from gridata_contracts.rules.example_contract import example_contract
from gridata_contracts.rules.keyed import Figure, Marking
from gridata_contracts.suite import Ask, suite
from gridata_jobs.checks.decision import Decision, Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.checks.lookup import GivenTables, Lookup
from gridata_jobs.read.source import row_schema

BATCHES = 25


def decided(contract: Contract, blocks: Sequence[list[Row]], duck: Any, lookup: Lookup) -> tuple[set[int], Decision]:
    """Positions of rows that fail in all blocks together, and the decision."""
    checks, tally, found = DuckChecks(contract, duck, AS_OF, lookup), Tally(), []
    first = 0
    for rows in blocks:
        numbered = [{"_row_number": at, **row} for at, row in enumerate(rows, first)]
        found.append((first, checks.check(pa.Table.from_pylist(numbered, schema=row_schema(contract)))))
        tally.add(found[-1][1].tally)
        first += len(rows)
    decision = checks.decide(tally)
    broken: set[int] = set()
    for _, verdicts in found:
        broken |= {row.row for row in verdicts.broken}
        for rows_left in (verdicts.valid, verdicts.held):
            numbers, flags = rows_left.column("_row_number").to_numpy(), rows_left.column("_flags").to_pylist()
            broken |= {int(number) for number, flag in zip(numbers, flags, strict=True) if flag}
        broken |= set(checks.marks(verdicts.block))
    return broken, decision


def in_blocks(rows: list[Row], dice: random.Random) -> list[list[Row]]:
    cuts = sorted(dice.randrange(len(rows) + 1) for _ in range(dice.choice([0, 0, 1, 3])))
    return [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


@pytest.mark.parametrize("name", CASES)
def test_duckdb_decides_batches_like_the_plain_reading(name: str, duck) -> None:
    rule, dice = CASES[name], random.Random(name)
    contract = example_contract(rule)

    for rows in batches_for(rule, 0, BATCHES):
        wanted = expected(contract, rule, rows)

        broken, decision = decided(contract, in_blocks(rows, dice), duck, lookup_of(rule))

        assert_same(wanted, broken, decision, rows)


def assert_same(wanted: Expected, broken: set[int], decision: Decision, rows: list[Row]) -> None:
    (outcome,) = decision.outcomes
    assert broken == wanted.broken, rows
    if RULES[outcome.check.rule].marks_rows:
        assert outcome.failed == len(wanted.broken)
    else:
        assert judged(outcome.number) == judged(wanted.number), rows
        assert outcome.broken is not wanted.good


@pytest.mark.parametrize("rule", [r for r in RULES.values() if isinstance(r.evaluation, Marking | Figure)])
def test_the_example_of_a_rule_over_many_rows_passes_and_fails_as_documented(rule: Rule) -> None:
    contract = example_contract(rule)
    good, bad = (expected(contract, rule, rows) for rows in list(batches_for(rule, 0, 0)))

    assert (good.broken, good.good) == (frozenset(), True)
    assert bad.broken or not bad.good


def test_every_rule_over_many_rows_has_a_plain_reading() -> None:
    assert set(MARKS) == {r.name for r in RULES.values() if isinstance(r.evaluation, Marking)}
    assert set(FIGURES) == {r.name for r in RULES.values() if isinstance(r.evaluation, Figure)}


def test_two_checks_may_look_up_the_same_values(duck) -> None:
    """One flags the rows, the other closes the gate where too many are missing."""
    arguments = {"table": PARENT, "key": "id"}
    told, many = (
        Ask("is_found_in", "value", arguments, "told"),
        Ask("is_found_in", "value", arguments, "many", {"action": "fail_batch", "threshold": "60 %"}),
    )
    contract = suite({"value": t.String()}, [told, many])
    rows: list[Row] = [{"value": "a"}, {"value": "y"}, {"value": "z"}]

    broken, decision = decided(contract, [rows], duck, lookup_of(CASES["is_found_in"]))

    assert broken == {1, 2}
    assert [outcome.check.id for outcome in decision.gate] == ["many"]


@pytest.mark.parametrize("name", ["is_found_in", "has_share_found_in"])
def test_what_looks_up_in_a_table_that_is_not_there_is_not_asked(name: str, duck) -> None:
    contract = example_contract(CASES[name])

    broken, decision = decided(contract, [[{"value": "z"}]], duck, GivenTables())

    (outcome,) = decision.outcomes
    assert (broken, outcome.evaluated, outcome.broken) == (set(), 0, False)
