"""Two limits, at least one of them given: what bounds, changes, ratios and factors share."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gridata_contracts.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Two limits, both included.

    Attributes:
        low: least accepted; null = open.
        high: greatest accepted; null = open.

    Raises:
        UsageError: neither limit is given, one is not finite, or low is above high.
    """

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        given = [limit for limit in (self.low, self.high) if limit is not None]
        if not given or not all(map(math.isfinite, given)) or given[0] > given[-1]:
            raise UsageError(
                f"{type(self).__name__}: got low {self.low} and high {self.high}, "
                "allowed finite numbers with low <= high, at least one of them. Leave an open side out."
            )

    def plus(self, anchor: float) -> tuple[float | None, float | None]:
        """Both limits moved by the anchor; an open side stays open."""
        low = None if self.low is None else anchor + self.low
        high = None if self.high is None else anchor + self.high
        return low, high

    def times(self, anchor: float) -> tuple[float | None, float | None]:
        """Both limits as ratios to the anchor; below zero the greater ratio is the lower value."""
        low = None if self.low is None else anchor * self.low
        high = None if self.high is None else anchor * self.high
        return (low, high) if anchor >= 0 else (high, low)
