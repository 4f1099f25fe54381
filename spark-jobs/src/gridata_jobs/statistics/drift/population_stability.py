"""Population stability index."""

from __future__ import annotations

import numpy as np

from gridata_jobs.statistics.drift.counts import Distribution, side_by_side


def population_stability(reference: Distribution, current: Distribution) -> float | None:
    """PSI = sum of (c - r) * ln(c / r) over bins or categories, r and c their shares of the records; >= 0.

    An empty cell counts as half a record. Without drift PSI is about (cells - 1) * (1 / n + 1 / m) for n and m
    records, so a fixed threshold needs enough of them.

    Source: N. Siddiqi, Credit Risk Scorecards (2006), system stability report; size without drift: B. Yurdakul,
    Statistical Properties of Population Stability Index (2018).

    Returns:
        Null = one side has no records.
    """
    counts = side_by_side(reference, current)
    if counts is None:
        return None
    was, now = counts.smoothed_shares()
    return float(np.sum((now - was) * np.log(now / was)))
