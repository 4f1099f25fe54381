"""Batch normal: mean and spread of the last points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, stdev

from gridata_jobs.statistics.anomaly.band import Band
from gridata_jobs.statistics.anomaly.point import Point
from gridata_jobs.statistics.anomaly.sigmas import Sigmas, rounding_of
from gridata_jobs.statistics.anomaly.wording import shown


@dataclass(frozen=True, kw_only=True)
class BatchNormal(Sigmas):
    """mean - below * sigma <= value <= mean + above * sigma, of the last `window` points; sigma with n - 1.

    Source: deequ 2.0, BatchNormalStrategy, over a window; the three-sigma limits are W. A. Shewhart, Economic Control
    of Quality of Manufactured Product (1931).

    Attributes:
        window: points that count; null = all. 28 holds each weekday of daily points four times.
        minimum_points: points the band needs.

    Raises:
        UsageError: the window is shorter than minimum_points, or as Sigmas.
    """

    window: int | None = 28
    minimum_points: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_window(self.window, self.minimum_points)

    def band(self, points: Sequence[Point], at: datetime) -> Band:  # noqa: ARG002 - points count, time does not
        """Band of the newest points."""
        values = [point.value for point in points[-(self.window or len(points)) :]]
        mean, sigma = fmean(values), stdev(values)
        low, high = self.around(mean, sigma, rounding_of(values))
        return Band(low, high, f"mean {shown(mean)}, sigma {shown(sigma)} of {len(values)} points")
