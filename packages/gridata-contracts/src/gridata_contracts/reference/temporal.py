"""Rules about instants and days."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gridata_contracts.reference.case import Case, Holds

_DAY_S = 86_400
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_SECOND = dt.timedelta(seconds=1)
_MICROSECOND = dt.timedelta(microseconds=1)


def _seconds(value: dt.date) -> Fraction:
    """Since the year 1; spans longer than the calendar are numbers like any other here."""
    if isinstance(value, dt.datetime):
        return Fraction((value - dt.datetime(1, 1, 1, tzinfo=dt.UTC)) // _MICROSECOND, 10**6)
    return Fraction((value - dt.date(1, 1, 1)).days * _DAY_S)


def _day(value: dt.date) -> dt.date:
    return value.astimezone(dt.UTC).date() if isinstance(value, dt.datetime) else value


def _now(case: Case, shift_s: int = 0) -> Fraction:
    """As a timestamp, or as the day it lies in where the value is a date."""
    now = _seconds(case.as_of) + shift_s
    return now if isinstance(case.value, dt.datetime) else Fraction(now // _DAY_S * _DAY_S)


def _span(number: Any, unit_s: int = 1) -> Fraction:
    """In seconds, to the nearest microsecond."""
    return Fraction(round(Fraction(Decimal(str(number))) * unit_s * 10**6), 10**6)


def _age(case: Case) -> Fraction:
    return _now(case) - _seconds(case.value)


def _is_days_before_as_of(case: Case) -> bool:
    days = (_day(case.as_of) - _day(case.value)).days
    return days >= 0 and case.within(days, int)


def _time_of_day(text: str) -> dt.timedelta:
    return dt.timedelta(hours=int(text[:2]), minutes=int(text[3:]))


def _is_within_hours(case: Case) -> bool:
    at = case.value.astimezone(dt.UTC)
    time = dt.timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
    first, last = _time_of_day(case.argument("from")), _time_of_day(case.argument("to"))
    return first <= time < last if first < last else not last <= time < first


def _is_month_end(case: Case) -> bool:
    day = _day(case.value)
    return day.day == calendar.monthrange(day.year, day.month)[1]


def _is_whole_unit(case: Case) -> bool:
    at = case.value.astimezone(dt.UTC)
    smaller = {"day": at.hour, "hour": at.minute, "minute": at.second, "second": at.microsecond}
    unit = case.argument("unit")
    if unit == "millisecond":
        return bool(at.microsecond % 1000 == 0)
    return not any(list(smaller.values())[list(smaller).index(unit) :])


def _after_column(case: Case) -> Fraction | None:
    other = case.look(case.argument("column"))
    return None if other is None else _seconds(case.value) - _seconds(other)


def _is_later_than_column_by(case: Case) -> bool | None:
    later = _after_column(case)
    return None if later is None else later >= _span(case.argument("min_s"))


def _is_within_time_of_column(case: Case) -> bool | None:
    later = _after_column(case)
    return None if later is None else abs(later) <= _span(case.argument("max_s"))


HOLDS: Mapping[str, Holds] = {
    "is_not_after_as_of": lambda case: _seconds(case.value) <= _now(case, case.argument("slack_s") or 0),
    "is_not_before_as_of": lambda case: _age(case) <= 0,
    "is_older_than": lambda case: _age(case) > _span(case.argument("days"), _DAY_S),
    "is_not_older_than": lambda case: _age(case) <= _span(case.argument("days"), _DAY_S),
    "is_days_before_as_of": _is_days_before_as_of,
    "is_on_weekdays": lambda case: _DAYS[_day(case.value).weekday()] in case.argument("days"),
    "is_within_hours": _is_within_hours,
    "is_month_start": lambda case: _day(case.value).day == 1,
    "is_month_end": _is_month_end,
    "is_whole_unit": _is_whole_unit,
    "is_later_than_column_by": _is_later_than_column_by,
    "is_within_time_of_column": _is_within_time_of_column,
}
