"""The number that a rule about one aggregate of a batch measures."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from gridata_contracts.literals import literal_value
from gridata_contracts.reference.batch import Batch, look
from gridata_contracts.reference.marks import mean_and_variance
from gridata_contracts.types import Date, Integer, Timestamp
from gridata_contracts.types import Decimal as DecimalType

Measures = Callable[[Batch], Any]
_EXACT_DIGITS = 28
"""Sums of whole numbers and decimals of up to so many digits are exact, others binary."""


def _filled(batch: Batch) -> list[Any]:
    return [value for _, record in batch.rows if (value := batch.value(record)) is not None]


def _finite(values: list[Any]) -> list[Any]:
    return [value for value in values if not isinstance(value, float) or math.isfinite(value)]


def _numbers(batch: Batch) -> list[float]:
    return [float(value) for value in _finite(_filled(batch))]


def _extreme(pick: Callable[..., Any]) -> Measures:
    return lambda batch: pick(_finite(_filled(batch)), default=None)


def _range(batch: Batch) -> Any:
    values = _finite(_filled(batch))
    return max(values) - min(values) if values else None


def _mean(batch: Batch) -> float | None:
    values = _numbers(batch)
    return math.fsum(values) / len(values) if values else None


def _variance(batch: Batch) -> float | None:
    values = _numbers(batch)
    return mean_and_variance(values)[1] * len(values) / (len(values) - 1) if len(values) > 1 else None


def _stddev(batch: Batch) -> float | None:
    variance = _variance(batch)
    return None if variance is None else math.sqrt(variance)


def _sum_of(batch: Batch, column: str) -> Any:
    kind = batch.kinds[column]
    values = [value for _, record in batch.rows if (value := look(record, column)) is not None]
    if not values:
        return None
    if isinstance(kind, Integer) or (isinstance(kind, DecimalType) and kind.precision <= _EXACT_DIGITS):
        return sum(map(Decimal, values))
    finite = [float(value) for value in _finite(values)]
    return math.fsum(finite) if finite else None


def _sum(batch: Batch) -> Any:
    return _sum_of(batch, batch.check.column or "")


def _ratio(batch: Batch) -> float | None:
    above, below = _sum(batch), _sum_of(batch, batch.argument("column"))
    return float(above) / float(below) if above is not None and below else None


def _lengths(batch: Batch) -> list[int]:
    return [len(value) for value in _filled(batch)]


def _mean_length(batch: Batch) -> float | None:
    lengths = _lengths(batch)
    return sum(lengths) / len(lengths) if lengths else None


def _true_share(batch: Batch) -> float | None:
    values = _filled(batch)
    return sum(values) / len(values) if values else None


def _correlation(batch: Batch) -> float | None:
    """Pearson's, by its definition."""
    both = [(batch.value(record), look(record, batch.argument("column"))) for _, record in batch.rows]
    pairs = [(float(x), float(y)) for x, y in both if x is not None and y is not None]
    pairs = [(x, y) for x, y in pairs if math.isfinite(x) and math.isfinite(y)]
    if len(pairs) < 2:
        return None
    (mean_x, var_x), (mean_y, var_y) = (mean_and_variance([pair[i] for pair in pairs]) for i in (0, 1))
    if any(not variance > 1e-24 * mean * mean for mean, variance in ((mean_x, var_x), (mean_y, var_y))):
        return None  # constant but for rounding
    together = math.fsum((x - mean_x) * (y - mean_y) for x, y in pairs) / len(pairs)
    return together / math.sqrt(var_x * var_y)


def _nulls(batch: Batch) -> int:
    return len(batch.rows) - len(_filled(batch))


def _missing(batch: Batch) -> int:
    values = batch.literals()
    return sum(value in values for value in _filled(batch)) + (_nulls(batch) if batch.argument("or_null") else 0)


def _invalid(batch: Batch) -> int:
    if (pattern := batch.argument("pattern")) is not None:
        return sum(re.fullmatch(pattern, value) is None for value in _filled(batch))
    values = {literal_value(batch.kind, each) for each in batch.argument("values")}
    return sum(value not in values for value in _filled(batch))


def _share(count: Callable[[Batch], int]) -> Measures:
    """Of all rows."""
    return lambda batch: count(batch) / len(batch.rows) if batch.rows else None


def _different(batch: Batch) -> int | None:
    values = set(_finite(_filled(batch)))
    return min(len(values), 2) if values else None


def _age_s(pick: Callable[..., Any]) -> Measures:
    def age(batch: Batch) -> float | None:
        value = pick(_filled(batch), default=None)
        if value is None:
            return None
        if isinstance(batch.kind, Date):
            return float((batch.as_of.date() - value).days * 86_400)
        assert isinstance(batch.kind, Timestamp)
        elapsed: dt.timedelta = batch.as_of - value
        return elapsed.total_seconds()

    return age


MEASURES: Mapping[str, Measures] = {
    "has_min": _extreme(min),
    "has_max": _extreme(max),
    "has_range": _range,
    "has_mean": _mean,
    "has_sum": _sum,
    "has_stddev": _stddev,
    "has_variance": _variance,
    "has_min_length": lambda batch: min(_lengths(batch), default=None),
    "has_max_length": lambda batch: max(_lengths(batch), default=None),
    "has_mean_length": _mean_length,
    "has_zero_count": lambda batch: sum(value == 0 for value in _filled(batch)),
    "has_true_share": _true_share,
    "has_correlation": _correlation,
    "has_ratio_of_sums": _ratio,
    "has_null_share": _share(_nulls),
    "has_missing_count": _missing,
    "has_missing_share": _share(_missing),
    "has_invalid_count": _invalid,
    "has_invalid_share": _share(_invalid),
    "has_row_count": lambda batch: len(batch.rows),
    "has_completeness": _share(lambda batch: len(_filled(batch))),
    "has_null_count": _nulls,
    "has_different_values": _different,
    "has_freshness": _age_s(max),
    "has_oldest_age": _age_s(min),
}
"""By rule; None where there is nothing to measure."""
