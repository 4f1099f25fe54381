"""Raw values of a column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from gridata_jobs.statistics.drift.cumulative import Floats


@dataclass(frozen=True, eq=False)
class Sample:
    """Values of a column, all of them or a random part.

    Attributes:
        knots: the finite values, ascending; empty = no records.
        left_out: values that were not finite (NaN, infinities) and do not count.
    """

    knots: Floats
    left_out: int = 0

    @classmethod
    def of(cls, values: Iterable[float]) -> Sample:
        """Sort values and leave out what is not finite."""
        every = np.fromiter(values, dtype=np.float64)
        finite = np.sort(every[np.isfinite(every)])
        return cls(finite, int(every.size - finite.size))

    @property
    def count(self) -> int:
        return int(self.knots.size)

    def below(self, values: Floats) -> Floats:
        return np.asarray(np.searchsorted(self.knots, values, side="left") / self.count, dtype=np.float64)

    def up_to(self, values: Floats) -> Floats:
        return np.asarray(np.searchsorted(self.knots, values, side="right") / self.count, dtype=np.float64)

    def at(self, shares: Floats) -> Floats:
        return np.asarray(np.quantile(self.knots, shares), dtype=np.float64)

    def spread_out(self) -> Floats:
        return self.knots
