"""Calls of the rules about time, and rows from the whole calendar, often at an edge of a unit or near now."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rule_rows import AS_OF, FIRST, LAST

from gridata_contracts import types as t
from gridata_contracts.model import Contract
from gridata_contracts.suite import Ask, suite

Call = tuple[str, Mapping[str, Any]]

_MICROSECOND = dt.timedelta(microseconds=1)
_UNITS_US = (1, 1000, 10**6, 60 * 10**6, 3600 * 10**6, 86_400 * 10**6)
_ALL_US = (LAST - FIRST) // _MICROSECOND
_TEN_THOUSAND_YEARS_S = 345_600_000_000


def time_contract(kind: t.LogicalType) -> Contract:
    """Every rule about time with many arguments on a column of dates or timestamps, beside one of each."""
    calls = [*_calls(), *(() if isinstance(kind, t.Date) else _calls_of_timestamps())]
    asks = [Ask(rule, "value", given, f"c{i}") for i, (rule, given) in enumerate(calls)]
    return suite({"value": kind, "other": t.Timestamp(), "day": t.Date()}, asks)


def _calls() -> Iterator[Call]:
    yield from (("is_not_after_as_of", {"slack_s": s}) for s in (0, 43_200, _TEN_THOUSAND_YEARS_S))
    for days in (0, 1, 30, 738_000, 4_000_000):
        yield from ((rule, {"days": days}) for rule in ("is_older_than", "is_not_older_than"))
    for bounds in ({"min": 1, "max": 1}, {"max": 2}, {"min": 3}, {"max": 0}, {"max": 4_000_000}):
        yield "is_days_before_as_of", bounds
    yield from (("is_on_weekdays", {"days": d.split()}) for d in ("mon", "sun", "sat sun", "fri mon wed"))
    yield from ((rule, {}) for rule in ("is_not_before_as_of", "is_month_start", "is_month_end"))
    for other in ("other", "day"):
        for s in (0, 1, -1, 0.5, -86_400, _TEN_THOUSAND_YEARS_S, -_TEN_THOUSAND_YEARS_S):
            yield "is_later_than_column_by", {"column": other, "min_s": s}
        for s in (0, 1, 0.000001, 86_400, _TEN_THOUSAND_YEARS_S):
            yield "is_within_time_of_column", {"column": other, "max_s": s}


def _calls_of_timestamps() -> Iterator[Call]:
    for rule in ("is_older_than", "is_not_older_than"):
        yield from ((rule, {"days": days}) for days in (0.5, 1 / 24, 1e-12))
    for first, last in (("00:00", "24:00"), ("08:30", "17:00"), ("22:00", "06:00"), ("23:59", "00:00")):
        yield "is_within_hours", {"from": first, "to": last}
    yield from (("is_whole_unit", {"unit": u}) for u in ("millisecond", "second", "minute", "hour", "day"))


def time_rows(kind: t.LogicalType, count: int) -> Sequence[Mapping[str, Any]]:
    """Rows for it; a tenth of each column is null."""
    dice = random.Random(11)
    rows = []
    for _ in range(count):
        value = _instant(dice)
        near = value + dt.timedelta(seconds=dice.choice([0, 1])) if value.year < 9999 else value
        row = {
            "value": value.date() if isinstance(kind, t.Date) else value,
            "other": near if dice.random() < 0.4 else _instant(dice),
            "day": value.date() if dice.random() < 0.4 else _instant(dice).date(),
        }
        rows.append({name: None if dice.random() < 0.1 else each for name, each in row.items()})
    return rows


def _instant(dice: random.Random) -> dt.datetime:
    unit, off = dice.choice(_UNITS_US), dice.choice([-1, 0, 0, 1])
    at_us = dice.choice([dice.randrange(_ALL_US), 719_162 * _UNITS_US[-1], (AS_OF - FIRST) // _MICROSECOND, 0, _ALL_US])
    if dice.random() < 0.3:
        at_us = (AS_OF - FIRST) // _MICROSECOND + dice.choice([-30, -3, -2, -1, 0, 1]) * _UNITS_US[-1]
        return FIRST + (at_us + off + dice.choice([0, -_UNITS_US[-1] // 2])) * _MICROSECOND
    return FIRST + min(_ALL_US, max(0, at_us - at_us % unit + off)) * _MICROSECOND
