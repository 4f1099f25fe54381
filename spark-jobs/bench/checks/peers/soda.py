"""Soda Core 3, the last under an open licence: one aggregate query per table, one more per key."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench.checks.predicate import predicate
from bench.checks.session import duckdb_view, spark_session
from bench.checks.suite import ROW_KINDS, Check
from bench.checks.worker import Answer, Setup, work

if TYPE_CHECKING:
    from soda.scan import Scan  # type: ignore[import-not-found]  # only in the environment this script is run in

_PACKAGES = {"spark": "pyspark", "duckdb": "duckdb"}
_METRICS = {
    "row_count": "row_count",
    "min": "min({})",
    "max": "max({})",
    "mean": "avg({})",
    "stddev": "stddev({})",
    "sum": "sum({})",
    "min_length": "min_length({})",
    "max_length": "max_length({})",
}
_OWN_SQL = {"at_most_column", "approx_distinct"}


class Soda:
    """Samples of failing rows are off: they cost a query per check and reach a hundred rows each."""

    name = "soda-core"
    reasons = False

    def __init__(self, setup: Setup) -> None:
        _send_nothing()
        self.version = version("soda-core")
        self.engine = f"{setup.engine} {version(_PACKAGES[setup.engine])}"
        self._parquet = str(setup.parquet)
        self._spark = spark_session() if setup.engine == "spark" else None
        self._duckdb = duckdb_view(setup.parquet) if setup.engine == "duckdb" else None

    def can(self, check: Check) -> bool:
        if check.kind == "stddev" and self._spark:
            return False  # "Unsupported metric stddev"
        return check.kind in ROW_KINDS or check.kind in {*_METRICS, *_OWN_SQL, "unique"}

    def evaluate(self, checks: Sequence[Check]) -> list[Answer]:
        scan = self._scan()
        scan.add_sodacl_yaml_str("checks for lineitem:\n" + "".join(map(_sodacl, checks)))
        scan.execute()
        if scan.has_error_logs():
            raise SystemExit(scan.get_error_logs_text())
        said = {check["name"]: check["diagnostics"]["value"] for check in scan.get_scan_results()["checks"]}
        return [_answer(check, said[check.id]) for check in checks]

    def _scan(self) -> Scan:
        from soda.scan import Scan

        scan = Scan()
        scan.set_data_source_name("bench")
        if self._spark:
            self._spark.read.parquet(self._parquet).createOrReplaceTempView("lineitem")
            scan.add_spark_session(self._spark, data_source_name="bench")
        else:
            scan.add_duckdb_connection(self._duckdb, data_source_name="bench")
        return scan


def _send_nothing() -> None:
    """Soda reads its settings when first imported, else it makes a file in the home and reports each scan."""
    from soda.common.config_helper import ConfigHelper  # type: ignore[import-not-found]

    with tempfile.NamedTemporaryFile("w", suffix=".yml", delete=False) as settings:
        settings.write("send_anonymous_usage_stats: false\nuser_cookie_id: none\n")
    ConfigHelper.get_instance(settings.name)
    Path(settings.name).unlink()


def _sodacl(check: Check) -> str:
    """A check in Soda's language: its first line and its configuration."""
    lines: list[str] = []
    if check.kind in _METRICS:
        column = check.columns[0] if check.columns else ""
        header = f"{_METRICS[check.kind].format(column)} = {check.arguments[0]}"
    elif check.kind in _OWN_SQL or _has_dates(check):
        header, lines = _own_sql(check)
    else:
        header, lines = _counted(check)
        lines.append("samples limit: 0")
    return "\n".join([f"  - {header}:", f"      name: {check.id}", *(f"      {line}" for line in lines)]) + "\n"


def _has_dates(check: Check) -> bool:
    """Soda's valid min and max are for numbers only."""
    return any(isinstance(value, date) for value in check.arguments)


def _counted(check: Check) -> tuple[str, list[str]]:
    column, values = check.columns[0], check.arguments
    invalid, members = f"invalid_count({column}) = 0", ", ".join(f"'{value}'" for value in values)
    match check.kind:
        case "not_null":
            return f"missing_count({column}) = 0", []
        case "unique":
            return f"duplicate_count({', '.join(check.columns)}) = 0", []
        case "between":
            return invalid, [f"valid min: {values[0]}", f"valid max: {values[1]}"]
        case "at_least":
            return invalid, [f"valid min: {values[0]}"]
        case "length_between":
            return invalid, [f"valid min length: {values[0]}", f"valid max length: {values[1]}"]
        case "pattern":
            return invalid, [f"valid regex: '{values[0]}'"]
        case kind:
            return invalid, [f"{'valid' if kind == 'in_set' else 'invalid'} values: [{members}]"]


def _own_sql(check: Check) -> tuple[str, list[str]]:
    """A metric in one's own SQL, which Soda has for what its metrics leave out."""
    if check.kind == "approx_distinct":
        sql, expected = f"approx_count_distinct({check.columns[0]})", check.arguments[0]
    else:
        sql, expected = f"count(CASE WHEN NOT ({predicate(check)}) THEN 1 END)", 0
    return f"own_{check.id} = {expected}", [f"own_{check.id} expression: {sql}"]


def _answer(check: Check, value: float | None) -> Answer:
    if value is None or check.kind in {*_METRICS, "approx_distinct"}:
        return Answer(check.id, value=None if value is None else float(value))
    return Answer(check.id, failed=int(value))


if __name__ == "__main__":
    work(Soda)
