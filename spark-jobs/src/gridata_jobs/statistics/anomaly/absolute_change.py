"""Absolute change: the metric's difference to what was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import comb

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.anomaly.band import Band
from gridata_jobs.statistics.anomaly.limits import Limits
from gridata_jobs.statistics.anomaly.point import Point
from gridata_jobs.statistics.anomaly.wording import shown


@dataclass(frozen=True, kw_only=True)
class AbsoluteChange(Limits):
    """low <= the order-n difference <= high, in the metric's unit; a decrease is negative.

    Order 1 is x[t] - x[t-1], order 2 the difference of such differences, and so on:
    d(n) = sum over k of (-1)^k * C(n, k) * x[t-k]. Order 0 is the value itself. The previous point is the previous
    measurement, however long ago.

    Source: deequ 2.0, AbsoluteChangeStrategy and BaseChangeStrategy.diff.

    Attributes:
        order: order of the difference, >= 0.

    Raises:
        UsageError: order is below 0, or as Limits.
    """

    order: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.order < 0:
            raise UsageError(f"AbsoluteChange: order: got {self.order}, allowed >= 0. Use 1 for the plain difference.")

    @property
    def minimum_points(self) -> int:
        return self.order

    def band(self, points: Sequence[Point], at: datetime) -> Band:  # noqa: ARG002 - points count, time does not
        """The value that makes the difference zero, plus the limits."""
        lags = range(1, self.order + 1)
        still = -sum((-1) ** lag * comb(self.order, lag) * points[-lag].value for lag in lags)
        low, high = self.plus(still)
        return Band(low, high, f"change of order {self.order}, no change would be {shown(still)}")
