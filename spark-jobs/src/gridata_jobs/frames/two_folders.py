"""Two Parquet folders out of one write: a column says which of them a row goes to."""

from __future__ import annotations

import uuid
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from gridata_contracts.errors import PermanentError, UsageError

_WRITERS = "spark.sql.maxConcurrentOutputFileWriters"
"""Without writers side by side Spark sorts the rows by folder first."""


def is_remote(spark: SparkSession) -> bool:
    """Whether it is a session of Spark Connect, from which no file can be renamed."""
    return not hasattr(spark, "_jsc")


class TwoFolders:
    """Where two parts of a frame go; found fit before anything is written.

    They are written beside the first one and renamed at the end: an object store copies there. Use it in `with`: what
    was written is deleted, unless it was on its way to its place.
    """

    def __init__(self, spark: SparkSession, yes: str, no: str) -> None:
        """Look at the two places.

        Args:
            spark: a session that is not remote.
            yes: folder, of any file system that Spark knows.
            no: likewise, of the same file system.

        Raises:
            UsageError: one is the other or in it, or they are of two file systems, or of one that is not known.
        """
        jvm = spark._jvm  # PySpark has no public way to rename
        assert jvm is not None  # as is_remote said
        self._spark, self._path = spark, jvm.org.apache.hadoop.fs.Path
        self._files, other = self._file_system(yes), self._file_system(no)
        if str(self._files.getUri()) != str(other.getUri()):
            raise UsageError(f"write_split: got {yes!r} and {no!r}, allowed folders of one file system.")
        self._yes, self._no = (self._files.makeQualified(self._path(each)) for each in (yes, no))
        if _within(str(self._yes), str(self._no)) or _within(str(self._no), str(self._yes)):
            raise UsageError(f"write_split: got {yes!r} and {no!r}, allowed two folders, none of them in the other.")
        self._part = self._path(self._yes.getParent(), f".{self._yes.getName()}.{uuid.uuid4().hex}.part")
        self._moves = False

    def __enter__(self) -> TwoFolders:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._moves:
            self._files.delete(self._part, True)

    def write(self, rows: DataFrame, by: str) -> tuple[DataFrame, DataFrame]:
        """Write rows whose column `by`, never null, is true, and the others; gives them as they were written."""
        before = self._spark.conf.get(_WRITERS)
        self._spark.conf.set(_WRITERS, "2")
        try:
            rows.write.option("compression", "zstd").partitionBy(by).parquet(str(self._part))
        finally:
            self._spark.conf.set(_WRITERS, str(before))
        none, paths = rows.drop(by).limit(0), [self._path(self._part, f"{by}={value}") for value in ("true", "false")]
        yes, no = (
            self._spark.read.schema(none.schema).parquet(str(path)) if self._files.exists(path) else none
            for path in paths
        )
        if not self._files.exists(paths[0]):
            none.write.parquet(str(paths[0]))
        self._written = paths[0]
        return yes, no

    def settle(self, no: DataFrame) -> None:
        """Put the first part where it belongs, and in the place of the second one what was made of it.

        Raises:
            PermanentError: the file system does not rename; what was there stays, what was written is left as well.
        """
        told = self._path(self._part, "told")
        no.write.option("compression", "zstd").parquet(str(told))
        for target in (self._yes, self._no):
            self._files.mkdirs(target.getParent())
        self._moves = True
        self._replace(self._yes, self._written)
        self._replace(self._no, told)
        self._moves = False

    def _file_system(self, folder: str) -> Any:
        try:
            return self._path(folder).getFileSystem(self._spark._jsc.hadoopConfiguration())
        except (PySparkException, Py4JError) as error:
            raise UsageError(
                f"write_split: got {folder!r}, allowed a folder of a file system that the session opens "
                f"({type(error).__name__})."
            ) from error

    def _replace(self, target: Any, written: Any) -> None:
        before = self._path(self._part, f"before-{target.getName()}")
        if self._files.exists(target):
            self._rename(target, before)
        try:
            self._rename(written, target)
        except BaseException:
            if self._files.exists(before):
                self._files.rename(before, target)
            raise
        self._files.create(self._path(target, "_SUCCESS"), True).close()

    def _rename(self, source: Any, target: Any) -> None:
        if not self._files.rename(source, target):
            raise PermanentError(
                f"write_split: got no rename of {source} to {target}, allowed one. Both parts are left in {self._part}."
            )


def _within(inner: str, outer: str) -> bool:
    return f"{inner}/".startswith(f"{outer}/")
