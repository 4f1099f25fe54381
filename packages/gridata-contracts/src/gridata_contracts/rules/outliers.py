"""Rules about a value beside a statistic of its batch: the row that stands far out fails."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.rules.keyed import KeyRows, Statistics, marking
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, Level

FEW = 8
"""With fewer values than this nothing is an outlier."""
MAD_SCALE = 1.4826
"""A normal distribution's standard deviation in median absolute deviations (Rousseeuw and Croux 1993)."""
_NULLS = f"null, NaN and infinities are left out; with fewer than {FEW} values every row passes"


def _of(arguments: dict[str, Any], passes: Sequence[Any], fails: Sequence[Any]) -> Example:
    return Example({"value": t.Integer()}, arguments, [{"value": v} for v in passes], [{"value": v} for v in fails])


def _finite(k: KeyRows) -> str:
    return k.dialect.finite(k.double())


def _mean(k: KeyRows, _: Statistics) -> Mapping[str, str]:
    value = _finite(k)
    return {"n": f"CAST(count({value}) AS DOUBLE)", "mean": f"avg({value})"}


def _spread(k: KeyRows, found: Statistics) -> Mapping[str, str]:
    """From the rounded mean, so that both engines square the same differences."""
    mean, value = found["mean"], _finite(k)
    if mean is None or not math.isfinite(mean):
        return {}
    return {"variance": f"avg(({value} - {_number(mean)}) * ({value} - {_number(mean)}))"}


def _quantile(share: float, value: str) -> str:
    return f"percentile_disc({share}) WITHIN GROUP (ORDER BY {value})"


def _quartiles(k: KeyRows, _: Statistics) -> Mapping[str, str]:
    value = _finite(k)
    shares = {"low": 0.25, "median": 0.5, "high": 0.75}
    return {
        "n": f"CAST(count({value}) AS DOUBLE)",
        **{name: _quantile(share, value) for name, share in shares.items()},
    }


def _deviation(k: KeyRows, found: Statistics) -> Mapping[str, str]:
    median = found["median"]
    if median is None:
        return {}
    return {"mad": _quantile(0.5, f"abs({_finite(k)} - {_number(median)})")}


def _number(value: float) -> str:
    return f"CAST('{value!r}' AS DOUBLE)"


def _within(k: KeyRows, found: Statistics, low: float, high: float) -> str:
    if (found["n"] or 0) < FEW:
        return "true"
    return f"{_finite(k)} BETWEEN {_number(low)} AND {_number(high)}"


@marking(
    Group.DISTRIBUTION,
    "At most `max` standard deviations (of the batch) from the batch's mean.",
    expected="within {max} standard deviations of the mean",
    example=_of({"max": 2}, [1, 2, 3, 1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 3, 1, 2, 99]),
    applies=Applies.NUMERIC,
    level=Level.STATISTIC,
    required={"max": Argument.NUMBER},
    statistics=(_mean, _spread),
    nulls=_NULLS,
    aliases=("expect_column_value_z_scores_to_be_less_than",),
)
def is_within_sigmas(k: KeyRows, found: Statistics) -> str:
    mean, variance = found.get("mean"), found.get("variance")
    if mean is None or variance is None or not math.isfinite(variance):
        return "true"
    reach = float(str(k.argument("max"))) * variance**0.5
    return _within(k, found, mean - reach, mean + reach)


@marking(
    Group.DISTRIBUTION,
    f"At most `max` robust standard deviations ({MAD_SCALE} median absolute deviations) from the batch's median.",
    expected="within {max} robust standard deviations of the median",
    example=_of({"max": 3.5}, [1, 2, 3, 1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 3, 1, 2, 99]),
    applies=Applies.NUMERIC,
    level=Level.STATISTIC,
    required={"max": Argument.NUMBER},
    statistics=(_quartiles, _deviation),
    nulls=_NULLS + "; where more than half of the values are equal the rule cannot tell and every row passes",
    aliases=("has_no_outliers",),
)
def is_within_mad(k: KeyRows, found: Statistics) -> str:
    median, mad = found.get("median"), found.get("mad")
    if median is None or not mad:
        return "true"
    reach = float(str(k.argument("max"))) * MAD_SCALE * mad
    return _within(k, found, median - reach, median + reach)


@marking(
    Group.DISTRIBUTION,
    "At most `factor` (1.5 by default) interquartile ranges below the first or above the third quartile of the batch.",
    expected="[within {factor} interquartile ranges of the quartiles|within 1.5 interquartile ranges of the quartiles]",
    example=_of({"factor": 1.5}, [1, 2, 3, 1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 3, 1, 2, 99]),
    applies=Applies.NUMERIC,
    level=Level.STATISTIC,
    optional={"factor": Argument.NUMBER},
    statistics=(_quartiles,),
    nulls=_NULLS,
    aliases=("is_inside_interquartile_range",),
)
def is_within_iqr(k: KeyRows, found: Statistics) -> str:
    low, high = found.get("low"), found.get("high")
    if low is None or high is None:
        return "true"
    factor = k.argument("factor")
    reach = (1.5 if factor is None else float(str(factor))) * (high - low)
    return _within(k, found, low - reach, high + reach)
