"""Kolmogorov-Smirnov distance and test."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from gridata_jobs.statistics.drift.cumulative import Cumulative
from gridata_jobs.statistics.drift.quantiles import Quantiles
from gridata_jobs.statistics.drift.sample import Sample

_EXACT_UP_TO = 500  # records; beyond, the limit distribution is as good and does not grow with them


@dataclass(frozen=True)
class KolmogorovSmirnov:
    """Result of the test.

    Attributes:
        distance: greatest difference between the two shares of records up to a value, 0 to 1.
        p_value: chance of at least this distance when both sides are drawn of one distribution without ties; with
            ties the true chance is smaller.
        resolution: how much a sketch's gaps between quantiles may hide of the distance; 0 for samples.
    """

    distance: float
    p_value: float
    resolution: float


def kolmogorov_smirnov(reference: Sample | Quantiles, current: Sample | Quantiles) -> KolmogorovSmirnov | None:
    """D = max over x of |F(x) - G(x)|, and its two-sided p-value.

    Two samples of up to 500 records have an exact p-value. Otherwise it is that of one sample of n m / (n + m)
    records; with many of them any difference has a small p-value, so judge the distance.

    Source: scipy.stats.ks_2samp; J. L. Hodges, The significance probability of the Smirnov two-sample test, Arkiv för
    Matematik 3 (1958).

    Returns:
        Null = one side has no records.
    """
    if not (reference.count and current.count):
        return None
    if isinstance(reference, Sample) and isinstance(current, Sample):
        return _of_samples(reference, current)
    return _of_sketches(reference, current)


def _of_samples(reference: Sample, current: Sample) -> KolmogorovSmirnov:
    from scipy.stats import ks_2samp  # type: ignore[import-untyped]

    exact = max(reference.count, current.count) <= _EXACT_UP_TO
    with warnings.catch_warnings():
        # SciPy takes the limit distribution where rounding puts an exact p-value of 1 above 1; there both are 1.
        warnings.filterwarnings("ignore", "ks_2samp: Exact calculation unsuccessful", RuntimeWarning)
        tested = ks_2samp(reference.knots, current.knots, method="exact" if exact else "asymp")
    return KolmogorovSmirnov(float(tested.statistic), float(tested.pvalue), 0.0)


def _of_sketches(reference: Sample | Quantiles, current: Sample | Quantiles) -> KolmogorovSmirnov:
    from scipy.stats import kstwo

    distance = _distance(reference, current)
    effective = reference.count * current.count / (reference.count + current.count)
    p_value = float(kstwo.sf(distance, max(1, round(effective))))
    return KolmogorovSmirnov(distance, p_value, _widest_gap(reference) + _widest_gap(current))


def _distance(reference: Cumulative, current: Cumulative) -> float:
    knots = np.union1d(reference.knots, current.knots)
    at_and_before = (reference.up_to(knots) - current.up_to(knots), reference.below(knots) - current.below(knots))
    return float(np.abs(at_and_before).max())


def _widest_gap(side: Sample | Quantiles) -> float:
    """Greatest share between two quantiles of different value; a jump hides nothing."""
    if isinstance(side, Sample):
        return 0.0
    return float(np.where(np.diff(side.knots) > 0, np.diff(side.shares), 0.0).max())
