"""Simple bounds: the metric itself between two numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gridata_jobs.statistics.anomaly.band import Band
from gridata_jobs.statistics.anomaly.limits import Limits
from gridata_jobs.statistics.anomaly.point import Point


@dataclass(frozen=True, kw_only=True)
class Bounds(Limits):
    """low <= value <= high, in the metric's unit. Needs no history.

    Source: deequ 2.0, SimpleThresholdStrategy.
    """

    minimum_points: ClassVar[int] = 0

    def band(self, points: Sequence[Point], at: datetime) -> Band:  # noqa: ARG002 - the history does not count
        """The two numbers as they are."""
        return Band(self.low, self.high, "fixed bounds")
