"""Jensen-Shannon distance."""

from __future__ import annotations

import math

from gridata_jobs.statistics.drift.counts import Distribution, side_by_side


def jensen_shannon_distance(reference: Distribution, current: Distribution) -> float | None:
    """Root of (KL(r || m) + KL(c || m)) / 2 in bits, m the mean of both; 0 = equal, 1 = nothing in common.

    Symmetric; empty cells need no smoothing.

    Source: D. M. Endres and J. E. Schindelin, A new metric for probability distributions, IEEE Transactions on
    Information Theory 49 (2003).

    Returns:
        Null = one side has no records.
    """
    from scipy.stats import entropy  # type: ignore[import-untyped]

    counts = side_by_side(reference, current)
    if counts is None:
        return None
    was, now = counts.shares()
    middle = (was + now) / 2
    divergence = (float(entropy(was, middle, base=2)) + float(entropy(now, middle, base=2))) / 2
    return math.sqrt(min(1.0, max(0.0, divergence)))  # rounding may leave either end by 1e-16
