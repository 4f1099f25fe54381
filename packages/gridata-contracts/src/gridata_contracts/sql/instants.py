"""Instants as whole microseconds since 1970-01-01 UTC: arithmetic on them overflows nowhere between years 1 and 9999.

A date counts as its midnight in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from gridata_contracts import types as t
from gridata_contracts.sql.subject import Subject

SECOND_US = 10**6
DAY_US = 86_400 * SECOND_US
MONDAY_US = 719_162 * DAY_US
"""From 0001-01-01, a Monday, to 1970-01-01. Counted from there no instant is negative, and remainders are clear."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(s: Subject) -> str:
    """The checked value."""
    return s.dialect.epoch_us(s.value, s.type)


def since_monday(s: Subject) -> str:
    """The checked value, counted from 0001-01-01."""
    return f"({micros(s)} + {MONDAY_US})"


def as_of_us(s: Subject, shift_s: int = 0) -> int:
    """The batch's instant, moved; its day where the rule stands on a date."""
    now = (s.as_of - _EPOCH) // timedelta(microseconds=1) + shift_s * SECOND_US
    return day_us(now) if isinstance(s.type, t.Date) else now


def day_us(instant_us: int) -> int:
    """The midnight at or before it."""
    return instant_us - instant_us % DAY_US


def span_us(number: object, unit_us: int) -> int:
    """A span written as a number of units, to the nearest microsecond."""
    return int((Decimal(str(number)) * unit_us).to_integral_value(ROUND_HALF_EVEN))
