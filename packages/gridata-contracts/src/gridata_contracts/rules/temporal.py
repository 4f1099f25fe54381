"""Rules about how far from now a value lies. Now is the batch's `as_of`, so that a replay decides the same."""

from __future__ import annotations

from datetime import date

from gridata_contracts import types as t
from gridata_contracts.argument_times import bounds_of_days, slack_in_calendar, span_of_days
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.instants import DAY_US, as_of_us, day_us, micros, span_us
from gridata_contracts.sql.subject import Subject


@row_rule(
    Group.TEMPORAL,
    "Not later than the batch's `as_of` instant plus `slack_s` seconds.",
    applies=Applies.TEMPORAL,
    optional={"slack_s": Argument.INTEGER},
    relation=slack_in_calendar,
    expected="not in the future",
    aliases=("is_not_in_future",),
    example=on(t.Date(), {}, date(2000, 1, 1), date(9999, 12, 31)),
)
def is_not_after_as_of(s: Subject) -> str:
    slack = s.argument("slack_s")
    return f"{micros(s)} <= {as_of_us(s, slack if isinstance(slack, int) else 0)}"


@row_rule(
    Group.TEMPORAL,
    "Not earlier than the batch's `as_of` instant, or its day.",
    applies=Applies.TEMPORAL,
    expected="not in the past",
    aliases=("is_not_in_past",),
    example=on(t.Date(), {}, date(9999, 12, 31), date(2000, 1, 1)),
)
def is_not_before_as_of(s: Subject) -> str:
    return f"{micros(s)} >= {as_of_us(s)}"


@row_rule(
    Group.TEMPORAL,
    "More than `days` before the batch's `as_of` instant, or its day; a fraction of a day is one of 24 hours.",
    applies=Applies.TEMPORAL,
    required={"days": Argument.NUMBER},
    relation=span_of_days,
    expected="more than {days} days old",
    aliases=("is_older_than_n_days",),
    example=on(t.Timestamp(), {"days": 0.5}, "2025-05-31T23:59:59.999999Z", "2025-06-01T00:00:00Z"),
)
def is_older_than(s: Subject) -> str:
    return f"{micros(s)} < {_days_ago(s)}"


@row_rule(
    Group.TEMPORAL,
    "At most `days` before the batch's `as_of` instant, or its day; a fraction of a day is one of 24 hours.",
    applies=Applies.TEMPORAL,
    required={"days": Argument.NUMBER},
    relation=span_of_days,
    expected="at most {days} days old",
    aliases=("is_fresh", "is_data_fresh"),
    example=on(t.Timestamp(), {"days": 30}, "2025-05-02T12:00:00Z", "2025-05-02T11:59:59Z"),
)
def is_not_older_than(s: Subject) -> str:
    return f"{micros(s)} >= {_days_ago(s)}"


def _days_ago(s: Subject) -> int:
    return as_of_us(s) - span_us(s.argument("days"), DAY_US)


@row_rule(
    Group.TEMPORAL,
    "Calendar days (UTC) from the value's day to the batch's `as_of` day, inclusive bounds; later days fail.",
    applies=Applies.TEMPORAL,
    optional={"min": Argument.INTEGER, "max": Argument.INTEGER},
    one_of=True,
    relation=bounds_of_days,
    expected="between {min} and {max} days before today",
    aliases=("is_t_minus_n",),
    example=on(t.Timestamp(), {"min": 1, "max": 1}, "2025-05-31T00:00:00Z", "2025-06-01T00:00:00Z"),
)
def is_days_before_as_of(s: Subject) -> str:
    low, high = s.argument("min"), s.argument("max")
    today = day_us(as_of_us(s))
    latest = today - (low if isinstance(low, int) else 0) * DAY_US
    until = f"{micros(s)} < {latest + DAY_US}"
    return f"({micros(s)} >= {today - high * DAY_US} AND {until})" if isinstance(high, int) else until
