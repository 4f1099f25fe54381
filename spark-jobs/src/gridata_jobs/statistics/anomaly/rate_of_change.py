"""Rate of change: the metric as a ratio to what was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.anomaly.band import Band
from gridata_jobs.statistics.anomaly.limits import Limits
from gridata_jobs.statistics.anomaly.point import Point
from gridata_jobs.statistics.anomaly.wording import shown


@dataclass(frozen=True, kw_only=True)
class RateOfChange(Limits):
    """low <= x[t] / x[t-n] <= high: 0.9 and 1.1 accept ten percent either way.

    From 0 no finite ratio leads away: 0 is accepted after 0; anything else only towards an open side.
    The previous point is the previous measurement, however long ago.

    Source: deequ 2.0, RelativeRateOfChangeStrategy, whose order n is a distance of n points.

    Attributes:
        order: how many points back the value is compared with, >= 1. 7 on daily points compares with a week ago.

    Raises:
        UsageError: order is below 1, or as Limits.
    """

    order: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.order < 1:
            raise UsageError(f"RateOfChange: order: got {self.order}, allowed >= 1. Use 1 for the previous point.")

    @property
    def minimum_points(self) -> int:
        return self.order

    def band(self, points: Sequence[Point], at: datetime) -> Band:  # noqa: ARG002 - points count, time does not
        """The limits as ratios to the point `order` back."""
        previous = points[-self.order].value
        low, high = self.times(previous)
        return Band(low, high, f"ratio to {shown(previous)}, {self.order} back")
