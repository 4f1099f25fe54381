"""Rules about the distribution of a column: examples, cold starts, references, and what a contract may not ask."""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from rule_rows import AS_OF

from gridata_contracts.errors import ContractError
from gridata_contracts.model import Contract
from gridata_contracts.rules import RULES, Applies, Level, Rule
from gridata_contracts.rules.example_contract import example_contract
from gridata_contracts.rules.sketched import Sketched
from gridata_contracts.sketches import Bins, Categories, Sketch, sketch_of_text, text_of_sketch
from gridata_contracts.suite import Ask, suite
from gridata_contracts.types import Boolean, Date, Decimal, Floating, Integer, List, LogicalType, String, Timestamp
from gridata_control.catalog import open_catalog
from gridata_control.ledger import Ledger, QualityMetric, open_ledger
from gridata_control.quality import BATCH, COLUMN, TABLE, measured
from gridata_control.settings import Settings
from gridata_control.sketches import StoredSketches, dataset_sketches
from gridata_jobs.checks.decision import Decision, Outcome, Tally
from gridata_jobs.checks.drift import METHODS, OF_VALUES
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.checks.history import Metric, WantedSketches, with_history
from gridata_jobs.checks.lookup import GivenTables
from gridata_jobs.checks.sketches import ALONE
from gridata_jobs.quality_metrics import flush_metrics
from gridata_jobs.read.source import row_schema
from gridata_jobs.statistics.anomaly import Point

SKETCHED = [rule for rule in RULES.values() if rule.level is Level.SKETCH]
DRIFT = [rule for rule in SKETCHED if rule.needs_history]
NOW = datetime(2025, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class _Given:
    """The same sketches whatever is asked for."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        self._sketches = sketches
        self.asked: list[WantedSketches] = []

    def points(self, metric: Metric) -> Sequence[Point]:  # a history of sketches alone
        return ()

    def sketches(self, wanted: WantedSketches) -> Sequence[Sketch]:
        self.asked.append(wanted)
        return self._sketches


@pytest.mark.parametrize("rule", SKETCHED, ids=lambda rule: rule.name)
@pytest.mark.parametrize("passes", [True, False])
def test_every_rule_passes_and_fails_its_example(rule: Rule, passes: bool, duck: Any) -> None:
    contract = example_contract(rule)
    *earlier, now = rule.example.passes if passes else rule.example.fails

    outcome, _ = outcome_after(contract, earlier, now, duck)

    assert outcome.broken is not passes
    assert outcome.evaluated == 1
    assert outcome.number is not None


def test_every_method_is_of_a_rule_and_every_rule_has_one() -> None:
    methods = {rule.evaluation.method for rule in SKETCHED if isinstance(rule.evaluation, Sketched)}

    assert methods == {*METHODS, *ALONE, *OF_VALUES}


@pytest.mark.parametrize("rule", DRIFT, ids=lambda rule: rule.name)
def test_a_cold_start_passes_and_says_so(rule: Rule, duck: Any) -> None:
    outcome, _ = outcome_after(example_contract(rule), [], rule.example.fails[-1], duck)

    assert not outcome.broken
    assert "cold start" in outcome.note


@pytest.mark.parametrize("rule", DRIFT, ids=lambda rule: rule.name)
def test_without_history_such_a_check_was_not_asked_and_keeps_its_sketch(rule: Rule, duck: Any) -> None:
    (outcome,) = decision_of(example_contract(rule), rule.example.fails[-1], duck).outcomes

    assert (outcome.evaluated, outcome.broken) == (0, False)
    assert outcome.sketch is not None


@pytest.mark.parametrize("rule", [each for each in DRIFT if "least_records" in each.optional], ids=lambda r: r.name)
def test_few_records_are_no_distribution(rule: Rule, duck: Any) -> None:
    arguments = {**rule.example.arguments, "least_records": 41}
    contract = suite(rule.example.columns, [Ask(rule.name, "value", arguments)])

    outcome, _ = outcome_after(contract, rule.example.fails[:1], rule.example.fails[1], duck)

    assert not outcome.broken
    assert outcome.note == "too few records: got 40, needed 41"


def test_a_batch_without_a_value_is_not_compared(duck: Any) -> None:
    contract = suite({"value": Integer()}, [Ask("has_psi", "value", {"max": 0.1})])
    outcome, _ = outcome_after(contract, [[1, 2, 3] * 50], [None] * 150, duck)

    assert (outcome.broken, outcome.note) == (False, "too few records: got 0, needed 100")


def test_a_number_that_never_varied_may_not_move(duck: Any) -> None:
    contract = suite({"value": Integer()}, [Ask("has_wasserstein_distance", "value", {"max": 1})])

    assert not outcome_after(contract, [[5] * 150], [5] * 150, duck)[0].broken
    assert outcome_after(contract, [[5] * 150], [6] * 150, duck)[0].broken


def test_batches_are_the_reference_together(duck: Any) -> None:
    contract = suite({"value": String()}, [Ask("has_cramers_v", "value", {"max": 0.05, "least_records": 10})])
    halves = [["a"] * 100, ["b"] * 100]

    assert not outcome_after(contract, halves, ["a", "b"] * 50, duck)[0].broken
    assert outcome_after(contract, halves[:1], ["a", "b"] * 50, duck)[0].broken


def test_a_value_lost_is_one_that_every_batch_had(duck: Any) -> None:
    contract = suite({"value": String()}, [Ask("has_no_lost_values", "value", {})])

    assert not outcome_after(contract, [["a", "b"], ["a"]], ["a"], duck)[0].broken
    assert outcome_after(contract, [["a", "b"], ["a", "b", "c"]], ["a"], duck)[0].broken


OF_DISTRIBUTIONS_OF_VALUES = [
    each for each in DRIFT if "least_records" in each.optional and each.applies is not Applies.NUMERIC
]
MANY = [f"{i:04}" for i in range(3000)]


@pytest.mark.parametrize("rule", OF_DISTRIBUTIONS_OF_VALUES, ids=lambda rule: rule.name)
def test_equal_distributions_of_too_many_values_are_not_judged(rule: Rule, duck: Any) -> None:
    contract = suite({"value": String()}, [Ask(rule.name, "value", {**rule.example.arguments, "least_records": 1})])
    outcome, _ = outcome_after(contract, [MANY, MANY[::-1]], MANY[1500:] + MANY[:1500], duck)

    assert (outcome.broken, outcome.note) == (False, "too many different values to keep each of them")


def test_new_values_are_told_however_many_there_are(duck: Any) -> None:
    contract = suite({"value": String()}, [Ask("has_no_new_values", "value", {})])

    outcome, _ = outcome_after(contract, [["paid", "sent"]], ["paid", *MANY], duck)
    assert (outcome.broken, outcome.number) == (True, 1000)  # those that have a name
    assert outcome_after(contract, [["paid"], ["paid", *MANY]], ["paid", "XXX"], duck)[0].broken
    assert not outcome_after(contract, [["paid", *MANY]], ["XXX"], duck)[0].broken  # no reference


def test_values_of_a_batch_with_too_many_are_not_lost(duck: Any) -> None:
    contract = suite({"value": String()}, [Ask("has_no_lost_values", "value", {})])

    assert not outcome_after(contract, [["paid"]], [*MANY * 2, "paid"], duck)[0].broken


def test_a_named_reference_that_is_not_there_breaks_the_check(duck: Any) -> None:
    contract = suite({"value": Integer()}, [Ask("has_psi", "value", {"max": 1, "reference": "typo"})])
    outcome, _ = outcome_after(contract, [], [1] * 150, duck)

    assert outcome.broken
    assert outcome.note.startswith("reference typo: got no distribution of this column")


@pytest.mark.parametrize(
    ("kind", "values", "arguments"),
    [
        (Floating(), [1e30] * 9, {"quantile": 0.5, "min": 1e29, "max": 1e31}),
        (Floating(), [5e-13] * 9, {"quantile": 0.5, "min": 1e-13, "max": 1e-12}),
        (Integer(), list(range(101)), {"quantile": 1, "max": 100}),
        (Integer(), [101] * 9, {"quantile": 0.5, "min": 101}),
        (Decimal(12, 2), [decimal.Decimal("99.99")] * 9, {"quantile": 0.5, "min": 99.99, "max": 99.99}),
    ],
)
def test_a_quantile_never_breaks_a_bound_that_every_value_keeps(
    kind: LogicalType, values: list[Any], arguments: dict[str, Any], duck: Any
) -> None:
    contract = suite({"value": kind}, [Ask("has_approx_quantile", "value", arguments)])

    assert not decision_of(contract, values, duck).outcomes[0].broken


def test_no_note_tells_a_value(duck: Any) -> None:
    contract = suite({"value": String()}, [Ask("has_no_new_values", "value", {})])
    outcome, _ = outcome_after(contract, [["a"]], ["SECRET"], duck)

    assert outcome.note == "1 new values against 1 batches"


def test_the_window_and_the_reference_are_asked_for(duck: Any) -> None:
    def asked(**arguments: Any) -> WantedSketches:
        contract = suite({"value": Integer()}, [Ask("has_psi", "value", {"max": 1, **arguments})])
        return outcome_after(contract, [[1]], [1], duck)[1].asked[0]

    assert (asked().newest, asked(window=3).newest, asked(reference="b-1").newest) == (10, 3, 1)
    assert (asked().reference, asked(reference="b-1").reference) == (None, "b-1")
    assert asked().before == NOW


@pytest.mark.parametrize(
    ("rule", "kind", "arguments", "problem"),
    [
        ("has_psi", Date(), {"max": 1}, "days move on"),
        ("has_psi", Timestamp(), {"max": 1}, "days move on"),
        ("has_psi", List(Integer()), {"max": 1}, "scalar columns"),
        ("has_psi", Integer(), {}, "max, which has_psi needs"),
        ("has_psi", Integer(), {"max": 1, "window": 0}, "at least 1 batch"),
        ("has_psi", Integer(), {"max": 1, "window": 2, "reference": "b"}, "not both"),
        ("has_ks_distance", String(), {"max": 1}, "numeric columns"),
        ("has_chi_square_p_value", String(), {"min": 2}, "0 to 1"),
        ("has_chi_square_p_value", Floating(), {"min": 0.1}, "can be told apart"),
        ("has_cramers_v", Decimal(20, 9), {"max": 1}, "at most 6 places"),
        ("has_no_new_values", Date(), {}, "days move on"),
        ("has_approx_distinct_count", Floating(), {"min": 1}, "can be told apart"),
        ("has_approx_distinct_count", String(), {}, "needs a bound"),
        ("has_approx_distinct_count", String(), {"min": 3, "max": 2}, "at most max"),
        ("has_approx_quantile", Integer(), {"quantile": 0.5}, "needs a bound"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(
    rule: str, kind: LogicalType, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ContractError, match=problem):
        suite({"value": kind}, [Ask(rule, "value", arguments)])


@pytest.mark.parametrize("rule", ["has_psi", "has_no_new_values", "has_approx_quantile", "has_approx_distinct_count"])
def test_of_a_protected_column_no_sketch_is_kept(rule: str, contract_of: Any, duck: Any) -> None:
    limit = {"has_psi": "max: 1", "has_approx_quantile": "quantile: 0.5, max: 1", "has_approx_distinct_count": "min: 1"}
    column = f"""\
- name: age
  logicalType: integer
  classification: restricted
  quality: [{{type: custom, engine: gridata, implementation: {{rule: {rule}, {limit.get(rule, "max: 1")}}}}}]
"""
    if rule == "has_approx_distinct_count":
        contract = contract_of(column)
        rows = pa.Table.from_pylist([{"_row_number": 0, "age": 7}], schema=row_schema(contract))
        checks, tally = DuckChecks(contract, duck, AS_OF, GivenTables()), Tally()
        tally.add(checks.check(rows).tally)
        outcome = checks.decide(tally).outcomes[-1]
        assert (outcome.check.rule, outcome.number, outcome.sketch) == (rule, 1, None)
        return
    with pytest.raises(ContractError, match="not protected"):
        contract_of(column)


def test_a_bare_boolean_is_compared_by_its_two_values(duck: Any) -> None:
    contract = suite({"value": Boolean()}, [Ask("has_psi", "value", {"max": 0.2})])

    assert outcome_after(contract, [[True, False] * 60], [True] * 110 + [False], duck)[0].broken


def staged(ledger: Ledger, scope: str, days_ago: int, count: int | None, snapshot_id: int | None = 7) -> None:
    """What a version of a batch leaves: the number of its rows and, unless count is None, a sketch."""
    at = NOW - DAY * days_ago
    ledger.stage_metrics([QualityMetric("shop.a.v1", "t", scope, BATCH, "rows_in", 1, at, snapshot_id=snapshot_id)])
    if count is not None:
        ledger.stage_metrics(
            [
                QualityMetric(
                    "shop.a.v1", "t", scope, f"{COLUMN}value", "bins", count, at,
                    snapshot_id=snapshot_id, sketch=text_of_sketch(Bins({1: count})),
                )
            ]
        )  # fmt: skip


def test_stored_sketches_come_back_from_ledger_and_lake(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {})
    ledger = open_ledger(settings)
    stored = StoredSketches(settings, "shop.a.v1", "value", "bins")

    def found(*asked: Any) -> list[int]:
        return [sketch_of_text(text).records for text in stored.texts(*asked)]

    staged(ledger, "old", 3, 1, snapshot_id=5)
    staged(ledger, "rewritten", 2, 2)
    staged(ledger, "rewritten~1", 2, 20)
    staged(ledger, "held!held", 1, 900, snapshot_id=None)
    staged(ledger, "old~1!held", 1, 800)  # its rows were not replaced
    staged(ledger, "emptied", 1, 3)
    staged(ledger, "emptied~1", 1, 0, snapshot_id=None)
    staged(ledger, "no longer asked", 1, 4)
    staged(ledger, "no longer asked~1", 1, None)
    for _ in range(2):  # waiting in the ledger, then in the lake
        assert found() == [1, 20]
        assert found(NOW - DAY * 2) == [1]
        assert found(NOW, 1) == [20]
        assert found(NOW, 1, "old") == found(NOW, 1, "5") == [1]
        assert found(NOW, 1, "none") == []
        whole = stored.merged()
        assert whole is not None
        assert whole.records == 21
        flush_metrics(open_catalog(settings), ledger)
    staged(ledger, "new", 0, 3)
    assert found() == [1, 20, 3]


def test_metrics_from_before_there_were_sketches_are_read_and_grow(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {})
    ledger, catalog = open_ledger(settings), open_catalog(settings)
    staged(ledger, "old", 3, None)
    flush_metrics(catalog, ledger)
    with catalog.load_table(TABLE).update_schema(allow_incompatible_changes=True) as change:
        change.delete_column("sketch")

    stored = StoredSketches(settings, "shop.a.v1", "value", "bins")
    assert (stored.texts(), stored.merged(), dataset_sketches(settings, "shop.a.v1")) == ([], None, {})
    staged(ledger, "new", 1, 2)
    flush_metrics(catalog, ledger)
    assert [sketch_of_text(text).records for text in stored.texts()] == [2]


def test_a_sketch_is_no_number_of_its_column(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, {})
    text = text_of_sketch(Categories({"a": 1}))
    one = QualityMetric("d", "t", "b", f"{COLUMN}value", "categories", 1, NOW, snapshot_id=1, sketch=text)
    open_ledger(settings).stage_metrics([one])

    assert [each.columns for each in measured(settings)] == [{}]


def decision_of(contract: Contract, values: Sequence[Any], duck: Any) -> Decision:
    rows = [{"_row_number": at, "value": value} for at, value in enumerate(values)]
    checks, tally = DuckChecks(contract, duck, AS_OF, GivenTables()), Tally()
    tally.add(checks.check(pa.Table.from_pylist(rows, schema=row_schema(contract))).tally)
    return checks.decide(tally)


def outcome_after(
    contract: Contract, earlier: Sequence[Sequence[Any]], now: Sequence[Any], duck: Any
) -> tuple[Outcome, _Given]:
    """The outcome of the contract's only check about the values of a batch, after those of earlier ones."""
    sketches = [decision_of(contract, values, duck).outcomes[0].sketch for values in earlier]
    history = _Given([sketch for sketch in sketches if sketch is not None])
    decision = with_history(decision_of(contract, now, duck), contract, len(now), [], history, NOW)
    return decision.outcomes[0], history
