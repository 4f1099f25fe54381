"""Two distributions side by side, bin by bin or category by category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.drift.categories import Categories
from gridata_jobs.statistics.drift.cumulative import Floats
from gridata_jobs.statistics.drift.histogram import Histogram

Distribution = Histogram | Categories

_EMPTY_AS_RECORDS = 0.5


@dataclass(frozen=True, eq=False)
class Counts:
    """Records of two distributions in the same cells; cells empty on both sides are left out.

    Attributes:
        reference: records of each cell, with at least one record in all.
        current: records of the same cells, likewise.
    """

    reference: Floats
    current: Floats

    def shares(self) -> tuple[Floats, Floats]:
        """Shares of the reference and of the current records; each sums to 1."""
        return self.reference / self.reference.sum(), self.current / self.current.sum()

    def smoothed_shares(self) -> tuple[Floats, Floats]:
        """The same, with an empty cell taken as half a record: a logarithm of 0 would be infinite.

        Without empty cells nothing is changed.
        """
        filled = Counts(*(np.where(side > 0, side, _EMPTY_AS_RECORDS) for side in (self.reference, self.current)))
        return filled.shares()


def side_by_side(reference: Distribution, current: Distribution) -> Counts | None:
    """Line up two distributions; categories by name, in the order of their names.

    Returns:
        Null = one side has no records.

    Raises:
        UsageError: a histogram and categories, or histograms with different edges.
    """
    if isinstance(reference, Histogram) and isinstance(current, Histogram) and reference.edges == current.edges:
        cells = [reference.counts, current.counts]
    elif isinstance(reference, Categories) and isinstance(current, Categories):
        names = sorted({*reference.counts, *current.counts})
        cells = [tuple(float(side.counts.get(name, 0)) for name in names) for side in (reference, current)]
    else:
        raise UsageError(
            f"drift: got a {type(reference).__name__} and a {type(current).__name__}, allowed two histograms with "
            "equal edges or two of categories. Count the current values into the reference's edges."
        )
    table = np.asarray(cells, dtype=np.float64)
    if not table.sum(axis=1).all():
        return None
    return Counts(*table[:, table.sum(axis=0) > 0])
