"""What a method says about a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Judgement:
    """What a method says about one value.

    Attributes:
        anomalous: null = not decided: too short a history, or no number to judge. Never read null as false.
        low: least value that would have been accepted, in the metric's unit; null = that side is open or undecided.
        high: greatest value that would have been accepted; null as for `low`.
        reason: one line: the value, the band, how the band was made, which points were left out. It holds the
            metric's numbers: a minimum or maximum of a column that is not public is a value of it.
    """

    anomalous: bool | None
    low: float | None
    high: float | None
    reason: str


def undecided(reason: str) -> Judgement:
    """A judgement that decides nothing, with the reason why not."""
    return Judgement(None, None, None, f"undecided: {reason}")
