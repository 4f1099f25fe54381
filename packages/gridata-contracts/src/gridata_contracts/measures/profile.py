"""What is measured of every column of a batch, whether a check asks for it or not."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.measures.states import StateKey, Values
from gridata_contracts.model import Column, Contract

_ROWS = StateKey("rows")


@dataclass(frozen=True)
class ColumnMetric:
    """One number of one column.

    Attributes:
        column: path.
        name: `completeness`, `min`, `max`, `mean`, `stddev`, `min_length`, `max_length`, `mean_length`, `true_share`;
            of dates and instants `min_epoch_s` and `max_epoch_s`, seconds since 1970-01-01 UTC.
        needs: states it is computed from.
        value: the number, from the values of those states; None when there is nothing to measure.
    """

    column: str
    name: str
    needs: tuple[StateKey, ...]
    value: Callable[[Sequence[Values]], float | None]

    def of(self, states: Mapping[StateKey, Values]) -> float | None:
        """The number; None when there is nothing to measure, or no double holds it."""
        number = self.value([states[key] for key in self.needs])
        return number if number is not None and math.isfinite(number) else None


def column_metrics(contract: Contract) -> tuple[ColumnMetric, ...]:
    """What is measured of a contract's columns, array items left out.

    Of protected columns nothing is measured that shows a value: no least, greatest or mean one.
    """
    return tuple(metric for column in _columns(contract.columns) for metric in _of_column(column))


def metric_names(kind: t.LogicalType, *, protected: bool = False) -> tuple[str, ...]:
    """Names of what is measured of a column of some type."""
    return tuple(metric.name for metric in _of_column(Column("value", "value", kind, pii=protected)))


def _columns(columns: Sequence[Column]) -> Iterator[Column]:
    for column in columns:
        yield column
        if isinstance(column.type, t.Struct):
            yield from _columns(column.children)


def _of_column(column: Column) -> Iterator[ColumnMetric]:
    def metric(name: str, value: Callable[[Sequence[Values]], float | None], *states: str) -> ColumnMetric:
        needs = tuple(_ROWS if state == "rows" else StateKey(state, column.path) for state in states)
        return ColumnMetric(column.path, name, needs, value)

    yield metric("completeness", _share, "filled", "rows")
    match column.type:
        case t.Boolean():
            yield metric("true_share", _share, "trues", "filled")
        case t.String():
            yield metric("min_length", lambda s: _number(s[0][0]), "lengths")
            yield metric("max_length", lambda s: _number(s[0][1]), "lengths")
            yield metric("mean_length", lambda s: s[0][2] / s[1][0] if s[1][0] else None, "lengths", "filled")
        case t.Integer() | t.Decimal() | t.Floating() if not column.is_protected:
            yield metric("min", lambda s: _number(s[0][0]), "bounds")
            yield metric("max", lambda s: _number(s[0][1]), "bounds")
            yield metric("mean", lambda s: _number(s[0][1]), "moments")
            yield metric("stddev", _stddev, "moments")
        case t.Date() | t.Timestamp() if not column.is_protected:
            yield metric("min_epoch_s", lambda s: _seconds(s[0][0]), "bounds")
            yield metric("max_epoch_s", lambda s: _seconds(s[0][1]), "bounds")


def _share(states: Sequence[Values]) -> float | None:
    (part,), (whole,) = states
    return part / whole if whole else None


def _stddev(states: Sequence[Values]) -> float | None:
    """Of the sample (n - 1), as the rule `has_stddev`."""
    n, _mean, variance = states[0]
    return math.sqrt(variance * n / (n - 1)) if n and n > 1 else None


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    instant = (
        value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    )
    return (instant - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)).total_seconds()
