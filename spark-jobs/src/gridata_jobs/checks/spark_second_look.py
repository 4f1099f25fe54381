"""The second step of a batch's checks on Spark: tables of keys as views over the checked rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

from gridata_contracts.model import Check
from gridata_contracts.rules.keyed import PLACE
from gridata_contracts.sql.spark import SparkSql
from gridata_jobs.checks.decision import Measured, Tally
from gridata_jobs.checks.lookup import Lookup
from gridata_jobs.checks.second_look import ROW_BITS, KeyTable, Run, SecondLook, referenced_keys

_ROWS = "_rows_of_batch"
NTH = "nth"
"""Position in `checks` of a check that a row breaks."""


class SparkSecondLook:
    """The second step of one batch.

    Attributes:
        checks: those that mark rows, in the order of their positions.
    """

    def __init__(self, planned: SecondLook, lookup: Lookup) -> None:
        self._planned, self._lookup = planned, lookup
        self.checks: tuple[Check, ...] = planned.marking_checks
        self._views: list[str] = []
        self._kept: list[DataFrame] = []

    @property
    def is_asked(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self._planned.all_tables)

    def look(self, rows: DataFrame, place: Sequence[str], tally: Tally) -> tuple[list[DataFrame], dict[str, Measured]]:
        """Ask every check.

        Args:
            rows: candidates.
            place: columns that identify a row, span and row number.
            tally: takes how many rows each check looked at.

        Returns:
            Frames of `place` and NTH, one line per row and broken check; and the numbers of the other checks by id.
        """
        if not self.is_asked:
            return [], {}
        missing = frozenset(self._look_up(rows))
        plan = self._planned.without(missing)
        tally.applied.update(dict.fromkeys(self._planned.unasked(missing), 0))
        by_row = self._all_marks(plan.by_row, rows, place, tally)
        if any(asked.check.rejects_each_row for table in plan.by_row for asked in table.markings):
            by_row = [self._keep(frame) for frame in by_row]  # every table would look up again
            rows = self._survivors(rows, place, by_row)
        marks = self._all_marks(plan.tables, rows, place, tally)
        measured: dict[str, Measured] = {}
        for table in plan.tables:
            self._fill(table, rows, place)
            measured |= table.measured(_asking(rows))
        return [*by_row, *marks], measured

    def close(self, rows: DataFrame) -> None:
        """Forget the views, and free what the executors keep."""
        for frame in self._kept:
            frame.unpersist()
        self._kept.clear()
        for name in self._views:
            rows.sparkSession.catalog.dropTempView(name)
        self._views.clear()

    def _all_marks(
        self, tables: Sequence[KeyTable], rows: DataFrame, place: Sequence[str], tally: Tally
    ) -> list[DataFrame]:
        return [self._marks(table, rows, place, tally) for table in tables if table.markings]

    def _marks(self, table: KeyTable, rows: DataFrame, place: Sequence[str], tally: Tally) -> DataFrame:
        self._fill(table, rows, place)
        ask = _asking(rows)
        ((count,),) = ask(f"SELECT count(*) FROM {table.name}")
        tally.applied.update({asked.check.id: int(count) for asked in table.markings})
        marks = rows.sparkSession.sql(table.marks(ask))
        position = {check.id: i for i, check in enumerate(self.checks)}
        bits = [
            F.when(F.col("_bits").bitwiseAND(F.lit(1 << i)) != 0, F.lit(position[asked.check.id]))
            for i, asked in enumerate(table.markings)
        ]
        span, number = F.shiftright(PLACE, ROW_BITS).cast("int"), F.col(PLACE).bitwiseAND(F.lit((1 << ROW_BITS) - 1))
        nth = F.explode(F.array_compact(F.array(*bits))).alias(NTH)
        return marks.select(span.alias(place[0]), number.alias(place[1]), nth)

    def _fill(self, table: KeyTable, rows: DataFrame, place: Sequence[str]) -> None:
        relation = f"{_ROWS}_{len(self._views)}"  # a view made anew would drop what is kept of queries over it
        self._view(relation, rows)
        place_sql = f"shiftleft(CAST({place[0]} AS BIGINT), {ROW_BITS}) + {place[1]}"
        self._view(table.name, rows.sparkSession.sql(table.fill(relation, place_sql)))

    def _survivors(self, rows: DataFrame, place: Sequence[str], marks: Sequence[DataFrame]) -> DataFrame:
        rejecting = [i for i, check in enumerate(self.checks) if check.rejects_each_row]
        marked = reduce(DataFrame.unionAll, marks).where(F.col(NTH).isin(rejecting)).select(*place)
        return rows.join(marked, list(place), "left_anti")

    def _keep(self, frame: DataFrame) -> DataFrame:
        self._kept.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return frame

    def _look_up(self, rows: DataFrame) -> Iterator[str]:
        """Make the referenced keys; gives the names of relations for which there is no table."""
        spark = rows.sparkSession
        for name, reference in self._planned.references.items():
            frame = self._lookup.frame(reference, spark)
            if frame is None:
                yield name
                continue
            self._view(f"{name}_all", frame)
            self._view(name, spark.sql(referenced_keys(reference, f"{name}_all", SparkSql())))

    def _view(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        self._views.append(name)


def _asking(rows: DataFrame) -> Run:
    """Runs queries in the session of a frame."""
    return lambda sql: rows.sparkSession.sql(sql).collect()
