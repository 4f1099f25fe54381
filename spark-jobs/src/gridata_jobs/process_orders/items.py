"""Silver orders to silver order items: one row per line of the latest version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gridata_jobs.process_orders.schemas import ORDER_ITEMS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_COPIED = (
    "product_id",
    "name",
    "quantity",
    "unit_price",
    "unit_cost",
    "discount",
    "order_discount_share",
    "net_amount",
)


def order_items(orders: DataFrame) -> DataFrame:
    """Every line of the given orders.

    Args:
        orders: rows of `ecommerce_silver.orders`.

    Returns:
        One row per order_id and line_number, with every column of `ORDER_ITEMS`. An order without lines has no row.
    """
    header = ("order_id", "customer_id", "order_ts", "order_date", "status", "currency")
    lines = orders.select(*header, F.explode("items").alias("line"))
    quantity = F.col("line.quantity")
    cost = quantity * F.col("line.unit_cost")
    return lines.select(
        *header,
        F.col("line.line_number").alias("line_number"),
        *(F.col(f"line.{name}").alias(name) for name in _COPIED),
        (quantity * F.col("line.unit_price")).alias("gross_amount"),
        cost.alias("cost_amount"),
        (F.col("line.net_amount") - cost).alias("margin"),
        F.col("line.returned").alias("returned"),
    ).select(*ORDER_ITEMS.names)
