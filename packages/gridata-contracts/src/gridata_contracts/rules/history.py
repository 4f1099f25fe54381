"""Rules about a number of this batch beside those of the batches before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridata_contracts import types as t
from gridata_contracts.argument_relations import bounds_in_order
from gridata_contracts.columns import walk
from gridata_contracts.measures.profile import metric_names
from gridata_contracts.rules.registry import register
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, Level, Rule

if TYPE_CHECKING:
    from gridata_contracts.rule_call import Call

ROWS = "row_count"
"""The number that rules without a column look at: rows of the batch that could be read."""
AGGREGATES = ("avg", "min", "max", "median", "sum")
SIDES = ("both", "below", "above")
"""On which side of the expected number a value may be odd."""
_METRICS = (
    "completeness", "min", "max", "mean", "stddev", "min_length", "max_length", "mean_length", "true_share",
    "min_epoch_s", "max_epoch_s",
)  # fmt: skip
_COLD = "a number that could not be measured passes, and so does every one in a cold start"


@dataclass(frozen=True)
class Historical:
    """Evaluation of a rule of level HISTORY.

    Attributes:
        method: how the history becomes a band of accepted values, as `gridata_jobs.statistics.anomaly` names it.
    """

    method: str


def _rule(  # noqa: PLR0913 # one argument per thing a rule says
    name: str,
    method: str,
    summary: str,
    expected: str,
    arguments: Mapping[str, Any],
    passes: list[float],
    fails: list[float],
    *,
    required: Mapping[str, Argument] | None = None,
    optional: Mapping[str, Argument] | None = None,
    relation: Callable[[Call], None] | None = None,
    aliases: tuple[str, ...] = (),
) -> None:
    """Register the rule for a column's numbers, and for the row count."""

    def both(call: Call) -> None:
        if "metric" in call.given:
            measured_metric(call)
        if relation is not None:
            relation(call)

    for of_column in (True, False):
        number = "{metric}" if of_column else "the number of rows"
        metric = {"metric": "mean"} if of_column else {}
        columns = {"value" if of_column else "id": t.Integer()}
        register(
            Rule(
                f"has_{'metric' if of_column else ROWS}_{name}", Group.HISTORY, Level.HISTORY,
                Applies.ANY if of_column else Applies.TABLE,
                summary.format(number="The `metric` of the column" if of_column else "The number of rows"),
                expected.replace("{number}", number),
                Example(columns, {**metric, **arguments}, passes, fails),
                required={**({"metric": Argument.CHOICE} if of_column else {}), **(required or {})},
                optional=optional or {},
                choices={**({"metric": _METRICS} if of_column else {}), "aggregate": AGGREGATES, "side": SIDES},
                relation=both, nulls=_COLD, aliases=() if of_column else aliases, evaluation=Historical(method),
            )
        )  # fmt: skip


def measured_metric(call: Call) -> None:
    """The metric is one that is measured of such a column."""
    if call.place is None:
        return
    path = call.place.path
    protected = any(column.is_protected for column in walk(call.schema.columns) if column.path == path)
    names = () if call.place.scope else metric_names(call.place.type, protected=protected)
    if call.given["metric"] not in names:
        allowed = ", ".join(names) or "no metric: items of arrays are not measured"
        call.refuse("metric", f"{allowed} (what is measured of such a column)", "Take another metric or column.")


def _bounded(call: Call) -> None:
    if "min" not in call.given and "max" not in call.given:
        call.refuse("min", "min, max or both", "Without a bound everything is accepted.")
    bounds_in_order(call)


def _windowed(least: int) -> Callable[[Call], None]:
    def relation(call: Call) -> None:
        if call.given.get("window", least) < least:
            call.refuse("window", f"at least {least}", "Fewer points say nothing.")

    return relation


def _recent(call: Call) -> None:
    _bounded(call)
    _windowed(3)(call)


def _ordered(call: Call) -> None:
    _bounded(call)
    if call.given.get("order", 1) < 1:
        call.refuse("order", "at least 1", "1 compares with the batch before.")


def _seasonal(call: Call) -> None:
    if call.given["period"] < 2:
        call.refuse("period", "at least 2 batches", "7 is a week of daily batches.")


_STEADY = [100.0, 102.0, 99.0, 101.0, 98.0, 100.0, 103.0, 97.0, 101.0, 99.0, 100.0, 102.0]
_WEEKS = [100.0, 101.0, 99.0, 102.0, 100.0, 40.0, 41.0] * 4
_SPREAD = {"side": Argument.CHOICE, "least_margin": Argument.NUMBER}
_BOUNDS = {"min": Argument.SIGNED, "max": Argument.SIGNED}

_rule(
    "change",
    "absolute_change",
    "{number} changed by `min` to `max` since the batch `order` batches before (by default the one before); a decrease "
    "is negative.",
    "a change of {number}[, at least {min}][, at most {max}]",
    {"min": -10, "max": 10},
    [100, 105],
    [100, 50],
    optional={**_BOUNDS, "order": Argument.INTEGER},
    relation=_ordered,
)
_rule(
    "ratio",
    "rate_of_change",
    "{number} is `min` to `max` times that of the batch `order` batches before (by default the one before).",
    "{number}[, at least {min} times][, at most {max} times] the earlier one",
    {"min": 0.5, "max": 2},
    [100, 150],
    [100, 250],
    optional={**_BOUNDS, "order": Argument.INTEGER},
    relation=_ordered,
)
_rule(
    "near_recent",
    "rolling_comparison",
    "{number} is `min` to `max` times the `aggregate` (by default avg) of the last `window` (by default 10) batches.",
    "{number}[, at least {min} times][, at most {max} times] the recent [{aggregate}|avg]",
    {"min": 0.8},
    [100, 110, 90, 95],
    [100, 110, 90, 50],
    optional={**_BOUNDS, "aggregate": Argument.CHOICE, "window": Argument.INTEGER},
    relation=_recent,
)
_rule(
    "within_sigmas",
    "normal",
    "{number} is within `max` standard deviations of the mean of the last `window` batches; without a window of all, "
    "in which anomalies do not count.",
    "{number} within {max} standard deviations of [the last {window}|earlier] batches",
    {"max": 3},
    [*_STEADY, 104.0],
    [*_STEADY, 160.0],
    required={"max": Argument.NUMBER},
    optional={"window": Argument.INTEGER, **_SPREAD},
    relation=_windowed(10),
)
_rule(
    "within_mad",
    "robust",
    "{number} is within `max` scaled median absolute deviations of the median of the last `window` (by default 28) "
    "batches: for histories with wild points.",
    "{number} within {max} median deviations of [the last {window}|recent] batches",
    {"max": 3.5},
    [*_STEADY, 104.0],
    [*_STEADY, 160.0],
    required={"max": Argument.NUMBER},
    optional={"window": Argument.INTEGER, **_SPREAD},
    relation=_windowed(10),
    aliases=("DetectAnomalies",),
)
_rule(
    "in_season",
    "holt_winters",
    "{number} is within `max` (by default 3) standard deviations of what trend and a season of `period` batches "
    "forecast: 7 for a week of days.",
    "{number} near the forecast of a season of {period} batches",
    {"period": 7},
    [*_WEEKS, 100.0],
    [*_WEEKS, 40.0],
    required={"period": Argument.INTEGER},
    optional={"max": Argument.NUMBER, **_SPREAD},
    relation=_seasonal,
)
