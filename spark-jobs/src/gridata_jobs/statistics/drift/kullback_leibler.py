"""Kullback-Leibler divergence."""

from __future__ import annotations

from gridata_jobs.statistics.drift.counts import Distribution, side_by_side


def kullback_leibler(reference: Distribution, current: Distribution) -> float | None:
    """KL(current || reference) = sum of c * ln(c / r), in nats; >= 0, and not the same with the sides exchanged.

    An empty cell counts as half a record.

    Source: S. Kullback and R. A. Leibler, On information and sufficiency, Annals of Mathematical Statistics 22 (1951).

    Returns:
        Null = one side has no records.
    """
    from scipy.stats import entropy  # type: ignore[import-untyped]

    counts = side_by_side(reference, current)
    if counts is None:
        return None
    was, now = counts.smoothed_shares()
    return max(0.0, float(entropy(now, was)))
