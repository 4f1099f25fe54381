"""Rules about instants and days. Now is the batch's instant, `as_of`, so that a replay decides the same."""

from __future__ import annotations

from datetime import date, timedelta

from gridata_contracts import types as t
from gridata_contracts.rules.registry import row_rule
from gridata_contracts.rules.rule import Applies, Argument, Group, on
from gridata_contracts.sql.subject import Subject


@row_rule(
    Group.TEMPORAL,
    "Not later than the batch's `as_of` instant plus `slack_s` seconds.",
    applies=Applies.TEMPORAL,
    optional={"slack_s": Argument.INTEGER},
    expected="not in the future",
    aliases=("is_not_in_future",),
    example=on(t.Date(), {}, date(2000, 1, 1), date(9999, 12, 31)),
)
def is_not_after_as_of(s: Subject) -> str:
    slack = s.argument("slack_s")
    limit = s.as_of + timedelta(seconds=slack if isinstance(slack, int) else 0)
    text = limit.date().isoformat() if isinstance(s.type, t.Date) else limit.strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
    return f"{s.value} <= {s.dialect.cast(text, s.type)}"
