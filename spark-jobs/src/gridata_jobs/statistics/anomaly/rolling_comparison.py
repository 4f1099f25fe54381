"""Rolling comparison: the metric against one number made of its last points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from statistics import fmean, median
from typing import Literal, get_args

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.anomaly.band import Band, Undecided
from gridata_jobs.statistics.anomaly.limits import Limits
from gridata_jobs.statistics.anomaly.point import Point
from gridata_jobs.statistics.anomaly.wording import shown

Aggregate = Literal["avg", "min", "max", "median", "sum"]

_AGGREGATES: dict[Aggregate, Callable[[Sequence[float]], float]] = {
    "avg": fmean,
    "min": min,
    "max": max,
    "median": median,
    "sum": fsum,
}


@dataclass(frozen=True, kw_only=True)
class RollingComparison(Limits):
    """low * a <= value <= high * a, where a is the aggregate of the last `window` points.

    `RowCount > avg(last(10)) * 0.8` is RollingComparison(aggregate="avg", window=10, low=0.8), apart from the edge,
    which counts as accepted here. Fewer points than the window are taken as they are, except by `sum`, which waits.
    Below zero the factors stay ratios: low 0.8 of -10 accepts up to -8.

    Source: AWS Glue, DQDL reference, dynamic rules. There last(k) of an empty history is 0; here that is undecided.

    Attributes:
        low: least accepted ratio to the aggregate; null = open.
        high: greatest accepted ratio; null = open.
        aggregate: avg, min, max, median or sum.
        window: newest points that count, >= 1.
        minimum_points: points needed, 1 to window.

    Raises:
        UsageError: unknown aggregate, or a number out of its range.
    """

    aggregate: Aggregate = "avg"
    window: int = 10
    minimum_points: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.aggregate not in get_args(Aggregate) or not 1 <= self.minimum_points <= self.window:
            raise UsageError(
                f"RollingComparison: got aggregate {self.aggregate!r}, window {self.window} and minimum_points "
                f"{self.minimum_points}, allowed {sorted(_AGGREGATES)} and 1 <= minimum_points <= window."
            )

    def band(self, points: Sequence[Point], at: datetime) -> Band | Undecided:  # noqa: ARG002 - time does not count
        """The limits as ratios to the aggregate."""
        values = [point.value for point in points[-self.window :]]
        if self.aggregate == "sum" and len(values) < self.window:
            return Undecided(f"cold start: a sum of {self.window} points, got {len(values)}")
        anchor = _AGGREGATES[self.aggregate](values)
        low, high = self.times(anchor)
        return Band(low, high, f"ratio to {shown(anchor)}, the {self.aggregate} of the last {len(values)} points")
