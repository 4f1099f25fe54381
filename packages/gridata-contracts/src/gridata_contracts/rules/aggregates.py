"""Rules about one number of the whole batch, such as a mean; they look at rows that no row check rejects."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gridata_contracts import types as t
from gridata_contracts.argument_bounds import literal_bounds, number_bounds
from gridata_contracts.measures.measure import Measure, of_column
from gridata_contracts.measures.states import StateKey, Values
from gridata_contracts.model import Check
from gridata_contracts.rules.bounds import COUNTS, LITERALS, NUMBERS, SHARES
from gridata_contracts.rules.registry import register
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, Level, Rule

if TYPE_CHECKING:
    from gridata_contracts.rule_call import Call

_ROUNDING = 1e-24  # the square of twelve digits, in which numbers are judged
_NOTHING = "null values are left out; without a value there is nothing to measure and the check passes"


def batch(values: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of an example with one column."""
    return [{"value": value} for value in values]


def aggregate(  # noqa: PLR0913 # one argument per thing a rule says
    name: str,
    summary: str,
    expected: str,
    example: Example,
    measure: Measure,
    *,
    applies: Applies = Applies.NUMERIC,
    bounds: Mapping[str, Argument] = NUMBERS,
    group: Group = Group.AGGREGATES,
    aliases: tuple[str, ...] = (),
    nulls: str = _NOTHING,
    required: Mapping[str, Argument] | None = None,
    relation: Callable[[Call], None] | None = None,
) -> None:
    """Register a rule that bounds one number of the batch."""
    register(
        Rule(
            name, group, Level.AGGREGATE, applies, summary, expected, example,
            required=required or {}, optional=bounds, one_of=not required and relation is None,
            relation=relation or (literal_bounds if bounds is LITERALS else number_bounds),
            aliases=aliases, nulls=nulls, evaluation=measure,
        )
    )  # fmt: skip


def example(kind: t.LogicalType, arguments: Mapping[str, Any], passes: Sequence[Any], fails: Sequence[Any]) -> Example:
    """An example on one column: two small batches."""
    return Example({"value": kind}, arguments, batch(passes), batch(fails))


def _first(states: Sequence[Values], *_: object) -> Any:
    return states[0][0]


def _range(states: Sequence[Values], *_: object) -> Any:
    least, most = states[0]
    return None if least is None else most - least


def _variance(states: Sequence[Values], *_: object) -> float | None:
    """Of the sample (n - 1), as both engines' `stddev` and `variance` are."""
    n, _mean, population = states[0]
    return float(population * n / (n - 1)) if n and n > 1 else None


def _stddev(states: Sequence[Values], *_: object) -> float | None:
    variance = _variance(states)
    return None if variance is None else math.sqrt(variance)


def _mean_length(states: Sequence[Values], *_: object) -> float | None:
    (filled,), (_, _, total) = states
    return float(total / filled) if filled else None


def _pair(check: Check) -> Sequence[StateKey]:
    condition = None if check.where is None else check.where.text
    return [StateKey("pairs", check.column, str(check.arguments["column"]), condition)]


def _correlation(states: Sequence[Values], *_: object) -> float | None:
    """Pearson's coefficient; None where either column is constant."""
    n, mean_x, mean_y, var_x, var_y, covariance = states[0]
    if not n or n < 2 or _is_constant(mean_x, var_x) or _is_constant(mean_y, var_y):
        return None
    return max(-1.0, min(1.0, float(covariance) / math.sqrt(var_x * var_y)))


def _is_constant(mean: float, variance: float) -> bool:
    """But for rounding: 0.1 added up in blocks has a variance of some 1e-34."""
    return not variance > _ROUNDING * mean * mean


def _two_totals(check: Check) -> Sequence[StateKey]:
    condition = None if check.where is None else check.where.text
    return [StateKey("total", path, None, condition) for path in (check.column, str(check.arguments["column"]))]


def _ratio(states: Sequence[Values], *_: object) -> float | None:
    above, below = states[0][0], states[1][0]
    return float(above) / float(below) if above is not None and below else None


_INT, _DOUBLE, _TEXT = t.Integer(), t.Floating(), t.String()
_TWO = {"value": _INT, "other": _INT}

aggregate("has_min", "The least value is within bounds.", "a least value between {min} and {max}",
          example(_INT, {"min": 1}, [1, 5], [0, 5]), Measure(of_column("bounds"), _first, typed_bounds=True),
          applies=Applies.ORDERED, bounds=LITERALS, aliases=("hasMin",))  # fmt: skip
aggregate("has_max", "The greatest value is within bounds.", "a greatest value between {min} and {max}",
          example(_INT, {"max": 5}, [1, 5], [1, 6]),
          Measure(of_column("bounds"), lambda s, *_: s[0][1], typed_bounds=True),
          applies=Applies.ORDERED, bounds=LITERALS, aliases=("hasMax",))  # fmt: skip
aggregate("has_range", "Greatest less least value is within bounds.", "a range between {min} and {max}",
          example(_INT, {"max": 4}, [1, 5], [1, 6]), Measure(of_column("bounds"), _range),
          aliases=("Range",))  # fmt: skip
aggregate("has_mean", "The arithmetic mean is within bounds.", "a mean between {min} and {max}",
          example(_INT, {"min": 2, "max": 3}, [1, 4], [1, 1]),
          Measure(of_column("moments"), lambda s, *_: s[0][1]), aliases=("Mean", "hasMean"))  # fmt: skip
aggregate("has_sum", "The sum is within bounds; exact for exact types.", "a sum between {min} and {max}",
          example(t.Decimal(12, 2), {"max": 10}, ["4.00", "6.00"], ["4.00", "6.01"]),
          Measure(of_column("total"), _first), aliases=("Sum", "hasSum"))  # fmt: skip
aggregate("has_stddev", "The standard deviation of the sample is within bounds.",
          "a standard deviation between {min} and {max}",
          example(_DOUBLE, {"max": 2}, [1.0, 3.0], [1.0, 9.0]), Measure(of_column("moments"), _stddev),
          aliases=("StandardDeviation", "hasStandardDeviation"))  # fmt: skip
aggregate("has_variance", "The variance of the sample is within bounds.", "a variance between {min} and {max}",
          example(_DOUBLE, {"max": 2}, [1.0, 3.0], [1.0, 9.0]), Measure(of_column("moments"), _variance),
          aliases=("Variance",))  # fmt: skip
aggregate("has_min_length", "The shortest text has a length within bounds.",
          "a shortest text of {min} to {max} characters",
          example(_TEXT, {"min": 2}, ["ab", "abc"], ["a", "abc"]), Measure(of_column("lengths"), _first),
          applies=Applies.TEXT, bounds=COUNTS, aliases=("hasMinLength",))  # fmt: skip
aggregate("has_max_length", "The longest text has a length within bounds.",
          "a longest text of {min} to {max} characters",
          example(_TEXT, {"max": 2}, ["ab", "a"], ["a", "abc"]),
          Measure(of_column("lengths"), lambda s, *_: s[0][1]),
          applies=Applies.TEXT, bounds=COUNTS, aliases=("hasMaxLength",))  # fmt: skip
aggregate("has_mean_length", "The mean length of the texts is within bounds.",
          "a mean length of {min} to {max} characters",
          example(_TEXT, {"max": 2}, ["ab", "ab"], ["ab", "abc"]),
          Measure(of_column("filled", "lengths"), _mean_length),
          applies=Applies.TEXT)  # fmt: skip
aggregate("has_zero_count", "The number of values equal to 0 is within bounds.", "between {min} and {max} zeros",
          example(_INT, {"max": 1}, [0, 1], [0, 0]), Measure(of_column("zeros"), _first),
          bounds=COUNTS, aliases=("ZerosCount",))  # fmt: skip
aggregate("has_true_share", "The share of true among the values is within bounds.",
          "a share of true between {min} and {max}",
          example(t.Boolean(), {"min": 0.5}, [True, False], [False, False]),
          Measure(of_column("trues", "filled"), lambda s, *_: s[0][0] / s[1][0] if s[1][0] else None),
          applies=Applies.BOOLEAN, bounds=SHARES)  # fmt: skip
aggregate("has_correlation", "Pearson's correlation with another column is within bounds.",
          "a correlation with {column}[, at least {min}][, at most {max}]",
          Example(_TWO, {"column": "other", "min": 0.9},
                  [{"value": 1, "other": 2}, {"value": 2, "other": 4}],
                  [{"value": 1, "other": 4}, {"value": 2, "other": 2}]),
          Measure(_pair, _correlation), required={"column": Argument.COLUMN},
          nulls="rows with a null in either column are left out",
          aliases=("ColumnCorrelation",))  # fmt: skip
aggregate("has_ratio_of_sums", "The sum of the column divided by the sum of another is within bounds.",
          "a ratio to {column}[, at least {min}][, at most {max}]",
          Example(_TWO, {"column": "other", "max": 0.5}, [{"value": 1, "other": 2}], [{"value": 2, "other": 2}]),
          Measure(_two_totals, _ratio), required={"column": Argument.COLUMN})  # fmt: skip
