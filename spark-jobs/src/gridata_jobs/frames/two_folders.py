"""Two Parquet folders out of one write: a column says which of them a row goes to."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession

_WRITERS = "spark.sql.maxConcurrentOutputFileWriters"
"""Without writers side by side Spark sorts the rows by folder first."""


def is_remote(spark: SparkSession) -> bool:
    """Whether it is a session of Spark Connect, from which no file can be renamed."""
    return not hasattr(spark, "_jsc")


def write_two(rows: DataFrame, by: str, yes: str, no: str) -> None:
    """Write rows whose column `by` is true to `yes`, the others to `no`, both without that column; replaces both.

    They are written beside `yes` and renamed at the end: an object store copies there, so give it two writes instead.

    Args:
        rows: of a session that is not remote; `by` is never null.
        by: name of the column.
        yes: folder, of any file system that Spark knows.
        no: likewise, of the same file system.
    """
    spark = rows.sparkSession
    part = f"{yes.rstrip('/')}.part"
    before = spark.conf.get(_WRITERS)
    spark.conf.set(_WRITERS, "2")
    try:
        rows.write.mode("overwrite").option("compression", "zstd").partitionBy(by).parquet(part)
    finally:
        spark.conf.set(_WRITERS, str(before))
    files, path = _file_system(spark, part)
    for value, target in (("true", yes), ("false", no)):
        written = path(f"{part}/{by}={value}")
        files.delete(path(target), True)
        if files.exists(written):
            files.rename(written, path(target))
        else:
            rows.drop(by).limit(0).write.parquet(target)
    files.delete(path(part), True)


def _file_system(spark: SparkSession, place: str) -> tuple[Any, Any]:
    """Hadoop's file system of a path, and what makes its paths."""
    jvm, context = spark._jvm, spark._jsc  # PySpark has no public way to rename
    assert jvm is not None  # as is_remote said
    path = jvm.org.apache.hadoop.fs.Path
    return path(place).getFileSystem(context.hadoopConfiguration()), path
