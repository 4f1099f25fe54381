"""A column's quantiles, as a sketch gives them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.drift.cumulative import Floats

_GRID = 1000


@dataclass(frozen=True)
class Quantiles:
    """Points of a cumulative distribution; between two of them it is taken as linear.

    Several points with one value are a jump: that share of the records has exactly this value.

    Attributes:
        points: (share 0 to 1, value), both ascending; the first share is 0 (the minimum), the last 1 (the maximum).
        count: records behind the sketch, >= 0. Tests need it; the points alone do not tell it.

    Raises:
        UsageError: fewer than two points, shares or values that fall, not 0 to 1, not finite, or a count below 0.
    """

    points: tuple[tuple[float, float], ...]
    count: int

    def __post_init__(self) -> None:
        rising = all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(self.points))
        ends = [share for share, _ in self.points[:1] + self.points[-1:]]
        if ends != [0, 1] or not rising or not np.isfinite(self.points).all() or self.count < 0:
            raise UsageError(
                f"quantiles: got {len(self.points)} points from share {ends[:1]} to {ends[1:]} of {self.count}, "
                "allowed finite points with rising shares and values, from 0 to 1. Add the minimum and the maximum."
            )

    @property
    def shares(self) -> Floats:
        return np.asarray([share for share, _ in self.points], dtype=np.float64)

    @property
    def knots(self) -> Floats:
        return np.asarray([value for _, value in self.points], dtype=np.float64)

    def below(self, values: Floats) -> Floats:
        return self._share(values, np.searchsorted(self.knots, values, side="left"))

    def up_to(self, values: Floats) -> Floats:
        return self._share(values, np.searchsorted(self.knots, values, side="right"))

    def at(self, shares: Floats) -> Floats:
        return np.asarray(np.interp(shares, self.shares, self.knots), dtype=np.float64)

    def spread_out(self) -> Floats:
        return self.at((np.arange(_GRID) + 0.5) / _GRID)

    def _share(self, values: Floats, ends: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> Floats:
        """Share at each value, on the line that ends at the given point; 0 before the first, 1 after the last."""
        knots, shares = self.knots, self.shares
        after = np.clip(ends, 1, knots.size - 1)
        left, right = knots[after - 1], knots[after]
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(right > left, (values - left) / (right - left), 0.0)
        inside = shares[after - 1] + np.clip(part, 0, 1) * (shares[after] - shares[after - 1])
        return np.where(ends == 0, 0.0, np.where(ends == knots.size, 1.0, inside))
