"""cuallee: observed aggregates in one job, distinct counts in a second; counts of violations, no rows."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import cuallee  # type: ignore[import-not-found]  # only in the environment this script is run in
from bench.checks.predicate import predicate
from bench.checks.session import duckdb_view, spark_session
from bench.checks.suite import ROW_KINDS, Check
from bench.checks.worker import Answer, Setup, work

_PACKAGES = {"spark": "pyspark", "duckdb": "duckdb"}
_METRICS = {"min": "has_min", "max": "has_max", "mean": "has_mean", "stddev": "has_std", "sum": "has_sum"}


class Cuallee:
    """cuallee on Spark or on a DuckDB connection, where it checks a named table."""

    name = "cuallee"
    reasons = False

    def __init__(self, setup: Setup) -> None:
        self.version = version("cuallee")
        self.engine = f"{setup.engine} {version(_PACKAGES[setup.engine])}"
        self._parquet = setup.parquet
        self._spark = spark_session() if setup.engine == "spark" else None
        self._duckdb = duckdb_view(setup.parquet) if setup.engine == "duckdb" else None

    def can(self, check: Check) -> bool:
        return check.kind in ROW_KINDS or check.kind in {*_METRICS, "unique", "approx_distinct"}

    def evaluate(self, checks: Sequence[Check]) -> list[Answer]:
        asked = cuallee.Check(cuallee.CheckLevel.WARNING, "bench", table_name="lineitem")
        for check in checks:
            _add(asked, check)
        if self._spark:
            rows = asked.validate(self._spark.read.parquet(str(self._parquet))).collect()
        else:
            rows = asked.validate(self._duckdb).to_dict(orient="records")
        return [_answer(check, row["violations"], row["rows"]) for check, row in zip(checks, rows, strict=True)]


def _add(asked: cuallee.Check, check: Check) -> None:
    """One rule for one check; SQL conditions where cuallee has no method."""
    column, values = check.columns[0], check.arguments
    match check.kind:
        case "not_null":
            asked.is_complete(column)
        case "between":
            asked.is_between(column, values)
        case "at_least":
            asked.is_greater_or_equal_than(column, values[0])
        case "in_set":
            asked.is_contained_in(column, values)
        case "not_in_set":
            asked.not_contained_in(column, values)
        case "pattern":
            asked.has_pattern(column, values[0])
        case "length_between" | "at_most_column":
            asked.satisfies(check.columns, predicate(check))
        case "unique":
            asked.are_unique(check.columns)
        case "approx_distinct":
            asked.is_unique(column, approximate=True)
        case kind:
            getattr(asked, _METRICS[kind])(column, values[0])


def _answer(check: Check, violations: int, rows: int) -> Answer:
    if check.kind == "approx_distinct":
        return Answer(check.id, value=float(rows - violations))  # violations are the rows beyond the distinct ones
    if check.kind in _METRICS:
        return Answer(check.id, verdict=violations == 0)
    return Answer(check.id, failed=int(violations))


if __name__ == "__main__":
    work(Cuallee)
