"""Rules about the days and windows of time that a batch covers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_bounds import number_bounds
from gridata_contracts.argument_key_relations import exact_key
from gridata_contracts.rules.bounds import COUNTS
from gridata_contracts.rules.keyed import KeyRows, figure
from gridata_contracts.rules.rule import Applies, Argument, Example, Group

_NULLS = "null values are left out; without a value there is nothing to measure and the check passes"


def _days(arguments: dict[str, Any], passes: Sequence[Any], fails: Sequence[Any]) -> Example:
    return Example({"value": t.Date()}, arguments, [{"value": v} for v in passes], [{"value": v} for v in fails])


@figure(
    Group.TEMPORAL, "The number of calendar days (UTC) between the first and the last value that have none is within "
    "bounds; `max: 0` asks for every day.",
    expected="between {min} and {max} days without a value",
    example=_days({"max": 0}, ["2025-01-01", "2025-01-02"], ["2025-01-01", "2025-01-03"]),
    applies=Applies.TEMPORAL, optional=COUNTS, one_of=True,
    relation=number_bounds, nulls=_NULLS, aliases=("is_daily",),
)  # fmt: skip
def has_missing_days(k: KeyRows) -> str:
    day = k.dialect.epoch_us(k.dialect.day(k.value, k.type), t.Date())
    days = f"(SELECT DISTINCT {day} AS d FROM {k.table}) days"
    number = k.dialect.quotient("(max(d) - min(d))", 86_400 * 10**6)
    return f"SELECT {number} + 1 - count(d) AS n FROM {days}"


@figure(
    Group.TEMPORAL, "The least number of rows in any window of `seconds` (counted from 0001-01-01 UTC) between the "
    "first value's and the last value's is within bounds.",
    expected="rows in every {seconds} seconds[, at least {min}][, at most {max}]",
    example=_days({"seconds": 86_400, "min": 1}, ["2025-01-01", "2025-01-02"], ["2025-01-01", "2025-01-03"]),
    applies=Applies.TEMPORAL, required={"seconds": Argument.INTEGER},
    optional=COUNTS, relation=number_bounds, nulls=_NULLS,
    aliases=("is_data_fresh_per_time_window",),
)  # fmt: skip
def has_rows_per_window(k: KeyRows) -> str:
    length_us = max(1, int(str(k.argument("seconds")))) * 10**6
    # From the year 1 on nothing is negative, as a quotient cuts towards zero.
    since = f"({k.dialect.epoch_us(k.value, k.type)} + {719_162 * 86_400 * 10**6})"
    windows = f"SELECT {k.dialect.quotient(since, length_us)} AS w, count(*) AS c FROM {k.table} GROUP BY 1"
    return f"SELECT CASE WHEN max(w) - min(w) + 1 > count(*) THEN 0 ELSE min(c) END AS n FROM ({windows}) windows"


@figure(
    Group.TEMPORAL, "The number of keys whose newest value is more than `max` seconds older than the batch's instant "
    "is 0.",
    expected="a value at most {max} seconds old for every {columns}",
    example=Example(
        {"value": t.Date(), "id": t.String()}, {"max": 86_400, "columns": ["id"]},
        [{"value": "2000-01-01", "id": "a"}, {"value": "2025-06-01", "id": "a"}],
        [{"value": "2000-01-01", "id": "a"}, {"value": "2025-06-01", "id": "b"}],
    ),
    applies=Applies.TEMPORAL, required={"columns": Argument.COLUMNS, "max": Argument.INTEGER}, most=0,
    relation=exact_key, nulls="rows with a null in the value or the key are left out",
    aliases=("grouped_row_values_to_have_recent_data",),
)  # fmt: skip
def has_freshness_per_key(k: KeyRows) -> str:
    instant = k.as_of if isinstance(k.type, t.Timestamp) else k.as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    newest_us = f"max({k.dialect.epoch_us(k.value, k.type)})"
    oldest_us = int(instant.timestamp()) * 10**6 + instant.microsecond - int(str(k.argument("max"))) * 10**6
    keys = f"SELECT {newest_us} AS newest FROM {k.table} GROUP BY {', '.join(k.listed())}"
    return f"SELECT count(CASE WHEN newest < {oldest_us} THEN 1 END) AS n FROM ({keys}) keys"
