"""Chi-square test on counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gridata_jobs.statistics.drift.counts import Counts, Distribution, side_by_side
from gridata_jobs.statistics.drift.cumulative import Floats

_LEAST_EXPECTED = 5.0


@dataclass(frozen=True)
class ChiSquare:
    """Result of the test.

    Attributes:
        statistic: chi-square of the table of two rows.
        p_value: chance of at least this statistic when both sides are drawn of one distribution.
        degrees_of_freedom: cells after pooling, less one.
        cramers_v: root of statistic / records: how strong the drift is, 0 to 1. With many records any drift has a
            small p-value; this does not grow with them.
        pooled: rare cells that were taken together as one; 0 = none.
    """

    statistic: float
    p_value: float
    degrees_of_freedom: int
    cramers_v: float
    pooled: int


def chi_square(reference: Distribution, current: Distribution) -> ChiSquare | None:
    """Test whether two samples come of one distribution: sum of (observed - expected)^2 / expected.

    Both sides are samples, so this is the test of homogeneity on a table of two rows, without Yates' correction. Cells
    are pooled, rarest first, until every expected count is at least 5. A category that the reference has not seen is
    a cell like any other.

    Source: K. Pearson (1900); at least 5: W. G. Cochran, Some methods for strengthening the common chi-square tests,
    Biometrics 10 (1954), who allows less for few cells.

    Returns:
        Null = one side has no records, or fewer than two cells are left after pooling.
    """
    from scipy.stats import chi2_contingency  # type: ignore[import-untyped]

    counts = side_by_side(reference, current)
    if counts is None:
        return None
    table, pooled = _pooled(counts)
    if table.shape[1] < 2:
        return None
    tested = chi2_contingency(table, correction=False)
    statistic = float(tested.statistic)
    strength = math.sqrt(statistic / float(table.sum()))
    return ChiSquare(statistic, float(tested.pvalue), int(tested.dof), strength, pooled)


def _pooled(counts: Counts) -> tuple[Floats, int]:
    """Table of two rows whose rarest cells are one, and how many those are."""
    table = np.stack([counts.reference, counts.current])
    table = table[:, np.argsort(table.sum(axis=0), kind="stable")]
    cells = table.sum(axis=0)
    needed = _LEAST_EXPECTED * table.sum() / table.sum(axis=1).min()
    rare = int(np.searchsorted(cells, needed))
    while 0 < rare < cells.size and cells[:rare].sum() < needed:
        rare += 1
    if rare < 2:
        return table, 0
    return np.column_stack([table[:, :rare].sum(axis=1), table[:, rare:]]), rare
