"""The one way every engine of the benchmark is set up: same cores, same memory, same settings.

ANSI mode is each Spark's own default (on since 4.0): deequ's metrics of extremes fail under it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    from pyspark.sql import SparkSession

CORES = 2
SPARK_SETTINGS = {
    "spark.master": f"local[{CORES}]",
    "spark.driver.memory": "4g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": str(2 * CORES),
    "spark.sql.files.maxPartitionBytes": "32m",  # at scale 1 one file is a handful of even tasks, not two uneven ones
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
DUCKDB_SETTINGS = f"SET threads = {CORES}; SET enable_progress_bar = false; SET preserve_insertion_order = false"


def spark_session(jars: Sequence[Path] = ()) -> SparkSession:
    """A session of whichever PySpark this environment has."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    settings: dict[str, bool | float | int | str | None] = {**SPARK_SETTINGS}
    settings |= {"spark.jars": ",".join(path.as_uri() for path in jars)} if jars else {}
    session: SparkSession = SparkSession.builder.config(map=settings).appName("checks benchmark").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def duckdb_view(parquet: Path) -> duckdb.DuckDBPyConnection:
    """A connection of whichever DuckDB this environment has, with the file as the view `lineitem`."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(DUCKDB_SETTINGS)
    connection.execute(f"CREATE VIEW lineitem AS SELECT * FROM read_parquet('{parquet}')")
    return connection
