"""Wasserstein-1 distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridata_jobs.statistics.drift.cumulative import Cumulative


@dataclass(frozen=True)
class Wasserstein:
    """How far values moved.

    Attributes:
        distance: mean distance a record has to move, in the column's unit.
        relative: distance / standard deviation of the reference; null = the reference is constant.
    """

    distance: float
    relative: float | None


def wasserstein(reference: Cumulative, current: Cumulative) -> Wasserstein | None:
    """Area between the two cumulative distributions: the integral of |F(x) - G(x)| over x.

    A quantile sketch is read at 1,000 even shares.

    Source: L. N. Vaserstein (1969); scipy.stats.wasserstein_distance. Division by the standard deviation: Evidently's
    normed Wasserstein distance.

    Returns:
        Null = one side has no records.
    """
    from scipy.stats import wasserstein_distance  # type: ignore[import-untyped]

    if not (reference.count and current.count):
        return None
    was, now = reference.spread_out(), current.spread_out()
    distance, spread = float(wasserstein_distance(was, now)), float(np.std(was))
    return Wasserstein(distance, distance / spread if spread > 0 else None)
