"""No tool: the engine reads the file and writes it as Parquet. What checking costs is measured against this."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from bench.checks.session import duckdb_view, spark_session
from bench.checks.suite import Check
from bench.checks.worker import Answer, Setup, work


class PlainCopy:
    """Parquet to Parquet, all columns, one file per task."""

    name = "plain copy"
    version = ""
    reasons = False

    def __init__(self, setup: Setup) -> None:
        self._source, self._target = str(setup.parquet), setup.scratch / "copy.parquet"
        self._spark = spark_session() if setup.engine == "spark" else None
        self._duckdb = duckdb_view(setup.parquet) if setup.engine == "duckdb" else None
        self.engine = f"{setup.engine} {version('pyspark' if self._spark else 'duckdb')}"

    def can(self, _check: Check) -> bool:
        return False  # it checks nothing

    def evaluate(self, _checks: Sequence[Check]) -> list[Answer]:
        if self._spark:
            frame = self._spark.read.parquet(self._source)
            frame.write.mode("overwrite").option("compression", "zstd").parquet(str(self._target))
        if self._duckdb:
            options = "FORMAT parquet, COMPRESSION zstd"
            self._duckdb.execute(f"COPY (SELECT * FROM lineitem) TO '{self._target}' ({options})")
        return []


if __name__ == "__main__":
    work(PlainCopy)
