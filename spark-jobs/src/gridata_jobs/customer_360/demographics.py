"""Bronze customers to one row per customer: the latest version, without direct identifiers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.window import Window

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_BANDS = ((25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64"))
_VERSION = ("updated_at", "_object_order", "_row_number")


def demographics(customers: DataFrame, as_of: datetime) -> DataFrame:
    """The latest version of each customer at `as_of`; names, addresses and contact data stay behind.

    Args:
        customers: columns of the customers contract, `_row_number` and `_object_order`.
        as_of: versions updated later do not count yet.

    Returns:
        One row per customer_id.
    """
    newest_first = Window.partitionBy("customer_id").orderBy(*(F.col(name).desc_nulls_last() for name in _VERSION))
    in_time = F.col("updated_at").isNull() | (F.col("updated_at") <= F.lit(as_of))
    known = customers.where(in_time & F.col("customer_id").isNotNull())
    latest = (
        known.withColumn("customer_id", F.upper(F.trim("customer_id")))
        .withColumn("_rank", F.row_number().over(newest_first))
        .where("_rank = 1")
    )
    today = F.lit(as_of.date())
    return latest.select(
        "customer_id",
        F.lit(True).alias("is_registered"),
        F.lower(F.trim("segment")).alias("customer_type"),
        F.trim("gender").alias("gender"),
        _age_band(F.floor(F.months_between(today, F.col("birth_date")) / 12)).alias("age_band"),
        F.upper(F.trim("country")).alias("country"),
        F.trim("city").alias("city"),
        "signup_date",
        F.date_diff(today, F.col("signup_date")).alias("tenure_days"),
        "marketing_opt_in",
        F.lower(F.trim("preferred_channel")).alias("preferred_channel"),
        F.lower(F.trim("preferred_language")).alias("preferred_language"),
    )


def _age_band(age: Column) -> Column:
    """Bands, not birth dates: gold serves segments, not persons."""
    band = F.when(age < 18, "under 18")
    for below, name in _BANDS:
        band = band.when(age < below, name)
    return band.when(age.isNotNull(), "65+")
