"""The number that a rule about one figure of a batch measures, and whether it is good."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from gridata_contracts.reference.batch import Batch
from gridata_contracts.reference.case import small
from gridata_contracts.reference.marks import mean_and_variance, of_children, parent_keys, quantile

Figures = Callable[[Batch], Any]


def _counts(batch: Batch) -> list[int]:
    """Rows per key."""
    return [len(rows) for rows in batch.groups(batch.key).values()]


def _share(part: Callable[[list[int]], int], whole: Callable[[list[int]], int]) -> Figures:
    def number(batch: Batch) -> float | None:
        counts = _counts(batch)
        return part(counts) / whole(counts) if counts else None

    return number


def _once(counts: list[int]) -> int:
    return sum(count == 1 for count in counts)


def _has_entropy(batch: Batch) -> float | None:
    counts = _counts(batch)
    return -math.fsum(c / sum(counts) * math.log(c / sum(counts)) for c in counts) if counts else None


def _different(batch: Batch) -> set[Any]:
    return {batch.value(record) for _, record in batch.rows}


def _most_common(batch: Batch) -> int | None:
    counted = Counter(batch.value(record) for _, record in batch.rows)
    if not counted:
        return None
    first = min(counted, key=lambda value: (-counted[value], value))
    return int(first not in batch.literals())


def _has_consistent_casing(batch: Batch) -> int:
    spelt: dict[str, set[str]] = {}
    for value in _different(batch):
        spelt.setdefault(small(value), set()).add(value)
    return sum(len(each) > 1 for each in spelt.values())


def _finite(batch: Batch) -> list[float]:
    values = [float(batch.value(record)) for _, record in batch.rows]
    return [value for value in values if math.isfinite(value)]


def _has_quantile(share: float | None = None) -> Figures:
    def number(batch: Batch) -> float | None:
        values = _finite(batch)
        return quantile(values, batch.argument("quantile") if share is None else share) if values else None

    return number


def _has_interquartile_range(batch: Batch) -> float | None:
    values = _finite(batch)
    return quantile(values, 0.75) - quantile(values, 0.25) if values else None


def _moment(batch: Batch, power: int) -> float | None:
    values = _finite(batch)
    if not values:
        return None
    mean, variance = mean_and_variance(values)
    if not variance > 1e-24 * max(map(abs, values)) * max(map(abs, values)):
        return None  # constant but for rounding, or too large
    try:
        moment = math.fsum((value - mean) ** power for value in values) / len(values) / variance ** (power / 2)
    except OverflowError:
        return None
    return moment if math.isfinite(moment) else None


def _has_kurtosis(batch: Batch) -> float | None:
    moment = _moment(batch, 4)
    return None if moment is None else moment - 3


def _instants(batch: Batch) -> list[dt.datetime]:
    values = [batch.value(record) for _, record in batch.rows]
    return [v if isinstance(v, dt.datetime) else dt.datetime(v.year, v.month, v.day, tzinfo=dt.UTC) for v in values]


def _has_missing_days(batch: Batch) -> int | None:
    days = {instant.date() for instant in _instants(batch)}
    return (max(days) - min(days)).days + 1 - len(days) if days else None


def _has_rows_per_window(batch: Batch) -> int | None:
    # Windows are cut from the year 1 on, which is a whole number of days before 1970.
    since = [instant - dt.datetime(1, 1, 1, tzinfo=dt.UTC) for instant in _instants(batch)]
    windows = Counter(each // dt.timedelta(seconds=max(1, batch.argument("seconds"))) for each in since)
    if not windows:
        return None
    return min(windows[at] for at in windows) if max(windows) - min(windows) + 1 == len(windows) else 0


def _has_freshness_per_key(batch: Batch) -> int:
    newest: dict[Any, dt.datetime] = {}
    for (_, record), instant in zip(batch.rows, _instants(batch), strict=True):
        key = batch.key(record)
        newest[key] = max(newest.get(key, instant), instant)
    is_date = not any(isinstance(batch.value(record), dt.datetime) for _, record in batch.rows)
    now = batch.as_of.replace(hour=0, minute=0, second=0, microsecond=0) if is_date else batch.as_of
    return sum((now - each).total_seconds() > batch.argument("max") for each in newest.values())


def _has_share_found_in(batch: Batch) -> float | None:
    keys = parent_keys(batch)
    found = [(batch.value(record),) in keys for _, record in batch.rows]
    return sum(found) / len(found) if found else None


def _has_row_count_ratio_to(batch: Batch) -> float | None:
    return len(batch.rows) / len(batch.parents) if batch.parents else None


def _has_total_ratio_to(batch: Batch) -> float | None:
    own, theirs = [batch.value(record) for _, record in batch.rows], of_children(batch, batch.parents)
    return float(sum(own)) / float(sum(theirs)) if own and theirs and sum(theirs) else None


def _in_set(batch: Batch) -> int:
    return len(_different(batch) - batch.literals())


def _missing(batch: Batch) -> int:
    return len(batch.literals() - _different(batch))


FIGURES: Mapping[str, Figures] = {
    "has_uniqueness": _share(_once, sum),
    "has_distinctness": _share(len, sum),
    "has_unique_value_ratio": _share(_once, len),
    "has_distinct_count": lambda batch: len(_counts(batch)),
    "has_duplicate_count": lambda batch: sum(_counts(batch)) - len(_counts(batch)),
    "has_duplicate_share": _share(lambda counts: sum(counts) - len(counts), sum),
    "has_entropy": _has_entropy,
    "has_distinct_values_in_set": _in_set,
    "has_distinct_values_containing_set": _missing,
    "has_distinct_values_equal_to_set": lambda batch: _in_set(batch) + _missing(batch),
    "has_most_common_value_in_set": _most_common,
    "has_consistent_casing": _has_consistent_casing,
    "has_median": _has_quantile(0.5),
    "has_quantile": _has_quantile(),
    "has_interquartile_range": _has_interquartile_range,
    "has_skewness": lambda batch: _moment(batch, 3),
    "has_kurtosis": _has_kurtosis,
    "has_missing_days": _has_missing_days,
    "has_rows_per_window": _has_rows_per_window,
    "has_freshness_per_key": _has_freshness_per_key,
    "has_share_found_in": _has_share_found_in,
    "has_row_count_ratio_to": _has_row_count_ratio_to,
    "has_total_ratio_to": _has_total_ratio_to,
}
ZERO = frozenset(
    {
        "has_distinct_values_in_set",
        "has_distinct_values_containing_set",
        "has_distinct_values_equal_to_set",
        "has_most_common_value_in_set",
        "has_consistent_casing",
        "has_freshness_per_key",
    }
)
"""Figures that are good when they are 0; the others have bounds."""


def holds(batch: Batch, number: Any) -> bool:
    """Whether the number is good; nothing to measure is."""
    if number is None:
        return True
    if batch.check.rule in ZERO:
        return bool(number == 0)
    return batch.bounds(number)
