"""Checks evaluated by Spark on a frame of rows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import reduce

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

from gridata_contracts.model import Check, Contract
from gridata_contracts.sql.spark import SparkSql
from gridata_jobs.checks.aggregates import AggregatePlan, plan_aggregates
from gridata_jobs.checks.plan import WORD_BITS, CheckPlan, UniqueCheck, compile_checks

_ALONE = "CASE WHEN exists(array(spark_partition_id()), p -> p < 0) THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END"
"""Always 0, and no constant. Spark has no code for `exists`, so that it leaves the projection out of a stage's method;
the partition's number keeps it from moving, and with it copying, what stands beside it."""


class SparkChecks:
    """The checks of one batch as columns: `_w0 …` packed failed row checks (no column of a contract begins with _)."""

    def __init__(self, contract: Contract, as_of: datetime, *, measures_columns: bool = True) -> None:
        self.plan: CheckPlan = compile_checks(contract, SparkSql(), as_of)
        self.aggregates: AggregatePlan = plan_aggregates(contract, SparkSql(), measures_columns=measures_columns)

    def with_words(self, rows: DataFrame, readable: Column) -> DataFrame:
        """Add the packed words; 0 for clean rows and for records that could not be read.

        The words are in a projection that Spark neither evaluates twice nor puts into the one method of its stage: the
        JVM interprets a method of more than 8,000 bytes, which made 50 rules three times slower. Outside of such a
        stage Spark writes many small methods.
        """
        first, *others = (F.expr(sql) for sql in self.plan.words)
        words = [first.bitwiseOR(F.expr(_ALONE)), *others]
        return rows.withColumns(
            {f"_w{i}": F.when(readable, word).otherwise(F.lit(0).cast("long")) for i, word in enumerate(words)}
        )

    def none_of(self, wanted: Callable[[Check], bool]) -> Column:
        """True for rows that fail none of the wanted row checks; words nobody wants are not evaluated for it."""
        asked = [(i, bits) for i, bits in enumerate(self.plan.bits(wanted)) if bits]
        return reduce(lambda a, b: a & b, (F.col(f"_w{i}").bitwiseAND(F.lit(b)) == 0 for i, b in asked), F.lit(True))

    def passed(self) -> Column:
        """True for rows that fail no row check which rejects each row."""
        return self.none_of(lambda check: check.rejects_each_row)

    def failing(self, wanted: Callable[[Check], bool]) -> Column:
        """Positions in `plan.row_checks` of the wanted checks that a row fails, in bit order; empty for none."""
        bits = [F.when(self.bit(i), F.lit(i)) for i, check in enumerate(self.plan.row_checks) if wanted(check)]
        return F.array_compact(F.array(*bits)) if bits else F.array().cast("array<int>")

    def flags(self, leaving_out: Collection[str]) -> Column:
        """Ids of the row checks that a kept row fails; null where there are none.

        Args:
            leaving_out: ids of checks that reject, so that no kept row fails them.
        """
        some = ~self.none_of(lambda check: check.id not in leaving_out)
        ids = [
            F.when(self.bit(i), F.lit(check.id))
            for i, check in enumerate(self.plan.row_checks)
            if check.id not in leaving_out
        ]
        return F.when(some, F.array_compact(F.array(*ids))) if ids else F.lit(None).cast("array<string>")

    @staticmethod
    def bit(index: int) -> Column:
        """True for rows that fail the row check at a position."""
        return F.col(f"_w{index // WORD_BITS}").bitwiseAND(F.lit(1 << (index % WORD_BITS))) != 0

    def repeated_keys(self, survivors: DataFrame, place: list[str]) -> tuple[list[DataFrame], DataFrame]:
        """Per unique check, the places of rows whose key an earlier survivor has; and the survivors after all.

        One shuffle of keys and places per check; the rows themselves stay where they are. What is found is kept by the
        executors until the caller frees it: everything that is asked of the survivors would shuffle again.

        Args:
            survivors: rows that fail no row check which rejects each row.
            place: columns that identify a row, in object order.
        """
        found: list[DataFrame] = []
        for unique in self.plan.unique:
            names = list(unique.columns)
            keys = _compared(unique, survivors).select(*place, *names)
            nth = F.row_number().over(Window.partitionBy(*names).orderBy(*place))
            repeated = keys.withColumn("_nth", nth).where("_nth > 1").select(*place)
            repeated = repeated.persist(StorageLevel.MEMORY_AND_DISK)
            found.append(repeated)
            if unique.check.rejects_each_row:
                survivors = survivors.join(F.broadcast(repeated), place, "left_anti")
        return found, survivors

    @staticmethod
    def count_repeated(unique: UniqueCheck, rows: DataFrame) -> int:
        """How many rows' keys an earlier one has, whichever that is."""
        more = (F.count("*") - 1).alias("[more]")  # no column that can be a key has a bracket in its name
        groups = _compared(unique, rows).groupBy(*unique.columns).agg(more)
        ((repeated,),) = groups.agg(F.sum(F.col("`[more]`"))).collect()
        return int(repeated or 0)


def _compared(unique: UniqueCheck, rows: DataFrame) -> DataFrame:
    """Rows that have a whole key."""
    compared = rows if unique.condition is None else rows.where(unique.condition)
    return compared.dropna(subset=list(unique.columns))
