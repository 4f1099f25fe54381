"""Anomalies: a metric's history and its current value in, a judgement out.

Every method turns the history into a band, in the metric's own unit; `judge` does what all share: which points
count, cold start, numbers that are not finite, the comparison. Nothing here reads or writes.
"""

from gridata_jobs.statistics.anomaly.absolute_change import AbsoluteChange
from gridata_jobs.statistics.anomaly.band import Band, Undecided
from gridata_jobs.statistics.anomaly.baseline import came_late
from gridata_jobs.statistics.anomaly.batch_normal import BatchNormal
from gridata_jobs.statistics.anomaly.bounds import Bounds
from gridata_jobs.statistics.anomaly.holt_winters import HoltWinters
from gridata_jobs.statistics.anomaly.judge import Method, judge
from gridata_jobs.statistics.anomaly.judgement import Judgement
from gridata_jobs.statistics.anomaly.new_categories import CategorySet, NewCategories, category_change, judge_categories
from gridata_jobs.statistics.anomaly.online_normal import OnlineNormal
from gridata_jobs.statistics.anomaly.point import Point
from gridata_jobs.statistics.anomaly.rate_of_change import RateOfChange
from gridata_jobs.statistics.anomaly.robust import Robust
from gridata_jobs.statistics.anomaly.rolling_comparison import RollingComparison

__all__ = [
    "AbsoluteChange",
    "Band",
    "BatchNormal",
    "Bounds",
    "CategorySet",
    "HoltWinters",
    "Judgement",
    "Method",
    "NewCategories",
    "OnlineNormal",
    "Point",
    "RateOfChange",
    "Robust",
    "RollingComparison",
    "Undecided",
    "came_late",
    "category_change",
    "judge",
    "judge_categories",
]
