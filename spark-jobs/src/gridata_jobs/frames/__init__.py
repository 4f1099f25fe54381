"""Checks on any frame, without the platform: Spark (classic and Connect), DuckDB, Arrow, Polars, pandas.

    from gridata_jobs.frames import check, rule

    report = check(orders, rule("is_not_null", "order_id"), rule("is_between", "total", min=0, max=100_000))
    print(report)

`split` parts the rows besides; `run_standard_checks` asks what one would ask of any frame.
"""

from gridata_jobs.frames.asked import rule
from gridata_jobs.frames.checks import Checks, Split, check, split
from gridata_jobs.frames.report import CheckResult, Report
from gridata_jobs.frames.standard import run_standard_checks, standard_checks

__all__ = [
    "CheckResult", "Checks", "Report", "Split", "check", "rule", "run_standard_checks", "split", "standard_checks",
]  # fmt: skip
