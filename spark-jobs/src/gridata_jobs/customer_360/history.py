"""Silver orders to one row per customer: counts, money in the reporting currency, rhythm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_DAY_S = 86_400


def order_history(orders: DataFrame, as_of: datetime, rates: Mapping[str, Decimal]) -> DataFrame:
    """What each customer bought until `as_of`.

    Args:
        orders: rows of `ecommerce_silver.orders`.
        as_of: orders placed later do not count yet.
        rates: units of a currency per unit of the reporting currency; every currency of the orders is in it.

    Returns:
        One row per customer_id with at least one order, cancelled ones included.
    """
    sold = ~F.col("is_cancelled")
    year_ago = F.lit(as_of - timedelta(days=365))
    margin = _converted("kept_margin", rates)
    grouped = (
        orders.where((F.col("order_ts") <= F.lit(as_of)) & F.col("customer_id").isNotNull())
        .groupBy("customer_id")
        .agg(
            F.count_if(sold).alias("orders"),
            F.count_if(F.col("is_cancelled")).alias("cancelled_orders"),
            F.count_if(sold & F.col("is_returned")).alias("returned_orders"),
            F.coalesce(F.sum(F.when(sold, F.col("units"))), F.lit(0)).alias("units"),
            F.min(F.when(sold, F.col("order_ts"))).alias("first_order_at"),
            F.max(F.when(sold, F.col("order_ts"))).alias("last_order_at"),
            _sum(F.when(sold, _converted("kept_revenue", rates))).alias("revenue"),
            _sum(F.when(sold, _converted("returned_amount", rates))).alias("returned_amount"),
            _sum(F.when(sold, margin)).alias("clv_historic"),
            _sum(F.when(sold & (F.col("order_ts") > year_ago), margin)).alias("margin_12m"),
        )
    )
    span_days = _seconds("first_order_at", "last_order_at") / F.lit(_DAY_S).cast("decimal(6,0)")
    return grouped.withColumns(
        {
            "recency_days": F.floor(_since(as_of, "last_order_at") / _DAY_S).cast("int"),
            "days_between_orders": F.when(
                F.col("first_order_at") < F.col("last_order_at"), F.round(span_days / (F.col("orders") - 1), 2)
            ).cast("decimal(9,2)"),
            "average_order_value": F.when(F.col("orders") > 0, F.round(F.col("revenue") / F.col("orders"), 2)).cast(
                "decimal(18,2)"
            ),
        }
    )


def _converted(amount: str, rates: Mapping[str, Decimal]) -> Column:
    """The amount in the reporting currency, rounded per order. An unknown cost counts as no margin."""
    rate = None
    for currency, value in sorted(rates.items()):
        case = (F.col("currency") == currency, F.lit(value).cast("decimal(12,6)"))
        rate = F.when(*case) if rate is None else rate.when(*case)
    assert rate is not None
    return F.round(F.col(amount) / rate, 2)


def _sum(amount: Column) -> Column:
    return F.coalesce(F.sum(amount), F.lit(0)).cast("decimal(18,2)")


def _seconds(start: str, end: str) -> Column:
    return (F.unix_seconds(F.col(end)) - F.unix_seconds(F.col(start))).cast("decimal(20,0)")


def _since(as_of: datetime, column: str) -> Column:
    return F.lit(int(as_of.timestamp())) - F.unix_seconds(F.col(column))
