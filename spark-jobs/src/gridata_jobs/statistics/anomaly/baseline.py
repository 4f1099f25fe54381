"""Which points a judgement may lean on: older ones, in their own order, measured in their turn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar


class Dated(Protocol):
    """Anything with an instant that may have come late."""

    @property
    def at(self) -> datetime: ...

    @property
    def backfill(self) -> bool: ...


D = TypeVar("D", bound=Dated)


def before(history: Iterable[D], at: datetime) -> tuple[D, ...]:
    """Points that count when the value of an instant is judged.

    Only points older than the instant count, ordered by their own instants, whatever order they came in. An instant
    counts once, with the last value given for it. A backfilled point counts only where it is older than every point
    measured in its turn: that is the first load of a history. One that repairs a day in between is judged, and
    changes no later baseline: today's judgement is the same whether the old day came late or never.

    Args:
        history: points in any order; points at or after `at` are passed over.
        at: instant of the value to judge.

    Returns:
        Oldest first, one an instant.
    """
    older = sorted((point for point in history if point.at < at), key=lambda point: point.at)
    first_in_turn = next((point.at for point in older if not point.backfill), at)
    counted = [point for point in older if not point.backfill or point.at < first_in_turn]
    return tuple({point.at: point for point in counted}.values())


def came_late(history: Iterable[Dated], at: datetime) -> bool:
    """Whether a point of this instant is a backfill: a newer one is there already. Store it with `backfill=True`."""
    return any(point.at > at for point in history)
