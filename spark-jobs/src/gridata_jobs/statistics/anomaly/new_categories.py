"""New categories: which values a column takes, against those it took before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.anomaly.baseline import before
from gridata_jobs.statistics.anomaly.judgement import Judgement, undecided
from gridata_jobs.statistics.anomaly.point import require_zone


@dataclass(frozen=True)
class CategorySet:
    """The distinct values of a column at one instant.

    Attributes:
        at: instant the set stands for, with a zone.
        names: distinct values as text; a null of the column is in it only if the caller gives it a name.
        backfill: as of a Point.

    Raises:
        UsageError: `at` has no zone.
    """

    at: datetime
    names: frozenset[str]
    backfill: bool = False

    def __post_init__(self) -> None:
        require_zone(self.at)


@dataclass(frozen=True, kw_only=True)
class NewCategories:
    """New names: in none of the sets before. Missing names: in every set before, and not now.

    Source: Soda Core 3, group evolution.

    Attributes:
        most_new: new names to accept; null = any number.
        most_missing: missing names to accept; null = any number.
        window: newest sets that count; null = all.
        minimum_points: sets needed, >= 1.

    Raises:
        UsageError: a number is out of its range.
    """

    most_new: int | None = 0
    most_missing: int | None = None
    window: int | None = None
    minimum_points: int = 1

    def __post_init__(self) -> None:
        limits = [limit for limit in (self.most_new, self.most_missing) if limit is not None]
        window_fits = self.window is None or self.window >= self.minimum_points
        if any(limit < 0 for limit in limits) or self.minimum_points < 1 or not window_fits:
            raise UsageError(
                f"NewCategories: got most_new {self.most_new}, most_missing {self.most_missing}, window {self.window} "
                f"and minimum_points {self.minimum_points}, allowed limits >= 0 and 1 <= minimum_points <= window."
            )


@dataclass(frozen=True)
class CategoryChange:
    """Names that appeared and names that went. They are values of the column: mask them unless it is public."""

    new: frozenset[str]
    missing: frozenset[str]


def category_change(seen: Sequence[CategorySet], current: CategorySet) -> CategoryChange:
    """Compare one set with the sets before it; with none before, nothing is new or missing."""
    if not seen:
        return CategoryChange(frozenset(), frozenset())
    ever = frozenset().union(*(one.names for one in seen))
    always = seen[0].names.intersection(*(one.names for one in seen))
    return CategoryChange(current.names - ever, always - current.names)


def judge_categories(parameters: NewCategories, history: Sequence[CategorySet], current: CategorySet) -> Judgement:
    """Say whether a column's set of values is anomalous, by the sets before its own instant.

    Returns:
        `low` and `high` are always null. The reason counts names and holds none.
    """
    older = before(history, current.at)
    seen = older[-parameters.window :] if parameters.window else older
    if len(seen) < parameters.minimum_points:
        return undecided(f"cold start: got {len(seen)} sets, needed {parameters.minimum_points}")
    change = category_change(seen, current)
    anomalous = _exceeds(change.new, parameters.most_new) or _exceeds(change.missing, parameters.most_missing)
    words = f"{len(change.new)} names are new, {len(change.missing)} of every set before are missing"
    return Judgement(anomalous, None, None, f"{words}; compared with {len(seen)} sets")


def _exceeds(names: frozenset[str], most: int | None) -> bool:
    return most is not None and len(names) > most
