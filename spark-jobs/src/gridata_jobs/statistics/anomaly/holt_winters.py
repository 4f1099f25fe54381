"""Holt-Winters: the metric against its own season and trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.anomaly.band import Band, Undecided
from gridata_jobs.statistics.anomaly.point import Point
from gridata_jobs.statistics.anomaly.seasonal_fit import forecast
from gridata_jobs.statistics.anomaly.sigmas import Sigmas, rounding_of
from gridata_jobs.statistics.anomaly.slots import Slots, on_grid
from gridata_jobs.statistics.anomaly.wording import shown

_START_VALUES = 10  # points beyond two periods that the start values need
_LEAST_SEEN = 2 / 3  # five working days in seven are 0.71
_FIT_ROUNDING = 1e-9  # of the values' range: what a fit of a perfect season is off by, with room


@dataclass(frozen=True, kw_only=True)
class HoltWinters(Sigmas):
    """forecast - below * sigma <= value <= forecast + above * sigma; sigma of the one-step residuals.

    Trend and season are added, not multiplied: the swing of a week does not grow with the level. Formulas and source:
    seasonal_fit.forecast, grid and gaps: slots.on_grid. A fit takes about a tenth of a second.

    Attributes:
        period: points of a season: 7 for days with a week, 24 for hours with a day; >= 2.
        cadence: time between points; null = the median step of the history.
        trend: false = level and season only.
        longest: slots of the history that count, the newest; null = 20 periods.

    Raises:
        UsageError: period below 2, cadence not positive, longest shorter than the minimum, or as Sigmas.
    """

    period: int
    cadence: timedelta | None = None
    trend: bool = True
    longest: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        cadence_fits = self.cadence is None or self.cadence > timedelta(0)
        if self.period < 2 or not cadence_fits or self._longest < self.minimum_points:
            raise UsageError(
                f"HoltWinters: got period {self.period}, cadence {self.cadence} and longest {self.longest}, allowed "
                f"period >= 2, cadence > 0 and longest >= {self.minimum_points} (two periods and {_START_VALUES})."
            )

    @property
    def minimum_points(self) -> int:
        return 2 * self.period + _START_VALUES

    @property
    def _longest(self) -> int:
        return self.longest or max(20 * self.period, self.minimum_points)

    def band(self, points: Sequence[Point], at: datetime) -> Band | Undecided:
        """Forecast of the judged instant's slot and the spread of its residuals."""
        slots = on_grid(points, at, self.cadence, self.period, self._longest)
        hole = self._hole(slots)
        if hole:
            return Undecided(hole)
        expected = forecast(slots, self.period, trend=self.trend)
        rounding = rounding_of(slots.values) + _FIT_ROUNDING * (max(slots.values) - min(slots.values))
        low, high = self.around(expected.value, expected.sigma, rounding)
        return Band(
            low,
            high,
            f"forecast {shown(expected.value)}, sigma {shown(expected.sigma)} of {sum(slots.seen)} points, "
            f"period {self.period}",
        )

    def _hole(self, slots: Slots) -> str | None:
        """Why the grid cannot be fitted; null = it can."""
        seen = sum(slots.seen)
        if slots.ahead > self.period:
            return f"the newest point is {slots.ahead} slots old, allowed one period of {self.period}"
        if seen < self.minimum_points:
            return f"cold start: got {seen} slots with a point, needed {self.minimum_points}"
        if seen < _LEAST_SEEN * len(slots.seen):
            return f"gaps: got {seen} of {len(slots.seen)} slots with a point, needed two thirds"
        return None
