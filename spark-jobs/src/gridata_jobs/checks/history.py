"""Checks about a batch's numbers beside those of earlier batches: arithmetic on stored metrics, no row is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from gridata_contracts.model import Check, Contract
from gridata_contracts.naming import parse_batch_version
from gridata_contracts.rules import RULES
from gridata_contracts.rules.history import ROWS, Historical
from gridata_contracts.rules.sketched import WINDOW, Sketched
from gridata_contracts.sketches import Sketch, SketchKind, sketch_of_text
from gridata_contracts.sketches.written import kind_of
from gridata_control.quality import Measured as MeasuredBatch
from gridata_control.quality import measured
from gridata_control.settings import Settings
from gridata_control.sketches import StoredSketches
from gridata_jobs.checks.aggregates import MeasuredColumn
from gridata_jobs.checks.decision import Decision, Outcome
from gridata_jobs.checks.drift import judge_drift
from gridata_jobs.statistics.anomaly import (
    AbsoluteChange,
    BatchNormal,
    HoltWinters,
    Method,
    OnlineNormal,
    Point,
    RateOfChange,
    Robust,
    RollingComparison,
    judge,
)

Metric = tuple[str | None, str]
"""Path of a column, None for the whole batch, and the name of its number."""


@dataclass(frozen=True)
class WantedSketches:
    """Which sketches of earlier batches are a reference.

    Attributes:
        before: only batches with an earlier instant.
        newest: so many batches at most.
        reference: only the batch with this id, or whose snapshot has it; None = the newest.
    """

    column: str
    kind: SketchKind
    before: datetime
    newest: int
    reference: str | None = None


class History(Protocol):
    """Gives what was measured of published batches."""

    def points(self, metric: Metric) -> Sequence[Point]: ...
    def sketches(self, wanted: WantedSketches) -> Sequence[Sketch]: ...


class StoredHistory:
    """The numbers of a dataset's published batches, from lake and ledger; read when the first one is asked for."""

    def __init__(self, settings: Settings, dataset: str) -> None:
        self._settings, self._dataset = settings, dataset
        self._points: dict[Metric, list[Point]] | None = None
        self._sketches: dict[WantedSketches, Sequence[Sketch]] = {}

    def points(self, metric: Metric) -> Sequence[Point]:
        """Every point of a metric, oldest first.

        Raises:
            TransientError: catalog or ledger did not answer.
        """
        if self._points is None:
            self._points = self._read()
        return self._points.get(metric, ())

    def sketches(self, wanted: WantedSketches) -> Sequence[Sketch]:
        """One per batch.

        Raises:
            TransientError: catalog or ledger did not answer.
            PermanentError: what is stored is no sketch.
        """
        if wanted not in self._sketches:
            stored = StoredSketches(self._settings, self._dataset, wanted.column, wanted.kind.value)
            texts = stored.texts(wanted.before, wanted.newest, wanted.reference)
            self._sketches[wanted] = [sketch_of_text(text) for text in texts]
        return self._sketches[wanted]

    def _read(self) -> dict[Metric, list[Point]]:
        newest: dict[str, tuple[int, MeasuredBatch]] = {}
        for one in measured(self._settings, self._dataset):
            if one.snapshot_id is None:
                continue  # nothing was published: its numbers are no baseline
            batch, rewrite = parse_batch_version(one.scope_id)
            if batch not in newest or newest[batch][0] <= rewrite:
                newest[batch] = rewrite, one
        found: dict[Metric, list[Point]] = {}
        for _, one in newest.values():
            for metric, value in _numbers(one.numbers, one.columns):
                found.setdefault(metric, []).append(Point(one.at_utc, value))
        return found


def with_history(
    decision: Decision,
    contract: Contract,
    rows: int,
    columns: Sequence[MeasuredColumn],
    history: History,
    at: datetime,
) -> Decision:
    """The verdict with the checks of level HISTORY decided.

    Args:
        decision: about everything else.
        contract: whose checks they are.
        rows: of the batch that could be read.
        columns: the batch's own numbers.
        history: those of earlier batches.
        at: the batch's instant; only older points count, so that a replay decides as the first run did.
    """
    if not any(RULES[check.rule].needs_history for check in contract.checks):
        return decision
    now: dict[Metric, float] = {(each.column, each.metric): each.value for each in columns}
    now[None, ROWS] = float(rows)
    outcomes = (_decided(each, now, history, at) for each in decision.outcomes)
    return Decision(tuple(outcomes))


def _decided(outcome: Outcome, now: Mapping[Metric, float], history: History, at: datetime) -> Outcome:
    check = outcome.check
    evaluation = RULES[check.rule].evaluation
    if isinstance(evaluation, Sketched) and evaluation.needs_history:
        return _drifted(outcome, evaluation, history, at)
    if not isinstance(evaluation, Historical):
        return outcome
    metric = (check.column, str(check.arguments["metric"])) if check.column is not None else (None, ROWS)
    value = now.get(metric)
    if value is None:
        return replace(outcome, evaluated=1, note="nothing was measured")
    judgement = judge(METHODS[evaluation.method](check), history.points(metric), Point(at, value))
    is_odd = judgement.anomalous is True
    return replace(outcome, failed=int(is_odd), evaluated=1, number=value, broken=is_odd, note=judgement.reason)


def _drifted(outcome: Outcome, evaluation: Sketched, history: History, at: datetime) -> Outcome:
    check, now = outcome.check, outcome.sketch
    if now is None:
        return replace(outcome, evaluated=1, note="nothing was measured")
    reference = check.arguments.get("reference")
    window = 1 if reference is not None else _whole(check, "window", WINDOW)
    wanted = WantedSketches(str(check.column), kind_of(now), at, window, None if reference is None else str(reference))
    verdict = judge_drift(check, evaluation.method, history.sketches(wanted), now)
    odd = not verdict.holds
    return replace(outcome, failed=int(odd), evaluated=1, number=verdict.number, broken=odd, note=verdict.note)


def _numbers(numbers: Mapping[str, float], columns: Mapping[str, Mapping[str, float]]) -> list[tuple[Metric, float]]:
    of_columns = [((column, name), value) for column, each in columns.items() for name, value in each.items()]
    return [*(((None, name), value) for name, value in numbers.items()), *of_columns]


def _limits(check: Check) -> tuple[float | None, float | None]:
    low, high = check.arguments.get("min"), check.arguments.get("max")
    return (None if low is None else float(str(low))), (None if high is None else float(str(high)))


def _whole(check: Check, name: str, default: int) -> int:
    return int(str(check.arguments.get(name, default)))


def _change(check: Check) -> Method:
    low, high = _limits(check)
    return AbsoluteChange(low=low, high=high, order=_whole(check, "order", 1))


def _ratio(check: Check) -> Method:
    low, high = _limits(check)
    return RateOfChange(low=low, high=high, order=_whole(check, "order", 1))


def _recent(check: Check) -> Method:
    low, high = _limits(check)
    aggregate = str(check.arguments.get("aggregate", "avg"))
    return RollingComparison(low=low, high=high, aggregate=aggregate, window=_whole(check, "window", 10))  # type: ignore[arg-type] # lint allowed the five


def _normal(check: Check) -> Method:
    if "window" not in check.arguments:
        return OnlineNormal(**_spread(check, 3.0))
    return BatchNormal(**_spread(check, 3.0), window=_whole(check, "window", 28))


def _robust(check: Check) -> Method:
    return Robust(**_spread(check, 3.5), window=_whole(check, "window", 28))


def _season(check: Check) -> Method:
    return HoltWinters(**_spread(check, 3.0), period=_whole(check, "period", 7))


def _spread(check: Check, default: float) -> dict[str, Any]:
    """The parameters that all methods around a centre share."""
    sigmas, side = float(str(check.arguments.get("max", default))), check.arguments.get("side", "both")
    return {
        "sigmas_below": None if side == "above" else sigmas,
        "sigmas_above": None if side == "below" else sigmas,
        "least_margin": float(str(check.arguments.get("least_margin", 0))),
    }


METHODS: Mapping[str, Callable[[Check], Method]] = {
    "absolute_change": _change,
    "rate_of_change": _ratio,
    "rolling_comparison": _recent,
    "normal": _normal,
    "robust": _robust,
    "holt_winters": _season,
}
"""By the name in a rule's evaluation, what judges with a check's arguments."""
