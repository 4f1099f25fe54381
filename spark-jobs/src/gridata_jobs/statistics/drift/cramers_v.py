"""Cramér's V of a contingency table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def cramers_v(table: Sequence[Sequence[int]]) -> float | None:
    """V = root of chi-square / (n * (min(rows, columns) - 1)): how much one column tells of another, 0 to 1.

    Empty rows and columns are left out. No correction for small tables: V of two unrelated columns is above 0.

    Source: H. Cramér, Mathematical Methods of Statistics (1946), section 21.9.

    Args:
        table: records by value of the one column (rows) and of the other (columns).

    Returns:
        Null = fewer than two rows or columns hold records.
    """
    from scipy.stats.contingency import association  # type: ignore[import-untyped]

    counts = np.asarray(table, dtype=np.int64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return None
    return float(association(counts, method="cramer", correction=False))
