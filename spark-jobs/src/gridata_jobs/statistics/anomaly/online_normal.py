"""Online normal: a running mean and spread over the whole history, which anomalies do not enter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.anomaly.band import Band, Undecided
from gridata_jobs.statistics.anomaly.point import Point
from gridata_jobs.statistics.anomaly.running import Running
from gridata_jobs.statistics.anomaly.sigmas import Sigmas, rounding_of
from gridata_jobs.statistics.anomaly.wording import shown


@dataclass(frozen=True, kw_only=True)
class OnlineNormal(Sigmas):
    """mean - below * sigma <= value <= mean + above * sigma, of all points before; sigma with n - 1.

    The history is walked once, oldest first. A point outside the band of those before it is left out, unless
    `restart_after` of them come in a row: then the metric has a new level, and the walk starts again with them.

    Source: deequ 2.0, OnlineNormalStrategy; it counts the judged value into its own mean, divides by n and never
    restarts. Running moments: Welford 1962.

    Attributes:
        start_up_share: share of the oldest points to ignore, 0 to below 1, for a metric that ramped up.
        skip_anomalies: false = every point enters.
        restart_after: points in a row outside the band that are a new level; null = never, a shift alarms for ever.
        minimum_points: points the band needs, after a start-up and since the last restart.

    Raises:
        UsageError: a number is out of its range.
    """

    start_up_share: float = 0.0
    skip_anomalies: bool = True
    restart_after: int | None = 7
    minimum_points: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_window(None, self.minimum_points)
        if not 0 <= self.start_up_share < 1 or (self.restart_after is not None and self.restart_after < 2):
            raise UsageError(
                f"OnlineNormal: got start_up_share {self.start_up_share} and restart_after {self.restart_after}, "
                "allowed 0 <= start_up_share < 1 and restart_after >= 2 or none."
            )

    def band(self, points: Sequence[Point], at: datetime) -> Band | Undecided:  # noqa: ARG002 - time does not count
        """Band of the points that are left when the walk ends."""
        values = [point.value for point in points[math.ceil(self.start_up_share * len(points)) :]]
        running = self._walk(values)
        if running.count < self.minimum_points:
            return Undecided(
                f"cold start: got {running.count} points after start-up and new level, needed {self.minimum_points}"
            )
        low, high = self.around(running.mean, running.sigma, rounding_of(values))
        return Band(low, high, f"mean {shown(running.mean)}, sigma {shown(running.sigma)} of {running.count} points")

    def _walk(self, values: Sequence[float]) -> Running:
        running, outside = Running(), list[float]()
        for value in values:
            if self._enters(value, running, rounding_of(values)):
                running, outside = running.plus(value), []
                continue
            outside.append(value)
            if len(outside) == self.restart_after:
                running, outside = Running.of(outside), []
        return running

    def _enters(self, value: float, running: Running, rounding: float) -> bool:
        if not self.skip_anomalies or running.count < self.minimum_points:
            return True
        band = Band(*self.around(running.mean, running.sigma, rounding), "walk")
        return not (band.is_under(value) or band.is_over(value))
