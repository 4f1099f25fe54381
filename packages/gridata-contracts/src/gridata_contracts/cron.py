"""Cron schedules of five fields: what is wrong with one, and when it fires next."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_LONGEST_WAIT = timedelta(days=4 * 366)
_PART = re.compile(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?")


def cron_problem(text: str) -> str | None:
    """What is wrong with a schedule, naming the field; None when nothing is."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"It has {len(fields)} fields."
    for field, (name, low, high) in zip(fields, _FIELDS, strict=True):
        for part in field.split(","):
            if not _fits(part, low, high):
                return f"The {name} {part!r} is not *, a number or a range from {low} to {high}, with /step."
    return None


def _fits(part: str, low: int, high: int) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    first, last, step = (None if group is None else int(group) for group in match.groups())
    inside = all(number is None or low <= number <= high for number in (first, last))
    return inside and (last is None or first is None or first <= last) and step != 0


def next_instant(text: str, after: datetime) -> datetime:
    """The first minute after an instant at which a schedule fires, as cron reads it.

    Where both day of month and day of week are restricted, either one is enough (crontab(5)).

    Raises:
        ValueError: it never fires within four years, such as on 30 February.
    """
    minutes, hours, days, months, weekdays = (
        _numbers(field, low, high) for field, (_, low, high) in zip(text.split(), _FIELDS, strict=True)
    )
    either = not (text.split()[2] == "*" or text.split()[4] == "*")
    moment = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    limit = after + _LONGEST_WAIT
    while moment < limit:
        weekday = {moment.isoweekday() % 7, moment.isoweekday()} & weekdays
        on_day = moment.day in days or bool(weekday) if either else moment.day in days and bool(weekday)
        if moment.month not in months or not on_day:
            moment = moment.replace(hour=0, minute=0) + timedelta(days=1)
        elif moment.hour in hours and moment.minute in minutes:
            return moment
        else:
            moment += timedelta(minutes=1)
    raise ValueError(f"cron {text!r} does not fire within {_LONGEST_WAIT.days} days")


def _numbers(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = ("", "", "") if span == "*" else span.partition("-")
        start = int(first) if first else low
        end = int(last) if last else high if span == "*" or step else start
        found |= set(range(start, end + 1, int(step or 1)))
    return found
