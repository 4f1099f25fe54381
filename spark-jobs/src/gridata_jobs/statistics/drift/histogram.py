"""Records counted in bins, and bins that hold equally many records of a reference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.drift.cumulative import Cumulative


@dataclass(frozen=True)
class Histogram:
    """Records of a column by bin; bin i is edges[i] <= value < edges[i + 1].

    Attributes:
        edges: bounds of the bins, rising; the first may be -inf, the last inf. One more than bins.
        counts: records of each bin, >= 0. A sketch gives fractions of records.

    Raises:
        UsageError: edges that do not rise, or counts that do not fit them.
    """

    edges: tuple[float, ...]
    counts: tuple[float, ...]

    def __post_init__(self) -> None:
        _require_rising(self.edges)
        counted = len(self.counts) == len(self.edges) - 1 and all(0 <= count < inf for count in self.counts)
        if not counted:
            raise UsageError(
                f"histogram: counts: got {len(self.counts)} counts for {len(self.edges)} edges, "
                f"allowed {len(self.edges) - 1} finite counts >= 0. Count one number a bin."
            )

    @classmethod
    def of(cls, records: Cumulative, edges: tuple[float, ...]) -> Histogram:
        """Count records into bins.

        Raises:
            UsageError: edges that do not rise, or a record outside of them: it would be lost.
        """
        _require_rising(edges)
        if not records.count:
            return cls(edges, (0.0,) * (len(edges) - 1))
        below = records.below(np.asarray(edges, dtype=np.float64))
        if below[0] > 0 or below[-1] < 1:
            raise UsageError(
                f"histogram: edges: got records outside of {edges[0]} <= value < {edges[-1]}, allowed none. "
                "Start with -inf and end with inf."
            )
        return cls(edges, tuple(float(count) for count in np.maximum(np.diff(below), 0) * records.count))


def equi_depth_edges(reference: Cumulative, bins: int = 10) -> tuple[float, ...]:
    """Edges that cut a reference into bins of equally many records, from -inf to inf.

    A value that alone holds more than one bin's share gets a bin of its own, so that a column that is mostly 0, or
    constant, can drift to either side of it. Then there are fewer equal bins.

    Args:
        reference: at least one record.
        bins: wanted bins, >= 2.

    Raises:
        UsageError: fewer than 2 bins, or a reference without records.
    """
    if bins < 2 or not reference.count:
        raise UsageError(f"bins: got {bins} of {reference.count} records, allowed >= 2 of >= 1. Choose a reference.")
    cuts = np.unique(reference.at(np.arange(1, bins) / bins))
    heavy = cuts[reference.up_to(cuts) - reference.below(cuts) > 1 / bins]
    inner = np.unique(np.concatenate([cuts, np.nextafter(heavy, inf)]))
    return (-inf, *(float(edge) for edge in inner), inf)


def _require_rising(edges: tuple[float, ...]) -> None:
    if len(edges) < 2 or not all(low < high for low, high in pairwise(edges)):
        raise UsageError(f"histogram: edges: got {len(edges)} edges, allowed two or more that rise. Sort them.")
