"""Judge one value of one metric with one method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gridata_jobs.statistics.anomaly.band import Band, Undecided
from gridata_jobs.statistics.anomaly.baseline import before, came_late
from gridata_jobs.statistics.anomaly.judgement import Judgement, undecided
from gridata_jobs.statistics.anomaly.point import Point
from gridata_jobs.statistics.anomaly.wording import shown


class Method(Protocol):
    """One way to make a band of a history; its parameters are the fields of the dataclass that implements it."""

    @property
    def minimum_points(self) -> int:
        """Fewer points are a cold start: undecided."""

    def band(self, points: Sequence[Point], at: datetime) -> Band | Undecided:
        """Values to accept at an instant.

        Args:
            points: at least `minimum_points`, finite, older than `at`, oldest first, one an instant.
            at: instant of the value to judge.
        """


def judge(method: Method, history: Sequence[Point], current: Point) -> Judgement:
    """Say whether a metric's value is anomalous, by what was measured before its own instant.

    Args:
        method: method and parameters.
        history: the metric's points, any length and order; it may hold `current` and newer points, which do not count.
        current: the value to judge.

    Returns:
        `anomalous` is null in a cold start and where the value is not a finite number.
    """
    if not math.isfinite(current.value):
        return undecided(f"the value is {current.value}, not a finite number")
    older = before(history, current.at)
    points = [point for point in older if math.isfinite(point.value)]
    notes = _notes(history, current, len(older) - len(points))
    if len(points) < method.minimum_points:
        return undecided(f"cold start: got {len(points)} points, needed {method.minimum_points}{notes}")
    band = _band(method, points, current.at)
    if isinstance(band, Undecided):
        return undecided(band.reason + notes)
    return _compared(current.value, band, notes)


def _notes(history: Sequence[Point], current: Point, not_finite: int) -> str:
    late = current.backfill or came_late(history, current.at)
    return (f"; {not_finite} points left out: not finite" if not_finite else "") + (
        "; backfill: judged by points before its own instant" if late else ""
    )


def _band(method: Method, points: Sequence[Point], at: datetime) -> Band | Undecided:
    too_large = Undecided("the history's numbers are too large to calculate with doubles")
    try:
        band = method.band(points, at)
    except OverflowError:
        return too_large
    return too_large if isinstance(band, Band) and not band.is_finite else band


def _compared(value: float, band: Band, notes: str) -> Judgement:
    under, over = band.is_under(value), band.is_over(value)
    edge = band.low if under else band.high
    where = (
        "within the band" if edge is None or not (under or over) else f"{'below' if under else 'above'} {shown(edge)}"
    )
    return Judgement(under or over, band.low, band.high, f"{shown(value)} is {where}: {band.basis}{notes}")
