"""Checks evaluated by Spark on a frame of rows."""

from __future__ import annotations

from datetime import datetime
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

from gridata_contracts.model import Contract, Severity
from gridata_contracts.sql.spark import SparkSql
from gridata_jobs.checks.plan import CheckPlan, compile_checks


class SparkChecks:
    """The checks of one batch as columns: `w0 …` packed broken row checks, `u0 …` repeated keys."""

    def __init__(self, contract: Contract, as_of: datetime) -> None:
        self.plan: CheckPlan = compile_checks(contract, SparkSql(), as_of)

    def with_words(self, rows: DataFrame, readable: Column) -> DataFrame:
        """Add the packed words; 0 for clean rows and for records that could not be read."""
        clean = ~readable | F.expr(self.plan.clean)
        rows = rows.withColumn("_clean", clean)
        words = {
            f"w{i}": F.when(F.col("_clean"), F.lit(0).cast("long")).otherwise(F.expr(sql))
            for i, sql in enumerate(self.plan.words)
        }
        return rows.withColumns(words).drop("_clean")

    def passed(self) -> Column:
        """True for rows that broke no error-severity row check."""
        return reduce(
            lambda a, b: a & b,
            [(F.col(f"w{i}").bitwiseAND(F.lit(bits)) == 0) for i, bits in enumerate(self.plan.error_words)],
        )

    def repeated_keys(self, survivors: DataFrame, place: list[str]) -> list[DataFrame]:
        """Per unique check, the places of rows whose key an earlier survivor has.

        One shuffle of keys and places per check; the rows themselves stay where they are.

        Args:
            survivors: rows that passed the row checks.
            place: columns that identify a row, in object order.
        """
        found: list[DataFrame] = []
        for unique in self.plan.unique:
            names = list(unique.columns)
            keys = survivors.select(*place, *names).dropna(subset=names)
            nth = F.row_number().over(Window.partitionBy(*names).orderBy(*place))
            repeated = keys.withColumn("_nth", nth).where("_nth > 1").select(*place)
            found.append(repeated)
            if unique.check.severity is Severity.ERROR:
                survivors = survivors.join(F.broadcast(repeated), place, "left_anti")
        return found
