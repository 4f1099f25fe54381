"""Silver orders to gold daily sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gridata_jobs.process_orders.schemas import DAILY_SALES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

NO_COUNTRY = "ZZ"
"""ISO 3166-1 leaves this code to users: here, orders that are picked up."""


def daily_sales(orders: DataFrame) -> DataFrame:
    """Sales of the given orders; a day is right only when all its orders are given.

    Args:
        orders: rows of `ecommerce_silver.orders`.

    Returns:
        One row per sale_date, currency, channel and country, with every column of `DAILY_SALES`.
    """
    grouped = orders.groupBy(
        F.col("order_date").alias("sale_date"),
        F.coalesce("currency", F.lit("XXX")).alias("currency"),
        F.coalesce("channel", F.lit("unknown")).alias("channel"),
        F.coalesce("ship_country", F.lit(NO_COUNTRY)).alias("country"),
    )
    sums = grouped.agg(
        F.count_if(_sold()).alias("orders"),
        F.count_if(F.col("is_cancelled")).alias("cancelled_orders"),
        F.count_if(_sold() & F.col("is_returned")).alias("returned_orders"),
        F.countDistinct(F.when(_sold(), F.col("customer_id"))).alias("customers"),
        _sum("units").alias("units"),
        _sum("gross_amount").alias("gross_sales"),
        _sum("discount_amount").alias("discounts"),
        _sum("net_revenue").alias("net_sales"),
        _sum("tax").alias("tax"),
        _sum("shipping_cost").alias("shipping"),
        _sum("cost_of_goods").alias("cost_of_goods"),
        _sum("gross_margin").alias("gross_margin"),
        F.count_if(_sold() & F.col("cost_of_goods").isNull()).alias("orders_without_cost"),
        F.sum(F.when(_sold() & F.col("cost_of_goods").isNotNull(), F.col("net_revenue"))).alias("_costed_sales"),
        _sum("returned_units").alias("returned_units"),
        _sum("returned_amount").alias("returned_amount"),
        F.sum("refunded_amount").alias("refunded_amount"),
        F.count_if(_sold() & F.col("delivered_at").isNotNull()).alias("delivered_orders"),
        F.round(F.avg(F.when(_sold(), F.col("delivery_days"))), 2).alias("average_delivery_days"),
    )
    return (
        sums.withColumn("margin_rate", _ratio("gross_margin", "_costed_sales", 4))
        .withColumn("average_order_value", _ratio("net_sales", "orders", 2))
        .select(*DAILY_SALES.names)
    )


def _sold() -> Column:
    return ~F.col("is_cancelled")


def _sum(name: str) -> Column:
    """Over the orders that were not cancelled; 0 when there are none."""
    return F.coalesce(F.sum(F.when(_sold(), F.col(name))), F.lit(0))


def _ratio(part: str, whole: str, digits: int) -> Column:
    return F.when(F.col(whole) != 0, F.round(F.col(part) / F.col(whole), digits))
