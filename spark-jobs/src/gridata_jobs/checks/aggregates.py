"""The shared aggregates of a batch: one list of SQL aggregates for all checks, merged block by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gridata_contracts.measures import STATES, Measure, StateKey, Values
from gridata_contracts.measures.profile import ColumnMetric, column_metrics
from gridata_contracts.measures.states import merge, operands
from gridata_contracts.model import Check, Column, Contract
from gridata_contracts.rules import RULES, Level
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.paths import columns_by_path, place
from gridata_contracts.types import LogicalType, Struct
from gridata_jobs.checks.decision import Measured

_NO_COLUMN = Struct(())


@dataclass(frozen=True)
class MeasuredColumn:
    """One number of one column, such as its completeness."""

    column: str
    metric: str
    value: float


@dataclass(frozen=True)
class AggregatePlan:
    """All aggregates that the checks of a contract need, each state once.

    Attributes:
        checks: of level aggregate.
        keys: states, in the order of their SQL.
        widths: how many aggregates each state has.
        sums: SQL of every aggregate, with the condition of the rows it looks at (None = all).
        metrics: what is measured of every column.
    """

    checks: tuple[Check, ...]
    keys: tuple[StateKey, ...]
    widths: tuple[int, ...]
    sums: tuple[tuple[str, str | None], ...]
    columns: Mapping[str, Column]
    metrics: tuple[ColumnMetric, ...] = ()

    def aggregates(self, among: str | None = None) -> list[str]:
        """SQL of all aggregates, named `_s0`, `_s1` and so on.

        Args:
            among: condition, never null, of the rows that count; None = all.
        """
        return [f"{_filtered(sql, among, where)} AS _s{i}" for i, (sql, where) in enumerate(self.sums)]

    def values(self, row: Sequence[object]) -> dict[StateKey, Values]:
        """States from one result row of the aggregates."""
        states, at = {}, 0
        for key, width in zip(self.keys, self.widths, strict=True):
            states[key] = tuple(row[at : at + width])
            at += width
        return states

    def judge(self, states: Mapping[StateKey, Values], as_of: datetime) -> dict[str, Measured]:
        """The number and verdict of each check, by id."""
        found = {}
        for check in self.checks:
            measure = _measure(check)
            number = measure.number(states, check, as_of) if states else None
            found[check.id] = Measured(number, measure.holds(number, check, self._kind(check)))
        return found

    def measured_columns(self, states: Mapping[StateKey, Values]) -> list[MeasuredColumn]:
        """The numbers of every column, without those that could not be measured."""
        found = ((metric, metric.of(states)) for metric in self.metrics if states)
        return [MeasuredColumn(metric.column, metric.name, value) for metric, value in found if value is not None]

    def _kind(self, check: Check) -> LogicalType | None:
        return None if check.column is None else self.columns[check.column].type


def plan_aggregates(contract: Contract, dialect: Dialect, *, measures_columns: bool = True) -> AggregatePlan:
    """The aggregates of a contract's checks, and of its columns where wanted, in one engine's SQL."""
    checks = tuple(check for check in contract.checks if RULES[check.rule].level is Level.AGGREGATE)
    conditions = {check.where.text: check.where for check in checks if check.where is not None}
    metrics = column_metrics(contract) if measures_columns else ()
    asked = [key for check in checks for key in _measure(check).needs(check)]
    keys = tuple(dict.fromkeys([*asked, *(key for metric in metrics for key in metric.needs)]))
    columns = columns_by_path(contract)
    lists = [_aggregates(key, columns, dialect, conditions) for key in keys]
    sums = tuple(one for each in lists for one in each)
    return AggregatePlan(checks, keys, tuple(map(len, lists)), sums, columns, metrics)


def merged(a: Mapping[StateKey, Values], b: Mapping[StateKey, Values]) -> dict[StateKey, Values]:
    """States of both parts' rows."""
    return {key: merge(key.state, a.get(key), values) for key, values in b.items()} if b else dict(a)


def _aggregates(
    key: StateKey, columns: Mapping[str, Column], dialect: Dialect, conditions: Mapping[str, object]
) -> list[tuple[str, str | None]]:
    kind = columns[key.column].type if key.column is not None else _NO_COLUMN
    value, other = ("" if path is None else place(path, dialect).value for path in (key.column, key.other))
    aggregates = STATES[key.state].aggregates(operands(key, value, other, kind, dialect))
    if key.condition is None:
        return [(sql, None) for sql in aggregates]
    from gridata_contracts.expressions import Expression, emit

    condition = conditions[key.condition]
    assert isinstance(condition, Expression)
    return [(sql, emit(condition, dialect)) for sql in aggregates]


def _filtered(sql: str, *conditions: str | None) -> str:
    given = [f"({condition})" for condition in conditions if condition is not None]
    return f"{sql} FILTER (WHERE {' AND '.join(given)})" if given else sql


def _measure(check: Check) -> Measure:
    evaluation = RULES[check.rule].evaluation
    assert isinstance(evaluation, Measure)  # every rule of level aggregate has one
    return evaluation
