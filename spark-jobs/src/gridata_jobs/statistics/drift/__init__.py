"""Drift: how far a distribution is from a reference. The reference is always the first argument.

Null (None) as a result = one side holds no records, so there is nothing to compare. SciPy is loaded by the first
measure that needs it, not by importing this package.
"""

from gridata_jobs.statistics.drift.categories import Categories
from gridata_jobs.statistics.drift.chi_square import ChiSquare, chi_square
from gridata_jobs.statistics.drift.cramers_v import cramers_v
from gridata_jobs.statistics.drift.entropy import entropy
from gridata_jobs.statistics.drift.histogram import Histogram, equi_depth_edges
from gridata_jobs.statistics.drift.jensen_shannon import jensen_shannon_distance
from gridata_jobs.statistics.drift.kolmogorov_smirnov import KolmogorovSmirnov, kolmogorov_smirnov
from gridata_jobs.statistics.drift.kullback_leibler import kullback_leibler
from gridata_jobs.statistics.drift.population_stability import population_stability
from gridata_jobs.statistics.drift.quantiles import Quantiles
from gridata_jobs.statistics.drift.sample import Sample
from gridata_jobs.statistics.drift.total_variation import total_variation
from gridata_jobs.statistics.drift.wasserstein import Wasserstein, wasserstein

__all__ = [
    "Categories",
    "ChiSquare",
    "Histogram",
    "KolmogorovSmirnov",
    "Quantiles",
    "Sample",
    "Wasserstein",
    "chi_square",
    "cramers_v",
    "entropy",
    "equi_depth_edges",
    "jensen_shannon_distance",
    "kolmogorov_smirnov",
    "kullback_leibler",
    "population_stability",
    "total_variation",
    "wasserstein",
]
