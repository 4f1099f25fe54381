"""Entropy of a distribution."""

from __future__ import annotations

import math

from gridata_jobs.statistics.drift.categories import Categories
from gridata_jobs.statistics.drift.histogram import Histogram


def entropy(distribution: Histogram | Categories) -> float | None:
    """Minus the sum of p * ln(p), in nats; 0 = one category holds all records, ln(k) = k categories hold equal parts.

    Source: C. E. Shannon, A mathematical theory of communication, Bell System Technical Journal 27 (1948). The
    logarithm is deequ's.

    Returns:
        Null = no records.
    """
    from scipy import stats  # type: ignore[import-untyped]

    counts = distribution.counts if isinstance(distribution, Histogram) else tuple(distribution.counts.values())
    return float(stats.entropy(sorted(counts))) if math.fsum(counts) > 0 else None
