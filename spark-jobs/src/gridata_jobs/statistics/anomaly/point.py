"""One measurement of one metric."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridata_contracts.errors import UsageError


@dataclass(frozen=True)
class Point:
    """One measurement of one metric.

    Attributes:
        at: instant the number stands for (a day's start, not when the day was measured), with a zone.
        value: the number, in the metric's own unit. Not finite = measured, but no number came out.
        backfill: it was measured after a newer instant had been judged; see `baseline.before`.

    Raises:
        UsageError: `at` has no zone.
    """

    at: datetime
    value: float
    backfill: bool = False

    def __post_init__(self) -> None:
        require_zone(self.at)


def require_zone(at: datetime) -> None:
    """Refuse a local time.

    Raises:
        UsageError: the instant has no zone, so it has no place among others.
    """
    if at.tzinfo is None:
        raise UsageError(f"point: at: got {at.isoformat()} without a zone, allowed an aware datetime. Add tzinfo=UTC.")
