"""Additive Holt-Winters, fitted: what comes next, and how sure that is."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from gridata_jobs.statistics.anomaly.slots import Slots


@dataclass(frozen=True)
class Forecast:
    """What the next point should be.

    Attributes:
        value: in the metric's unit.
        sigma: standard error of the forecast, in the metric's unit.
    """

    value: float
    sigma: float


def forecast(slots: Slots, period: int, *, trend: bool) -> Forecast:
    """Fit smoothing factors to the slots and forecast the judged one.

    l[t] = a (y[t] - s[t-m]) + (1 - a) (l[t-1] + b[t-1]);  b[t] = b (l[t] - l[t-1]) + (1 - b) b[t-1];
    s[t] = g (y[t] - l[t-1] - b[t-1]) + (1 - g) s[t-m];  forecast(h) = l + h b + s.

    Sigma comes of the one-step residuals of measured slots, divided by their number less the fitted parameters, times
    sqrt(1 + sum over j < h of c(j)^2), c(j) = a + a b j + g [m divides j], for a forecast of h slots.

    Source: P. R. Winters, Forecasting sales by exponentially weighted moving averages, Management Science 6 (1960);
    error of h slots: R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder, Forecasting with Exponential Smoothing
    (2008) section 6.3. The fit is statsmodels' ExponentialSmoothing.
    """
    import numpy as np
    from statsmodels.tools.sm_exceptions import ConvergenceWarning  # type: ignore[import-untyped]
    from statsmodels.tsa.holtwinters import ExponentialSmoothing  # type: ignore[import-untyped]

    values = np.asarray(slots.values, dtype=np.float64)
    centre = float(values.mean())
    scale = float(np.abs(values - centre).max())
    if scale == 0:
        return Forecast(centre, 0.0)
    with warnings.catch_warnings():
        # Not converged means nearly flat: the best factors found are used, their residuals say how good they are.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit = ExponentialSmoothing(
            (values - centre) / scale,  # factors do not depend on unit and size, the optimizer's tolerances do
            trend="add" if trend else None,
            seasonal="add",
            seasonal_periods=period,
            initialization_method="heuristic",
        ).fit()
    residuals = np.asarray(fit.resid, dtype=np.float64)[np.asarray(slots.seen)]
    fitted_parameters = period + (4 if trend else 2)  # three or two factors, level, slope, m - 1 free seasons
    sigma = math.sqrt(float(residuals @ residuals) / (residuals.size - fitted_parameters))
    ahead = float(np.asarray(fit.forecast(slots.ahead))[-1])
    return Forecast(centre + scale * ahead, scale * sigma * _widening(fit.params, period, slots.ahead))


def _widening(factors: Mapping[str, float], period: int, ahead: int) -> float:
    level, season = factors["smoothing_level"], factors["smoothing_seasonal"]
    trend = factors["smoothing_trend"]  # NaN = fitted without a trend
    slope = 0.0 if math.isnan(trend) else level * trend
    terms = (level + slope * lag + (season if lag % period == 0 else 0.0) for lag in range(1, ahead))
    return math.sqrt(1.0 + math.fsum(term * term for term in terms))
