"""A centre and a spread make a band: what the normal, robust and seasonal methods share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gridata_contracts.errors import UsageError

_ROUNDING = 1e-12  # relative error of a mean of doubles, with room


@dataclass(frozen=True, kw_only=True)
class Sigmas:
    """How far from the centre a value may lie.

    Attributes:
        sigmas_below: accepted spreads below the centre; null = that side is open.
        sigmas_above: accepted spreads above the centre; null = that side is open.
        least_margin: in the metric's unit: a smaller distance is never an anomaly. A history that never changed has
            spread 0, so any change is one; this says which change is too small to matter.

    Raises:
        UsageError: both sides are open, or a number is below 0 or not finite.
    """

    sigmas_below: float | None = 3.0
    sigmas_above: float | None = 3.0
    least_margin: float = 0.0

    def __post_init__(self) -> None:
        given = [number for number in (self.sigmas_below, self.sigmas_above) if number is not None]
        if not given or not all(math.isfinite(number) and number >= 0 for number in (*given, self.least_margin)):
            raise UsageError(
                f"{type(self).__name__}: got sigmas_below {self.sigmas_below}, sigmas_above {self.sigmas_above} and "
                f"least_margin {self.least_margin}, allowed finite numbers >= 0. Leave at most one side open."
            )

    def around(self, centre: float, sigma: float, rounding: float) -> tuple[float | None, float | None]:
        """Low and high edge. `rounding`, in the metric's unit: error of the centre, never judged an anomaly."""
        least = max(self.least_margin, rounding)
        low = None if self.sigmas_below is None else centre - max(self.sigmas_below * sigma, least)
        high = None if self.sigmas_above is None else centre + max(self.sigmas_above * sigma, least)
        return low, high

    def require_window(self, window: int | None, minimum_points: int) -> None:
        """Refuse a window that cannot hold the points the method needs.

        Raises:
            UsageError: minimum_points is below 2, or the window is shorter than it.
        """
        if minimum_points < 2 or (window is not None and window < minimum_points):
            raise UsageError(
                f"{type(self).__name__}: got window {window} and minimum_points {minimum_points}, "
                "allowed minimum_points >= 2 and a window of at least as many. Lengthen the window."
            )


def rounding_of(values: Sequence[float]) -> float:
    """Error to expect of a centre of these values, in their unit."""
    return _ROUNDING * max(map(abs, values))
