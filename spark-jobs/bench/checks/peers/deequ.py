"""deequ by pydeequ: all shareable analyzers in one job, one more job per key; rows only in a second evaluation."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial, reduce
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench.checks.predicate import predicate
from bench.checks.session import spark_session
from bench.checks.suite import ROW_KINDS, Check
from bench.checks.worker import Answer, Setup, work

if TYPE_CHECKING:
    import pydeequ.checks  # type: ignore[import-not-found]  # only in the environment this script is run in

_METRICS = {
    "row_count": "hasSize",
    "min": "hasMin",
    "max": "hasMax",
    "mean": "hasMean",
    "stddev": "hasStandardDeviation",
    "sum": "hasSum",
    "approx_distinct": "hasApproxCountDistinct",
    "min_length": "hasMinLength",
    "max_length": "hasMaxLength",
}


class Deequ:
    """deequ says a ratio or a metric to each check's assertion, which is where the answers are heard."""

    name = "deequ"
    reasons = False

    def __init__(self, setup: Setup) -> None:
        os.environ["SPARK_VERSION"] = version("pyspark")  # pydeequ's import asks for it
        self._spark = spark_session(setup.jars)
        self.version = f"{setup.jars[0].stem.removeprefix('deequ-')} (pydeequ {version('pydeequ')})"
        self.engine = f"spark {self._spark.version}"
        self._parquet = str(setup.parquet)
        self._rows = self._spark.read.parquet(self._parquet).count()

    def can(self, check: Check) -> bool:
        return check.kind in ROW_KINDS or check.kind in {*_METRICS, "unique"}

    def evaluate(self, checks: Sequence[Check]) -> list[Answer]:
        from pydeequ.checks import Check as DeequCheck
        from pydeequ.checks import CheckLevel
        from pydeequ.verification import VerificationSuite  # type: ignore[import-not-found]

        heard: dict[str, float] = {}
        asked = DeequCheck(self._spark, CheckLevel.Warning, "bench")
        for check in checks:
            _add(asked, check, partial(_hear, heard, check.id))
        VerificationSuite(self._spark).onData(self._spark.read.parquet(self._parquet)).addCheck(asked).run()
        return [self._answer(check, heard.get(check.id)) for check in checks]

    def split(self, checks: Sequence[Check], valid: Path, rejected: Path) -> None:
        """One deequ check per rule, since its rows have one Boolean per check."""
        from pydeequ.checks import Check as DeequCheck
        from pydeequ.checks import CheckLevel
        from pydeequ.verification import VerificationResult, VerificationSuite
        from pyspark.sql import functions as f

        frame = self._spark.read.parquet(self._parquet)
        run = VerificationSuite(self._spark).onData(frame)
        for check in checks:
            asked = DeequCheck(self._spark, CheckLevel.Warning, check.id)
            _add(asked, check, lambda share: share >= 1.0)
            run = run.addCheck(asked)
        marked = VerificationResult.rowLevelResultsAsDataFrame(self._spark, run.run(), frame)
        passed = reduce(
            lambda left, right: left & right, (f.coalesce(f.col(check.id), f.lit(True)) for check in checks)
        )
        marked.filter(passed).select(*frame.columns).write.mode("overwrite").parquet(str(valid))
        marked.filter(~passed).write.mode("overwrite").parquet(str(rejected))

    def count(self, parquet: Path) -> int:
        return self._spark.read.parquet(str(parquet)).count()

    def _answer(self, check: Check, said: float | None) -> Answer:
        if said is None or check.kind in _METRICS:
            return Answer(check.id, value=said)
        return Answer(check.id, failed=round(self._rows * (1 - said)))


def _hear(heard: dict[str, float], check_id: str, value: float) -> bool:
    heard[check_id] = float(value)
    return True


def _add(asked: pydeequ.checks.Check, check: Check, assertion: Callable[[float], bool]) -> None:
    """One constraint for one check; an SQL condition where deequ has no method."""
    match check.kind:
        case "not_null":
            asked.hasCompleteness(check.columns[0], assertion)
        case "in_set":
            asked.isContainedIn(check.columns[0], list(check.arguments), assertion)
        case "pattern":
            asked.hasPattern(check.columns[0], check.arguments[0], assertion, name=check.id)
        case "at_most_column":
            asked.isLessThanOrEqualTo(*check.columns, assertion)
        case "between" | "at_least" | "not_in_set" | "length_between":
            asked.satisfies(predicate(check), check.id, assertion)
        case "unique":
            asked.hasUniqueness(list(check.columns), assertion)
        case kind:
            getattr(asked, _METRICS[kind])(*check.columns, assertion)


if __name__ == "__main__":
    work(Deequ)
