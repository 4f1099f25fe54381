"""What a method makes of a history: a band of accepted values, or why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass

_EDGE = 1e-12  # relative: 3 * 0.1 must not be above 0.3; far above a double's rounding, far below any metric's noise


@dataclass(frozen=True)
class Band:
    """Accepted values, both edges included.

    Attributes:
        low: least accepted value, in the metric's unit; null = open.
        high: greatest accepted value; null = open.
        basis: how the band was made, in words with numbers.
    """

    low: float | None
    high: float | None
    basis: str

    @property
    def is_finite(self) -> bool:
        return all(edge is None or math.isfinite(edge) for edge in (self.low, self.high))

    def is_under(self, value: float) -> bool:
        """Whether the value is below the band by more than rounding."""
        return self.low is not None and value < self.low and not math.isclose(value, self.low, rel_tol=_EDGE)

    def is_over(self, value: float) -> bool:
        """Whether the value is above the band by more than rounding."""
        return self.high is not None and value > self.high and not math.isclose(value, self.high, rel_tol=_EDGE)


@dataclass(frozen=True)
class Undecided:
    """No band can be made of this history, and why."""

    reason: str
