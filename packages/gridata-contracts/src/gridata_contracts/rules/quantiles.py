"""Rules about the shape of a column's values in a batch; its quantiles are values that are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_bounds import number_bounds
from gridata_contracts.rules.bounds import NUMBERS
from gridata_contracts.rules.keyed import KeyRows, figure
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, Level

_NULLS = "null, NaN and infinities are left out; without a value there is nothing to measure and the check passes"


def _of(arguments: dict[str, Any], passes: Sequence[Any], fails: Sequence[Any]) -> Example:
    return Example({"value": t.Integer()}, arguments, [{"value": v} for v in passes], [{"value": v} for v in fails])


def _words(expected: str, example: Example, *aliases: str) -> dict[str, Any]:
    return {
        "expected": expected, "example": example, "applies": Applies.NUMERIC, "level": Level.STATISTIC,
        "nulls": _NULLS, "aliases": aliases,
    }  # fmt: skip


_BOUNDED: dict[str, Any] = {"optional": NUMBERS, "one_of": True, "relation": number_bounds}


def _finite(k: KeyRows) -> str:
    return k.dialect.finite(k.double())


def _quantile(k: KeyRows, share: float) -> str:
    return f"percentile_disc({share}) WITHIN GROUP (ORDER BY {_finite(k)})"


@figure(
    Group.AGGREGATES, "The median (of an even number of values the lower of the middle two) is within bounds.",
    **_words("a median between {min} and {max}", _of({"max": 2}, [1, 2, 9], [1, 3, 9]), "hasMedian"), **_BOUNDED,
)  # fmt: skip
def has_median(k: KeyRows) -> str:
    return f"SELECT {_quantile(k, 0.5)} AS n FROM {k.table}"


@figure(
    Group.AGGREGATES, "The least value that at least the share `quantile` of the values does not exceed is within "
    "bounds.",
    **_words("a quantile {quantile}[, at least {min}][, at most {max}]",
             _of({"quantile": 0.9, "max": 5}, [1, 5], [1, 6]), "hasExactQuantile"),
    required={"quantile": Argument.SHARE}, optional=NUMBERS, relation=number_bounds,
)  # fmt: skip
def has_quantile(k: KeyRows) -> str:
    return f"SELECT {_quantile(k, float(str(k.argument('quantile'))))} AS n FROM {k.table}"


@figure(
    Group.AGGREGATES, "The third quartile less the first is within bounds.",
    **_words("an interquartile range between {min} and {max}",
             _of({"max": 2}, [1, 2, 3, 4], [1, 2, 8, 9]), "InterquartileRange"), **_BOUNDED,
)  # fmt: skip
def has_interquartile_range(k: KeyRows) -> str:
    return f"SELECT {_quantile(k, 0.75)} - {_quantile(k, 0.25)} AS n FROM {k.table}"


def _moment(k: KeyRows, power: int) -> str:
    """The standardised central moment of that power, of the population; null where nothing but rounding varies."""
    value = f"(SELECT {_finite(k)} AS x FROM {k.table})"
    centred = f"(SELECT abs(x) AS size, x - (SELECT avg(x) FROM {value} b) AS d FROM {value} a)"
    product = " * ".join(["d"] * power)
    varies = "avg(d * d) > 1e-24 * (max(size) * max(size))"
    moment = k.dialect.finite(f"(avg({product}) / power(avg(d * d), {power / 2}))")
    return f"CASE WHEN {varies} THEN {moment} END AS n FROM {centred} c"


@figure(
    Group.AGGREGATES, "The skewness of the values (third standardised moment of the population) is within bounds.",
    **_words("a skewness between {min} and {max}", _of({"max": 0.5}, [1, 2, 3], [1, 1, 9]), "Skewness"), **_BOUNDED,
)  # fmt: skip
def has_skewness(k: KeyRows) -> str:
    return f"SELECT {_moment(k, 3)}"


@figure(
    Group.AGGREGATES, "The excess kurtosis of the values (fourth standardised moment of the population, less 3) is "
    "within bounds.",
    **_words("an excess kurtosis between {min} and {max}", _of({"max": 0}, [1, 2, 3], [1] * 9 + [9]), "Kurtosis"),
    **_BOUNDED,
)  # fmt: skip
def has_kurtosis(k: KeyRows) -> str:
    return f"SELECT n - 3 AS n FROM (SELECT {_moment(k, 4)}) m"
