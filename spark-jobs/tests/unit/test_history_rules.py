"""Rules about earlier batches: arithmetic on what was measured of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.errors import ContractError
from gridata_contracts.model import Action, Contract
from gridata_contracts.rules import RULES, Level, Rule
from gridata_contracts.rules.history import ROWS
from gridata_contracts.sketches import Sketch
from gridata_contracts.suite import Ask, suite
from gridata_contracts.types import Integer, List, LogicalType, String
from gridata_control.catalog import open_catalog
from gridata_control.ledger import QualityMetric, open_ledger
from gridata_control.quality import BATCH
from gridata_control.settings import Settings
from gridata_jobs.checks.aggregates import MeasuredColumn
from gridata_jobs.checks.decision import Outcome, Tally, decide
from gridata_jobs.checks.history import METHODS, Metric, StoredHistory, WantedSketches, with_history
from gridata_jobs.quality_metrics import flush_metrics
from gridata_jobs.statistics.anomaly import Point

DAY = timedelta(days=1)
NOW = datetime(2025, 6, 1, tzinfo=UTC)
HISTORICAL = [rule for rule in RULES.values() if rule.level is Level.HISTORY]


class _Given:
    """The same points for every metric, one a day, the last of them yesterday."""

    def __init__(self, values: Sequence[float]) -> None:
        self._points = [Point(NOW - DAY * (len(values) - i), value) for i, value in enumerate(values)]
        self.asked: list[Metric] = []

    def points(self, metric: Metric) -> Sequence[Point]:
        self.asked.append(metric)
        return self._points

    def sketches(self, wanted: WantedSketches) -> Sequence[Sketch]:  # a history of numbers alone
        return ()


@pytest.mark.parametrize("rule", HISTORICAL, ids=lambda rule: rule.name)
@pytest.mark.parametrize("passes", [True, False])
def test_every_rule_passes_and_fails_its_example(rule: Rule, passes: bool) -> None:
    *earlier, now = rule.example.passes if passes else rule.example.fails
    outcome = _outcome(_contract(rule.name, rule.example.on, **rule.example.arguments), earlier, now)

    assert outcome.broken is not passes
    assert outcome.number == now
    assert outcome.note


def test_every_method_is_of_a_rule_and_every_rule_has_one() -> None:
    assert {rule.evaluation.method for rule in HISTORICAL} == METHODS.keys()  # type: ignore[attr-defined]


@pytest.mark.parametrize("rule", HISTORICAL, ids=lambda rule: rule.name)
def test_a_cold_start_passes_and_says_so(rule: Rule) -> None:
    outcome = _outcome(_contract(rule.name, rule.example.on, **rule.example.arguments), [], 5.0)

    assert not outcome.broken
    assert "cold start: got 0 points" in outcome.note


def test_a_broken_one_closes_the_gate_unless_it_only_warns() -> None:
    (check,) = _contract("has_row_count_ratio", None, max=2).checks

    assert check.action is Action.FAIL_BATCH
    warned = _outcome(_contract("has_row_count_ratio", None, terms={"severity": "warning"}, max=2), [10.0], 100.0)
    assert warned.broken
    assert warned.check.action is Action.FLAG


def test_only_the_wanted_side_is_odd() -> None:
    steady = [100.0, 101.0] * 10

    assert not _outcome(_contract("has_row_count_within_mad", None, max=3, side="below"), steady, 900.0).broken
    assert _outcome(_contract("has_row_count_within_mad", None, max=3, side="below"), steady, 9.0).broken


def test_a_least_margin_lets_a_number_that_never_moved_move_a_little() -> None:
    full = [1.0] * 12
    arguments: dict[str, Any] = {"metric": "completeness", "max": 3, "least_margin": 0.01}

    assert _outcome(_contract("has_metric_within_sigmas", "value", metric="completeness", max=3), full, 0.995).broken
    assert not _outcome(_contract("has_metric_within_sigmas", "value", **arguments), full, 0.995).broken


def test_what_was_not_measured_passes() -> None:
    contract = _contract("has_metric_ratio", "value", metric="mean", max=2)
    decision = with_history(decide(contract.checks, Tally(), {}), contract, 0, [], _Given([1.0]), NOW)

    assert [(each.broken, each.note) for each in decision.outcomes] == [(False, "nothing was measured")]


def test_a_replay_looks_at_nothing_newer_than_its_own_batch() -> None:
    contract = _contract("has_row_count_ratio", None, max=2)
    decision = with_history(decide(contract.checks, Tally(), {}), contract, 15, [], _Given([10.0, 1.0]), NOW - DAY)

    assert not decision.outcomes[0].broken  # 15 beside 10, not beside the 1 of the same instant


def test_without_history_such_checks_were_not_asked() -> None:
    contract = _contract("has_row_count_ratio", None, max=2)

    assert [(each.evaluated, each.broken) for each in decide(contract.checks, Tally(9), {}).outcomes] == [(0, False)]


def test_a_rewrite_and_not_what_it_replaced_is_the_baseline(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {})
    ledger = open_ledger(settings)

    def stage(scope: str, rows: float, snapshot_id: int | None) -> None:
        one = QualityMetric("shop.a.v1", "t", scope, BATCH, ROWS, rows, NOW - DAY, snapshot_id=snapshot_id)
        ledger.stage_metrics([one])

    stage("b", 100, 1)
    stage("b~1", 50, 2)
    stage("c!held", 900, None)

    assert [point.value for point in StoredHistory(settings, "shop.a.v1").points((None, ROWS))] == [50]
    flush_metrics(open_catalog(settings), ledger)
    assert [point.value for point in StoredHistory(settings, "shop.a.v1").points((None, ROWS))] == [50]


def test_a_metric_of_a_restricted_column_is_refused_because_it_is_not_measured(contract_of: Any) -> None:
    column = """\
- name: age
  logicalType: integer
  classification: restricted
  quality: [{type: custom, engine: gridata, implementation: {rule: has_metric_ratio, metric: mean, max: 2}}]
"""
    with pytest.raises(ContractError, match="allowed completeness"):
        contract_of(column)


@pytest.mark.parametrize(
    ("rule", "kind", "arguments", "problem"),
    [
        (
            "has_metric_ratio",
            String(),
            {"metric": "mean", "max": 2},
            "completeness, min_length, max_length, mean_length",
        ),
        ("has_metric_ratio", Integer(), {"metric": "median", "max": 2}, "allowed completeness, min, max"),
        ("has_metric_ratio", Integer(), {"metric": "mean"}, "min, max or both"),
        ("has_metric_ratio", Integer(), {"metric": "mean", "min": 3, "max": 2}, "at most max"),
        ("has_metric_change", Integer(), {"metric": "mean", "min": 1, "order": 0}, "at least 1"),
        ("has_metric_near_recent", Integer(), {"metric": "mean", "min": 1, "window": 2}, "at least 3"),
        ("has_metric_within_mad", Integer(), {"metric": "mean", "max": 3, "window": 9}, "at least 10"),
        ("has_metric_within_mad", Integer(), {"metric": "mean", "max": 3, "side": "left"}, "both, below"),
        ("has_metric_in_season", Integer(), {"metric": "mean", "period": 1}, "at least 2 batches"),
        ("has_metric_ratio", List(Integer()), {"metric": "min", "max": 2}, "allowed completeness"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(
    rule: str, kind: LogicalType, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ContractError, match=problem):
        suite({"value": kind}, [Ask(rule, "value", arguments)])


def _contract(rule: str, column: str | None, terms: dict[str, Any] | None = None, **arguments: Any) -> Contract:
    return suite({"value": Integer(), "id": Integer()}, [Ask(rule, column, arguments, terms=terms or {})])


def _outcome(contract: Contract, earlier: Sequence[float], now: float) -> Outcome:
    """The outcome of the contract's only check, for a column or the whole batch."""
    (check,) = contract.checks
    history = _Given(earlier)
    columns = [MeasuredColumn("value", str(check.arguments.get("metric")), now)]
    decision = with_history(decide(contract.checks, Tally(), {}), contract, int(now), columns, history, NOW)
    assert history.asked == [(check.column, str(check.arguments["metric"])) if check.column else (None, ROWS)]
    return decision.outcomes[0]
