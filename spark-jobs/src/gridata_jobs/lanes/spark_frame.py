"""The frames of one batch on Spark: read once, checked once, kept, then looked at from several sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

from gridata_contracts.emit import spark_ddl
from gridata_contracts.model import Check, Contract, Severity
from gridata_jobs.checks.plan import WORD_BITS
from gridata_jobs.checks.spark import SparkChecks
from gridata_jobs.lanes.spark_read import REFUSED, SPAN, Piece, explainer_of_broken, reader
from gridata_jobs.read.source import EXTRA, ROW_NUMBER

PLACE = [SPAN, ROW_NUMBER]
"""Columns that identify a row in the batch; in object order, since spans are numbered in it."""
_TASKS_PER_CORE = 4


@dataclass(frozen=True)
class SpanCount:
    """Records of one span. `files_refused` is 1 where the file broke while it was read."""

    refused: int
    broken: int
    extra: int
    files_refused: int


class CheckedFrame:
    """One batch, read and checked.

    Close it when done: the checked rows are kept by the executors (what their memory cannot hold, on disk) so that
    quarantine, bronze and counts come from one evaluation.
    """

    def __init__(self, spark: SparkSession, contract: Contract, pieces: Sequence[Piece], as_of: datetime) -> None:
        self._contract, self._pieces = contract, pieces
        self._checks = SparkChecks(contract, as_of)
        self.row_checks: tuple[Check, ...] = self._checks.plan.row_checks
        self.all_checks = [*self.row_checks, *(unique.check for unique in self._checks.plan.unique)]
        cores = spark.sparkContext.defaultParallelism if hasattr(spark, "sparkContext") else 2
        tasks = max(1, min(len(pieces), _TASKS_PER_CORE * cores))
        spans = spark.range(0, len(pieces), 1, tasks).select(F.col("id").cast("int").alias(SPAN))
        rows = spans.mapInArrow(reader(contract, pieces), _read_ddl(contract))
        checked = self._checks.with_words(rows, F.col(REFUSED).isNull())
        # Uncompressed: compressing rows that are read twice and thrown away cost a third of the check.
        spark.conf.set("spark.sql.inMemoryColumnarStorage.compressed", "false")
        self._checked = checked.persist(StorageLevel.MEMORY_AND_DISK)

    def close(self) -> None:
        """Free the executors' memory and disks."""
        self._checked.unpersist()

    @cached_property
    def _repeated(self) -> list[list[tuple[int, int]]]:
        """Places of repeated keys, per unique check; few, so they come to the driver once."""
        survivors = self._checked.where(F.col(REFUSED).isNull() & self._checks.passed())
        frames = self._checks.repeated_keys(survivors, PLACE)
        return [[(row[SPAN], row[ROW_NUMBER]) for row in frame.collect()] for frame in frames]

    def valid(self) -> DataFrame:
        """Rows for bronze, with `_span`."""
        rows = self._checked.where(F.col(REFUSED).isNull() & self._checks.passed())
        errors = [
            place
            for places, unique in zip(self._repeated, self._checks.plan.unique, strict=True)
            if unique.check.severity is Severity.ERROR
            for place in places
        ]
        if errors:
            repeated = self._checked.sparkSession.createDataFrame(errors, f"{SPAN} int, {ROW_NUMBER} bigint")
            rows = rows.join(F.broadcast(repeated), PLACE, "left_anti")
        return rows.drop(REFUSED, *(f"w{i}" for i in range(len(self._checks.plan.words))))

    def readable(self) -> DataFrame:
        """`_span`, `_row_number`, typed columns and `_extra` of every record that is a row, valid or not."""
        words = [f"w{i}" for i in range(len(self._checks.plan.words))]
        return self._checked.where(F.col(REFUSED).isNull()).drop(REFUSED, *words)

    def readable_broken(self) -> DataFrame:
        """Those of `readable` that broke an error-severity check."""
        return self.readable().join(self.broken().select(*PLACE), PLACE, "left_semi")

    def broken(self) -> DataFrame:
        """`_span`, `_row_number`, `checks`: positions in `all_checks` of the broken error-severity checks."""
        rows = self._checked.where(F.col(REFUSED).isNull() & ~self._checks.passed())
        checks = F.array_compact(
            F.array(*(F.when(_bit(i), F.lit(i)) for i, c in enumerate(self.row_checks) if c.severity is Severity.ERROR))
        )
        frame = rows.select(*PLACE, checks.alias("checks"))
        for i, (places, unique) in enumerate(zip(self._repeated, self._checks.plan.unique, strict=True)):
            if places and unique.check.severity is Severity.ERROR:
                repeated = self._checked.sparkSession.createDataFrame(places, f"{SPAN} int, {ROW_NUMBER} bigint")
                frame = frame.union(repeated.withColumn("checks", F.array(F.lit(len(self.row_checks) + i))))
        return frame

    def rejected(self) -> DataFrame:
        """`_span`, `_rejected`: the JSON of every rejected record, refused or broken."""
        refused = self._checked.where(F.col(REFUSED).isNotNull() & F.col(ROW_NUMBER).isNotNull())
        by_span = (
            self.broken()
            .groupBy(SPAN)
            .agg(F.collect_list(F.struct(F.col(ROW_NUMBER).alias("row"), F.col("checks"))).alias("broken"))
        )
        explain = explainer_of_broken(self._contract, self._pieces, self.all_checks)
        explained = by_span.mapInArrow(explain, f"{SPAN} int, _rejected string")
        return refused.select(SPAN, F.col(REFUSED).alias("_rejected")).union(explained)

    def counts(self) -> dict[int, SpanCount]:
        """Records per span; evaluates the batch."""
        readable, passed = F.col(REFUSED).isNull(), self._checks.passed()
        whole = F.col(REFUSED).isNotNull() & F.col(ROW_NUMBER).isNull()
        found = self._checked.groupBy(SPAN).agg(
            F.count_if(~readable & ~whole).alias("refused"),
            F.count_if(readable & ~passed).alias("broken"),
            F.count_if(readable & passed & F.col(EXTRA).isNotNull()).alias("extra"),
            F.count_if(whole).alias("files_refused"),
        )
        counts = {
            r[SPAN]: SpanCount(r["refused"], r["broken"], r["extra"], r["files_refused"]) for r in found.collect()
        }
        repeats = Counter(
            span
            for places, unique in zip(self._repeated, self._checks.plan.unique, strict=True)
            if unique.check.severity is Severity.ERROR
            for span, _ in places
        )
        return {
            span: SpanCount(c.refused, c.broken + repeats[span], c.extra, c.files_refused) for span, c in counts.items()
        }

    def failed(self) -> Counter[str]:
        """Rows per check id that broke it, warnings included."""
        some = reduce(lambda a, b: a | b, [F.col(f"w{i}") != 0 for i in range(len(self._checks.plan.words))])
        sums = [F.count_if(_bit(i)).alias(f"c{i}") for i in range(len(self.row_checks))]
        row = self._checked.where(some).agg(*sums).collect()[0] if sums else ()
        failed = Counter({check.id: int(row[i]) for i, check in enumerate(self.row_checks)})
        for places, unique in zip(self._repeated, self._checks.plan.unique, strict=True):
            failed[unique.check.id] += len(places)
        return +failed

    def refused_files(self) -> list[tuple[int, str]]:
        """Span number and JSON of each file that broke while it was read."""
        rows = self._checked.where(F.col(REFUSED).isNotNull() & F.col(ROW_NUMBER).isNull()).select(SPAN, REFUSED)
        return [(row[SPAN], row[REFUSED]) for row in rows.collect()]


def _bit(index: int) -> Column:
    return F.col(f"w{index // WORD_BITS}").bitwiseAND(F.lit(1 << (index % WORD_BITS))) != 0


def _read_ddl(contract: Contract) -> str:
    return f"{SPAN} int, {ROW_NUMBER} bigint, {spark_ddl.schema(contract)}, {EXTRA} string, {REFUSED} string"
