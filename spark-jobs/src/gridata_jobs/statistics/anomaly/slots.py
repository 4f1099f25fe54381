"""Points on an even grid: a season is counted in slots, so a missing day must keep its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, median

from gridata_jobs.statistics.anomaly.point import Point


@dataclass(frozen=True)
class Slots:
    """A history on an even grid.

    Attributes:
        values: one a slot, oldest first, without a hole: a gap holds the value of one period before, in the first
            period of a period after, and where neither was seen, the mean.
        seen: whether the slot was measured.
        ahead: slots from the newest one to the judged instant, >= 1.
    """

    values: tuple[float, ...]
    seen: tuple[bool, ...]
    ahead: int


def on_grid(points: Sequence[Point], at: datetime, cadence: timedelta | None, period: int, longest: int) -> Slots:
    """Put points into slots of a cadence.

    A step is rounded to whole slots, so a run that starts late stays in its slot. Of two points in one slot the later
    counts, and one in the judged instant's own slot does not.

    Without a slot before the judged one there are no values.

    Args:
        points: at least two, oldest first, all before `at`.
        at: instant to judge.
        cadence: length of a slot; null = the median step between points.
        period: slots of a season.
        longest: slots to keep, the newest ones.
    """
    instants = [*(point.at for point in points), at]
    step_s = cadence.total_seconds() if cadence else _median_step_s(instants[:-1])
    *numbers, judged = _slot_numbers(instants, step_s)
    slots = {number: point.value for number, point in zip(numbers, points, strict=True) if number < judged}
    if not slots:
        return Slots((), (), 1)
    newest = max(slots)
    kept = range(max(0, newest - longest + 1), newest + 1)
    seen = tuple(number in slots for number in kept)
    return Slots(_filled([slots.get(number) for number in kept], period), seen, judged - newest)


def _median_step_s(instants: Sequence[datetime]) -> float:
    return median((later - earlier).total_seconds() for earlier, later in pairwise(instants))


def _slot_numbers(instants: Sequence[datetime], step_s: float) -> Iterator[int]:
    number, anchor = 0, instants[0]
    for instant in instants:
        steps = round((instant - anchor).total_seconds() / step_s)
        if steps:  # anchored again at each slot: a cadence that is off by a little does not add up
            number, anchor = number + steps, instant
        yield number


def _filled(values: list[float | None], period: int) -> tuple[float, ...]:
    mean = fmean(value for value in values if value is not None)
    filled: list[float] = []
    for number, value in enumerate(values):
        before = filled[number - period] if number >= period else None
        after = next((later for later in values[number + period :: period] if later is not None), mean)
        filled.append(next(known for known in (value, before, after) if known is not None))
    return tuple(filled)
