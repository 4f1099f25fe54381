"""Bronze clicks to one row per customer: visits of the last 30 days, last sight."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

RECENT_DAYS = 30
LAPSING_DAYS = 90


def click_activity(clicks: DataFrame, as_of: datetime) -> DataFrame:
    """What each customer did on the site until `as_of`. An event delivered twice counts once.

    Args:
        clicks: columns of the clickstream contract.
        as_of: events after it do not count yet.

    Returns:
        One row per customer_id seen; visits without a customer are left out.
    """
    recent = F.col("event_ts") > F.lit(as_of - timedelta(days=RECENT_DAYS))
    event = F.col("event_type")
    events = (
        clicks.where((F.col("event_ts") <= F.lit(as_of)) & F.col("customer_id").isNotNull())
        .select(
            "event_id",
            F.upper(F.trim("customer_id")).alias("customer_id"),
            "session_id",
            "event_type",
            "event_ts",
            "product_id",
        )
        .dropDuplicates(["event_id"])
    )

    def sessions(condition: Column) -> Column:
        return F.countDistinct(F.when(condition, F.col("session_id")))

    grouped = events.groupBy("customer_id").agg(
        sessions(recent).alias("sessions_30d"),
        F.countDistinct(F.when(recent, F.to_date("event_ts"))).alias("active_days_30d"),
        F.count_if(recent & (event == "page_view") & F.col("product_id").isNotNull()).alias("product_views_30d"),
        F.count_if(recent & (event == "add_to_cart")).alias("cart_additions_30d"),
        sessions(recent & (event == "purchase")).alias("converted_sessions_30d"),
        F.max("event_ts").alias("last_seen_at"),
    )
    lapsing = F.col("last_seen_at") > F.lit(as_of - timedelta(days=LAPSING_DAYS))
    active = F.col("last_seen_at") > F.lit(as_of - timedelta(days=RECENT_DAYS))
    return grouped.withColumn("activity", F.when(active, "active").when(lapsing, "lapsing").otherwise("dormant"))
