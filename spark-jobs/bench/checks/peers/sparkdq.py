"""sparkdq: one column per row check, packed into an array of what each row broke; aggregates beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench.checks.session import spark_session
from bench.checks.suite import ROW_KINDS, Check
from bench.checks.worker import Answer, Setup, work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from sparkdq.core.base_config import BaseCheckConfig  # type: ignore[import-not-found]  # only where this is run
    from sparkdq.engine import BatchValidationResult  # type: ignore[import-not-found]


class SparkDq:
    """Counts come from its array of reasons, exploded and grouped: sparkdq itself counts good and bad rows only."""

    name = "sparkdq"
    reasons = True

    def __init__(self, setup: Setup) -> None:
        self._spark = spark_session()
        self.version = version("sparkdq")
        self.engine = f"spark {self._spark.version}"
        self._parquet = str(setup.parquet)

    def can(self, check: Check) -> bool:
        return check.kind in ROW_KINDS or check.kind == "unique"

    def evaluate(self, checks: Sequence[Check]) -> list[Answer]:
        from pyspark.sql import functions as f

        result = self._run(self._spark.read.parquet(self._parquet), checks)
        broken = result.df.select(f.explode("_dq_errors").alias("error")).groupBy("error.check-id").count().collect()
        counts = {row[0]: row[1] for row in broken}
        counts |= {found.check_id: found.result.metrics["duplicate_row_groups"] for found in result.aggregate_results}
        return [Answer(check.id, failed=counts.get(check.id, 0)) for check in checks]

    def split(self, checks: Sequence[Check], valid: Path, rejected: Path) -> None:
        result = self._run(self._spark.read.parquet(self._parquet), checks)
        result.pass_df().write.mode("overwrite").parquet(str(valid))
        result.fail_df().write.mode("overwrite").parquet(str(rejected))

    def count(self, parquet: Path) -> int:
        return self._spark.read.parquet(str(parquet)).count()

    def _run(self, frame: DataFrame, checks: Sequence[Check]) -> BatchValidationResult:
        from sparkdq.engine import BatchDQEngine
        from sparkdq.management import CheckSet  # type: ignore[import-not-found]

        asked = CheckSet()
        for check in checks:
            asked.add_check(_config(check))
        return BatchDQEngine(asked).run_batch(frame)


def _config(check: Check) -> BaseCheckConfig:
    from sparkdq import checks as dq  # type: ignore[import-not-found]
    from sparkdq.core import Severity  # type: ignore[import-not-found]

    if check.kind == "unique":  # a failed critical aggregate would fail every row
        columns, severity = list(check.columns), Severity.WARNING
        return dq.UniqueRowsCheckConfig(check_id=check.id, subset_columns=columns, severity=severity)
    name, arguments = _bounds(check) if check.kind in {"between", "at_least", "length_between"} else _others(check)
    return getattr(dq, name)(check_id=check.id, **arguments)


def _bounds(check: Check) -> tuple[str, dict[str, object]]:
    """Name and arguments of a check with bounds, which exclude their ends unless told."""
    low, *rest = check.arguments
    one, many, both = {"column": check.columns[0]}, {"columns": list(check.columns)}, {"inclusive": (True, True)}
    if check.kind == "at_least":
        return "NumericMinCheckConfig", {**many, "min_value": low, "inclusive": True}
    if check.kind == "between" and isinstance(low, date):
        return "DateBetweenCheckConfig", {**many, **both, "min_value": str(low), "max_value": str(rest[0])}
    if check.kind == "between":
        return "NumericBetweenCheckConfig", {**many, **both, "min_value": low, "max_value": rest[0]}
    if low == 0:  # a least length of 0 is refused
        return "StringMaxLengthCheckConfig", {**one, "max_length": rest[0], "inclusive": True}
    return "StringLengthBetweenCheckConfig", {**one, "min_length": low, "max_length": rest[0]}


def _others(check: Check) -> tuple[str, dict[str, object]]:
    column, values = check.columns[0], list(check.arguments)
    match check.kind:
        case "not_null":
            return "NullCheckConfig", {"columns": [column]}
        case "in_set":
            return "IsContainedInCheckConfig", {"allowed_values": {column: values}}
        case "not_in_set":
            return "IsNotContainedInCheckConfig", {"forbidden_values": {column: values}}
        case "pattern":
            return "RegexMatchCheckConfig", {"column": column, "pattern": values[0]}
        case _:
            return "ColumnLessThanCheckConfig", {"column": column, "limit": check.columns[1], "inclusive": True}


if __name__ == "__main__":
    work(SparkDq)
