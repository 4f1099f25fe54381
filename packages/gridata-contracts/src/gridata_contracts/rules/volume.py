"""Rules about how much came, how complete it is, and how old."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.measures.measure import Measure, of_column
from gridata_contracts.measures.states import Values
from gridata_contracts.model import Check
from gridata_contracts.rules.aggregates import aggregate, batch, example
from gridata_contracts.rules.bounds import COUNTS, SHARES
from gridata_contracts.rules.rule import Applies, Example, Group

_NO_ROWS = "without rows there is nothing to measure and the check passes"


def _share(states: Sequence[Values], *_: object) -> float | None:
    (filled,), (rows,) = states
    return filled / rows if rows else None


def _nulls(states: Sequence[Values], *_: object) -> int:
    (filled,), (rows,) = states
    return int(rows - filled)


def _different(states: Sequence[Values], *_: object) -> int | None:
    """2 stands for more than one value."""
    least, most = states[0]
    return None if least is None else 1 + (least != most)


def _age_s(states: Sequence[Values], as_of: dt.datetime, which: int) -> float | None:
    instant: Any = states[0][which]
    if instant is None:
        return None
    if not isinstance(instant, dt.datetime):
        return float((as_of.date() - instant).days * 86_400)
    return (as_of - instant).total_seconds()


def _newest(states: Sequence[Values], _check: Check, as_of: dt.datetime) -> float | None:
    return _age_s(states, as_of, 1)


def _oldest(states: Sequence[Values], _check: Check, as_of: dt.datetime) -> float | None:
    return _age_s(states, as_of, 0)


_OLD, _NEW = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2025, 6, 1, 11, tzinfo=dt.UTC)

aggregate("has_row_count", "The number of rows is within bounds.", "between {min} and {max} rows",
          Example({"id": t.Integer()}, {"min": 2}, [{"id": 1}, {"id": 2}], [{"id": 1}]),
          Measure(of_column("rows"), lambda s, *_: s[0][0]), applies=Applies.TABLE, bounds=COUNTS,
          group=Group.VOLUME, aliases=("RowCount", "hasSize"), nulls="rows count whatever is null in them")  # fmt: skip
aggregate("has_completeness", "The share of values that are not null is within bounds.",
          "a share of values between {min} and {max}",
          example(t.Integer(), {"min": 0.5}, [1, None], [None, None, 1]),
          Measure(of_column("filled", "rows"), _share), applies=Applies.ANY, bounds=SHARES,
          group=Group.COMPLETENESS, aliases=("Completeness", "hasCompleteness"), nulls=_NO_ROWS)  # fmt: skip
aggregate("has_null_count", "The number of nulls is within bounds.", "between {min} and {max} nulls",
          example(t.Integer(), {"max": 1}, [1, None], [None, None]),
          Measure(of_column("filled", "rows"), _nulls), applies=Applies.ANY, bounds=COUNTS,
          group=Group.COMPLETENESS, nulls="nulls are what is counted")  # fmt: skip
aggregate("has_different_values", "The number of different values, counted up to two, is within bounds: `min: 2` "
          "means not constant.", "at least {min} and at most {max} different values",
          example(t.String(), {"min": 2}, ["a", "b"], ["a", "a"]),
          Measure(of_column("bounds"), _different), applies=Applies.ORDERED, bounds=COUNTS,
          group=Group.UNIQUENESS, aliases=("is_not_constant", "not_constant"))  # fmt: skip
aggregate("has_freshness", "The newest value is at most `max` seconds older than the batch's instant.",
          "a newest value at most {max} seconds old",
          Example({"value": t.Timestamp()}, {"max": 86_400}, batch([_OLD, _NEW]), batch([_OLD])),
          Measure(of_column("bounds"), _newest), applies=Applies.TEMPORAL, bounds=COUNTS,
          group=Group.TEMPORAL, aliases=("DataFreshness", "freshness"))  # fmt: skip
aggregate("has_oldest_age", "The oldest value is at most `max` seconds older than the batch's instant: retention.",
          "an oldest value at most {max} seconds old",
          Example({"value": t.Timestamp()}, {"max": 86_400}, batch([_NEW]), batch([_OLD, _NEW])),
          Measure(of_column("bounds"), _oldest), applies=Applies.TEMPORAL, bounds=COUNTS,
          group=Group.TEMPORAL, aliases=("retention",))  # fmt: skip
