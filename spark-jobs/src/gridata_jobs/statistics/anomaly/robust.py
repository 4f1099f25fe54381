"""Robust: median and median absolute deviation, which a few wild points do not move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, median

from gridata_jobs.statistics.anomaly.band import Band
from gridata_jobs.statistics.anomaly.point import Point
from gridata_jobs.statistics.anomaly.sigmas import Sigmas, rounding_of
from gridata_jobs.statistics.anomaly.wording import shown

_MAD_TO_SIGMA = 1.4826  # 1 / 0.6745: sigma of a normal distribution over its median absolute deviation
_MEAN_AD_TO_SIGMA = 1.2533  # sqrt(pi / 2): the same over its mean absolute deviation


@dataclass(frozen=True, kw_only=True)
class Robust(Sigmas):
    """median - below * s <= value <= median + above * s, of the last `window` points.

    s = 1.4826 * MAD, MAD = median of |x - median|. MAD is 0 when more than half of the points are equal; then
    s = 1.2533 * mean of |x - median|. That is 0 only when all points are equal: then `least_margin` alone decides.

    Source: B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers (1993), modified z-score with limit 3.5;
    the way out at MAD 0 is IBM SPSS's and Cognos's modified z-score.

    Attributes:
        window: points that count; null = all.
        minimum_points: points the band needs.

    Raises:
        UsageError: the window is shorter than minimum_points, or as Sigmas.
    """

    sigmas_below: float | None = 3.5
    sigmas_above: float | None = 3.5
    window: int | None = 28
    minimum_points: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_window(self.window, self.minimum_points)

    def band(self, points: Sequence[Point], at: datetime) -> Band:  # noqa: ARG002 - points count, time does not
        """Band of the newest points."""
        values = [point.value for point in points[-(self.window or len(points)) :]]
        middle = median(values)
        deviations = [abs(value - middle) for value in values]
        sigma = _MAD_TO_SIGMA * median(deviations) or _MEAN_AD_TO_SIGMA * fmean(deviations)
        low, high = self.around(middle, sigma, rounding_of(values))
        return Band(low, high, f"median {shown(middle)}, robust sigma {shown(sigma)} of {len(values)} points")
