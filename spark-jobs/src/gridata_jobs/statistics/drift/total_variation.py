"""Total variation distance."""

from __future__ import annotations

import numpy as np

from gridata_jobs.statistics.drift.counts import Distribution, side_by_side


def total_variation(reference: Distribution, current: Distribution) -> float | None:
    """Half the sum of |c - r|: the share of records that would have to change their cell; 0 to 1.

    Source: D. A. Levin, Y. Peres, E. L. Wilmer, Markov Chains and Mixing Times (2009), proposition 4.2.

    Returns:
        Null = one side has no records.
    """
    counts = side_by_side(reference, current)
    if counts is None:
        return None
    was, now = counts.shares()
    return float(np.abs(now - was).sum() / 2)
