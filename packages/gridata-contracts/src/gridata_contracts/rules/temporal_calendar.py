"""Rules about where in the week, the month or the day a date or timestamp lies, in UTC."""

from __future__ import annotations

from datetime import date

from gridata_contracts import types as t
from gridata_contracts.argument_times import times_of_day
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.instants import DAY_US, SECOND_US, since_monday
from gridata_contracts.sql.subject import Subject

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS_US = {
    "millisecond": 1000,
    "second": SECOND_US,
    "minute": 60 * SECOND_US,
    "hour": 3600 * SECOND_US,
    "day": DAY_US,
}


@row_rule(
    Group.TEMPORAL,
    "On one of the days of the week, in UTC.",
    applies=Applies.TEMPORAL,
    required={"days": Argument.CHOICES},
    choices={"days": _DAYS},
    expected="one of {days}",
    example=on(t.Date(), {"days": ["mon", "fri"]}, date(2024, 3, 1), date(2024, 3, 2)),
)
def is_on_weekdays(s: Subject) -> str:
    in_week = f"{since_monday(s)} % {7 * DAY_US}"
    days = sorted(_DAYS.index(day) for day in s.texts("days"))
    return f"({in_week} - {since_monday(s)} % {DAY_US}) IN ({', '.join(str(day * DAY_US) for day in days)})"


@row_rule(
    Group.TEMPORAL,
    "At or after `from` and before `to`, times of the day in UTC; over midnight where `from` is later.",
    applies=Applies.INSTANT,
    required={"from": Argument.STRING, "to": Argument.STRING},
    relation=times_of_day,
    expected="from {from} to {to} UTC",
    example=on(t.Timestamp(), {"from": "22:00", "to": "06:00"}, "2024-03-01T05:59:59.999999Z", "2024-03-01T06:00:00Z"),
)
def is_within_hours(s: Subject) -> str:
    first, last = (_minutes(s.text(name)) * 60 * SECOND_US for name in ("from", "to"))
    time = f"{since_monday(s)} % {DAY_US}"
    return f"({time} >= {first} {'AND' if first < last else 'OR'} {time} < {last})"


def _minutes(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)


@row_rule(
    Group.TEMPORAL,
    "On the first day of a month, in UTC.",
    applies=Applies.TEMPORAL,
    expected="the first day of a month",
    example=on(t.Date(), {}, date(2024, 3, 1), date(2024, 2, 29)),
)
def is_month_start(s: Subject) -> str:
    return f"day({s.dialect.day(s.value, s.type)}) = 1"


@row_rule(
    Group.TEMPORAL,
    "On the last day of a month, in UTC.",
    applies=Applies.TEMPORAL,
    expected="the last day of a month",
    example=on(t.Date(), {}, date(2024, 2, 29), date(2024, 2, 28)),
)
def is_month_end(s: Subject) -> str:
    day = s.dialect.day(s.value, s.type)
    return f"last_day({day}) = {day}"


@row_rule(
    Group.TEMPORAL,
    "A whole `unit` in UTC: nothing smaller was measured, or it was cut off.",
    applies=Applies.INSTANT,
    required={"unit": Argument.CHOICE},
    choices={"unit": tuple(_UNITS_US)},
    expected="a whole {unit}",
    example=on(t.Timestamp(), {"unit": "hour"}, "2024-03-01T05:00:00Z", "2024-03-01T05:00:00.000001Z"),
)
def is_whole_unit(s: Subject) -> str:
    return f"{since_monday(s)} % {_UNITS_US[s.text('unit')]} = 0"
