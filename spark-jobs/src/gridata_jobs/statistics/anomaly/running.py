"""Mean and spread of a stream, one value at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Running:
    """Mean and sum of squared deviations of the values so far.

    Source: B. P. Welford, Note on a method for calculating corrected sums of squares and products,
    Technometrics 4 (1962) 419-420.
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> Running:
        """All values, one after the other."""
        running = cls()
        for value in values:
            running = running.plus(value)
        return running

    def plus(self, value: float) -> Running:
        """The same with one more value."""
        count = self.count + 1
        step = value - self.mean
        mean = self.mean + step / count
        return Running(count, mean, self.squares + step * (value - mean))

    @property
    def sigma(self) -> float:
        """Sample standard deviation (divided by n - 1); 0 of fewer than two values."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else 0.0
