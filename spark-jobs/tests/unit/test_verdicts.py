"""Severity, action, threshold, where and null policy of a check, decided once for the whole batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
import pytest
from rule_rows import Row, record_of

from gridata_contracts import types as t
from gridata_contracts.errors import ContractError
from gridata_contracts.model import Contract
from gridata_contracts.rules import RULES, Level, Rule
from gridata_contracts.rules.example_contract import example_contract
from gridata_contracts.suite import Ask, suite
from gridata_jobs.checks.decision import Decision, Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.checks.verdicts import Verdicts
from gridata_jobs.read.source import row_schema

AS_OF = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
COLUMNS: dict[str, t.LogicalType] = {"id": t.Integer(), "n": t.Integer(), "state": t.String()}


def below(limit: int, **terms: object) -> Ask:
    return Ask("is_less_than", "n", {"value": limit}, terms=terms)


def run(contract: Contract, blocks: Sequence[Sequence[Row]], duck) -> tuple[list[Verdicts], Decision]:
    checks, tally, found, first = DuckChecks(contract, duck, AS_OF), Tally(), [], 1
    for rows in blocks:
        numbered = [{"_row_number": i, **row} for i, row in enumerate(rows, first)]
        found.append(checks.check(pa.Table.from_pylist(numbered, schema=row_schema(contract))))
        tally.add(found[-1].tally)
        first += len(rows)
    return found, checks.decide(tally)


def numbers(rows: pa.Table) -> list[int]:
    return [int(number) for number in rows.column("_row_number").to_numpy()]


def ns(*values: int | None) -> list[Row]:
    return [{"id": i, "n": n, "state": "on" if i % 2 else "off"} for i, n in enumerate(values)]


def test_rows_within_a_threshold_are_kept_and_flagged(duck) -> None:
    (block,), decision = run(suite(COLUMNS, [below(10, threshold=1)]), [ns(1, 99, 3)], duck)

    assert (numbers(block.valid), numbers(block.held), block.broken) == ([1, 3], [2], [])
    assert block.held.column("_flags").to_pylist() == [["n.is_less_than"]]
    assert decision.rejecting == frozenset()


def test_rows_beyond_a_threshold_are_rejected_without_a_second_evaluation(duck) -> None:
    blocks, decision = run(suite(COLUMNS, [below(10, threshold=1)]), [ns(1, 99), ns(98, 2)], duck)

    assert [numbers(block.held) for block in blocks] == [[2], [3]]
    assert decision.rejecting == {"n.is_less_than"}
    assert decision.gate == ()


@pytest.mark.parametrize(("percent", "rejects"), [("50 %", False), ("49.9 %", True)])
def test_a_share_is_of_the_rows_the_check_looked_at(duck, percent: str, rejects: bool) -> None:
    asked = below(10, threshold=percent, where="state = 'on'")

    _, decision = run(suite(COLUMNS, [asked]), [ns(99, 99, 99, 1, 99)], duck)  # rows 2 and 4 are on, one of them fails

    assert (decision.outcomes[0].failed, decision.outcomes[0].evaluated) == (1, 2)
    assert bool(decision.rejecting) is rejects


def test_a_check_that_fails_the_batch_closes_the_gate_and_says_which_rows(duck) -> None:
    (block,), decision = run(suite(COLUMNS, [below(10, action="fail_batch")]), [ns(1, 99)], duck)

    assert [row.row for row in block.broken] == [2]
    assert [each.check.id for each in decision.gate] == ["n.is_less_than"]


def test_an_error_may_flag_and_a_warning_never_rejects(duck) -> None:
    asked = [below(10, action="flag"), Ask("is_greater_than", "n", {"value": 50}, terms={"severity": "warning"})]

    (block,), decision = run(suite(COLUMNS, asked), [ns(1, 99)], duck)

    assert block.valid.column("_flags").to_pylist() == [["n.is_greater_than"], ["n.is_less_than"]]
    assert decision.rejecting == frozenset()
    assert [each.broken for each in decision.outcomes] == [True, True]


@pytest.mark.parametrize(
    ("nulls", "broken", "evaluated"), [("pass", [], 3), ("fail", [2], 3), ("skip", [], 2)], ids=["pass", "fail", "skip"]
)
def test_null_policy_is_a_field_of_its_own(duck, nulls: str, broken: list[int], evaluated: int) -> None:
    (block,), decision = run(suite(COLUMNS, [below(10, nulls=nulls)]), [ns(1, None, 3)], duck)

    assert [row.row for row in block.broken] == broken
    assert decision.outcomes[0].evaluated == evaluated


def test_the_first_row_of_a_key_wins_among_the_rows_of_its_condition(duck) -> None:
    asked = Ask("is_unique", None, {"columns": ["n"]}, terms={"where": "state = 'on'"})

    (block,), _ = run(suite(COLUMNS, [asked]), [ns(7, 7, 7, 7, 7)], duck)  # rows 2 and 4 are on

    assert [row.row for row in block.broken] == [4]


def test_a_repeated_key_may_be_tolerated_and_is_flagged(duck) -> None:
    asked = Ask("is_unique", None, {"columns": ["n"]}, terms={"threshold": "50 %"})

    (block,), decision = run(suite(COLUMNS, [asked]), [ns(7, 7, 8, 9)], duck)

    assert numbers(block.held) == [2]
    assert block.held.column("_flags").to_pylist() == [["n.is_unique"]]
    assert decision.rejecting == frozenset()


def test_aggregates_of_blocks_are_those_of_the_whole(duck) -> None:
    names = ["has_mean", "has_sum", "has_stddev", "has_variance", "has_min", "has_max", "has_range", "has_zero_count"]
    asked = [Ask(name, "n", {"max": 10**6}) for name in names] + [Ask("has_row_count", None, {"min": 1})]
    contract, values = suite(COLUMNS, asked), [5, None, 0, 7, -3, 0, 100]

    _, whole = run(contract, [ns(*values)], duck)
    _, parts = run(contract, [ns(*values[:1]), ns(*values[1:3]), [], ns(*values[3:])], duck)

    found = {o.check.rule: o.number for o in whole.outcomes}
    assert {name: found[name] for name in ("has_sum", "has_min", "has_max", "has_range", "has_row_count")} == {
        "has_sum": 109, "has_min": -3, "has_max": 100, "has_range": 103, "has_row_count": 7,
    }  # fmt: skip
    assert found["has_mean"] == pytest.approx(109 / 6)
    assert found["has_variance"] == pytest.approx(1620.5666666666666)
    assert [o.number for o in parts.outcomes] == pytest.approx([o.number for o in whole.outcomes])


def test_aggregates_leave_out_rejected_rows_and_rows_of_other_conditions(duck) -> None:
    asked = [below(10), Ask("has_max", "n", {"max": 9}), Ask("has_sum", "n", {"max": 99}, terms={"where": "n > 2"})]

    _, decision = run(suite(COLUMNS, asked), [ns(1, 99, 3, 4)], duck)

    assert [o.number for o in decision.outcomes[1:]] == [4, 7]


def test_an_empty_batch_has_no_mean_and_no_rows(duck) -> None:
    asked = [
        Ask("has_mean", "n", {"min": 1}),
        Ask("has_row_count", None, {"min": 1}),
        Ask("has_zero_count", "n", {"max": 1}),
    ]

    _, decision = run(suite(COLUMNS, asked), [], duck)

    assert [(o.number, o.broken) for o in decision.outcomes] == [(None, False), (0, True), (0, False)]
    assert len(decision.gate) == 1


AGGREGATES = [rule for rule in RULES.values() if rule.level is Level.AGGREGATE]


@pytest.mark.parametrize("rule", AGGREGATES, ids=lambda rule: rule.name)
def test_example_batch_passes_or_fails_as_documented(rule: Rule, duck) -> None:
    contract = example_contract(rule)

    verdicts = [
        run(contract, [[record_of(rule, row) for row in rows]], duck)[1].outcomes[0].broken
        for rows in (rule.example.passes, rule.example.fails)
    ]

    assert verdicts == [False, True]


def test_a_block_without_rows_counts_none_of_a_conditions_rows(duck) -> None:
    asked = below(10, where="state = 'on'")

    _, decision = run(suite(COLUMNS, [asked]), [[], ns(1, 99)], duck)

    assert (decision.outcomes[0].failed, decision.outcomes[0].evaluated) == (1, 1)


def test_score_weighs_errors_three_times_and_is_hundred_without_failures(duck) -> None:
    asked = [below(10), Ask("is_greater_than", "n", {"value": 1}, terms={"severity": "warning"})]

    _, clean = run(suite(COLUMNS, asked), [ns(2, 3)], duck)
    _, dirty = run(suite(COLUMNS, asked), [ns(2, 99)], duck)

    assert (clean.score, dirty.score) == (100.0, 62.5)  # (3 * 0.5 + 1) / 4


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (below(10, action="quarantine", severity="warning"), "allowed flag, as severity is warning"),
        (Ask("has_mean", "n", {"min": 1}, terms={"action": "quarantine"}), "no row breaks it"),
        (Ask("has_mean", "n", {"min": 1}, terms={"threshold": 1}), "Its own bounds say what is tolerated."),
        (Ask("has_mean", "n", {"min": 3, "max": 1}), "Swap the bounds."),
        (Ask("has_mean", "state", {"min": 3}), "a rule for string"),
        (Ask("has_max", "n", {"max": "b"}), "n is long"),
        (below(10, where="nn > 1"), "n"),
    ],
)
def test_contradictory_terms_are_refused_before_anything_is_read(asked: Ask, problem: str) -> None:
    with pytest.raises(ContractError, match=problem):
        suite(COLUMNS, [asked])
