"""RFM quintiles, churn risk and customer lifetime value. Formulas and sources: docs/reference/customer-360.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.window import Window

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

QUINTILES = 5
DEFAULT_INTERVAL_DAYS = 90.0
"""Time between orders assumed when no customer has ordered at two instants."""
LOW_RISK = 0.4
HIGH_RISK = 0.7


@dataclass(frozen=True)
class Economics:
    """What the projection assumes.

    Attributes:
        dropout: probability that a customer stops for good after an order.
        retention: share of active customers still active a year later.
        discount_rate: yearly rate future margin is discounted with.
    """

    dropout: float = 0.2
    retention: float = 0.8
    discount_rate: float = 0.12

    @property
    def multiple(self) -> float:
        """Lifetime margin of an active customer per unit of yearly margin: r / (1 + i - r)."""
        return self.retention / (1 + self.discount_rate - self.retention)


def customer_value(history: DataFrame, economics: Economics) -> DataFrame:
    """Scores and values of every customer with at least one order that was not cancelled.

    Args:
        history: from `order_history`.
        economics: parameters of churn and projection.

    Returns:
        One row per such customer: rfm_*, churn_*, clv_projected, clv.
    """
    buyers = history.where("orders > 0")
    scored = buyers.withColumns(
        {
            "rfm_recency": _quintile(F.col("last_order_at")),
            "rfm_frequency": _quintile(F.col("orders")),
            "rfm_monetary": _quintile(F.col("revenue")),
        }
    )
    typical = buyers.select(F.median(F.col("days_between_orders").cast("double")).alias("_typical"))
    risk = _churn_risk(economics)
    projected = F.col("margin_12m") * F.lit(economics.multiple) * (1 - F.col("churn_risk"))
    return (
        scored.crossJoin(F.broadcast(typical))
        .withColumn("churn_risk", F.round(risk, 4).cast("decimal(5,4)"))
        .withColumn("clv_projected", F.round(F.greatest(projected, F.lit(0.0)), 2).cast("decimal(18,2)"))
        .select(
            "customer_id",
            *(f"rfm_{name}" for name in ("recency", "frequency", "monetary")),
            F.concat("rfm_recency", "rfm_frequency", "rfm_monetary").alias("rfm_score"),
            segment(F.col("rfm_recency"), F.col("rfm_frequency")).alias("rfm_segment"),
            "churn_risk",
            _band(F.col("churn_risk")).alias("churn_band"),
            "clv_projected",
            (F.col("clv_historic") + F.col("clv_projected")).alias("clv"),
        )
    )


def segment(recency: Column, frequency: Column) -> Column:
    """Name of a segment from two quintiles; every pair has one."""
    return (
        F.when((recency >= 4) & (frequency >= 4), "champions")
        .when((recency >= 3) & (frequency >= 3), "loyal")
        .when((recency >= 4) & (frequency == 1), "new")
        .when(recency >= 4, "promising")
        .when(recency == 3, "needs attention")
        .when(frequency >= 4, "cannot lose")
        .when(frequency >= 2, "at risk")
        .otherwise("hibernating")
    )


def _quintile(value: Column) -> Column:
    """1 + floor(5 x share of customers with a strictly smaller value): equal values get equal scores."""
    smaller = F.rank().over(Window.orderBy(value)) - 1
    everyone = F.count(F.lit(1)).over(Window.partitionBy())
    return (F.floor(F.lit(QUINTILES) * smaller / everyone) + 1).cast("int")


def _churn_risk(economics: Economics) -> Column:
    """1 - P(alive) of one customer with a known rate: p / (p + (1-p) e^(-recency / interval))."""
    own = F.col("days_between_orders").cast("double")
    # An interval of seconds (two orders of one visit) is no rhythm: at least a day.
    interval = F.greatest(F.coalesce(own, F.col("_typical"), F.lit(DEFAULT_INTERVAL_DAYS)), F.lit(1.0))
    silence = F.exp(-F.col("recency_days") / interval)
    dropout = F.lit(economics.dropout)
    return dropout / (dropout + (1 - dropout) * silence)


def _band(risk: Column) -> Column:
    return F.when(risk < LOW_RISK, "low").when(risk < HIGH_RISK, "medium").otherwise("high")
