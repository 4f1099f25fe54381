"""Our engine among its peers, as anybody would use it on a frame: `gridata_jobs.frames`."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
from bench.checks.roster import OURS
from bench.checks.session import duckdb_view, spark_session
from bench.checks.suite import ROW_KINDS, Check, Scalar
from bench.checks.worker import Answer, Setup, work

from gridata_contracts.suite import Ask
from gridata_jobs.frames import CheckResult, Checks, rule

_SCALES = {"l_orderkey": 0, "l_partkey": 0, "l_suppkey": 0, "l_linenumber": 0}
_MONEY_SCALE = 2
_METRICS = {
    "row_count": "has_row_count", "min": "has_min", "max": "has_max", "mean": "has_mean", "stddev": "has_stddev",
    "sum": "has_sum", "min_length": "has_min_length", "max_length": "has_max_length",
    "approx_distinct": "has_approx_distinct_count",
}  # fmt: skip


class Ours:
    """Our engine on a DuckDB relation or a Spark frame; only what is counted for `evaluate`, rows for `split`."""

    name = OURS
    reasons = True

    def __init__(self, setup: Setup) -> None:
        self.version = version("gridata-jobs")
        self.engine = f"{setup.engine} {version({'spark': 'pyspark', 'duckdb': 'duckdb'}[setup.engine])}"
        self._parquet = setup.parquet
        self._spark = spark_session() if setup.engine == "spark" else None
        self._duckdb = duckdb_view(setup.parquet) if setup.engine == "duckdb" else None

    def can(self, check: Check) -> bool:
        if check.kind == "length_between" and check.arguments[0] > check.arguments[1]:  # type: ignore[operator]
            return False  # a contradiction is refused before anything is read
        return check.kind in ROW_KINDS or check.kind in {*_METRICS, "unique"}

    def evaluate(self, checks: Sequence[Check]) -> list[Answer]:
        # Every check sees every row, as in the other tools: so failing rows are flagged, not taken away.
        report = Checks(*(_asked(check, action="flag") for check in checks)).check(self._frame())
        return [_answer(check, result) for check, result in zip(checks, report.results, strict=True)]

    def split(self, checks: Sequence[Check], valid: Path, rejected: Path) -> None:
        asked = Checks(*(_asked(check) for check in checks), measures_columns=True)
        for path in (valid, rejected):
            shutil.rmtree(path, ignore_errors=True)
        if self._spark is None:
            for path in (valid, rejected):
                path.mkdir()
            asked.write_split(self._frame(), valid / "rows.parquet", rejected / "rows.parquet")
            return
        asked.write_split(self._frame(), valid, rejected)

    def count(self, parquet: Path) -> int:
        return ds.dataset(parquet, format="parquet").count_rows()

    def _frame(self) -> Any:
        if self._spark is not None:
            return self._spark.read.parquet(str(self._parquet))
        assert self._duckdb is not None
        return self._duckdb.sql("FROM lineitem")


def _asked(check: Check, **terms: str) -> Ask:
    """The check in our words; its id is the benchmark's."""
    about_frame = check.kind in ("unique", "row_count")
    name, arguments = _in_our_words(check)
    return rule(name, None if about_frame else check.columns[0], id=check.id, **arguments, **terms)


def _in_our_words(check: Check) -> tuple[str, Mapping[str, Any]]:
    column, values = next(iter(check.columns), None), check.arguments
    match check.kind:
        case "not_null":
            return "is_not_null", {}
        case "between":
            return "is_between", {
                "min": _literal(column, values[0], up=True),
                "max": _literal(column, values[1], up=False),
            }
        case "at_least":
            return "is_at_least", {"value": _literal(column, values[0], up=True)}
        case "in_set" | "not_in_set":
            return f"is_{check.kind}", {"values": list(values)}
        case "pattern":
            return "has_pattern", {"pattern": _whole(str(values[0]))}
        case "length_between":
            return "has_length", {"min": values[0], "max": values[1]}
        case "at_most_column":
            return "is_at_most_column", {"column": check.columns[1]}
        case "unique":
            return "is_unique", {"columns": list(check.columns)}
        case _:
            return _METRICS[check.kind], {"min": _literal(column, values[0], up=True)}


def _literal(column: str | None, value: Scalar, up: bool) -> str | int | float:
    """A bound that a column of so many decimals can hold and that lets the same values through."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value
    scale = _SCALES.get(column or "", 0 if isinstance(value, int) else _MONEY_SCALE)
    moved = round(value * 10**scale, 6)
    whole = math.ceil(moved) if up else math.floor(moved)
    return whole if scale == 0 else float(whole / 10**scale)


def _whole(pattern: str) -> str:
    """The pattern without anchors: ours are matched against the whole text."""
    return "|".join(part.removeprefix("^").removesuffix("$") for part in pattern.split("$|^"))


def _answer(check: Check, result: CheckResult) -> Answer:
    if result.value is None:
        return Answer(check.id, failed=result.failed)
    return Answer(check.id, value=float(str(result.value)))


if __name__ == "__main__":
    work(Ours)
