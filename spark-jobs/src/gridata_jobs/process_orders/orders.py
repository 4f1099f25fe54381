"""Bronze orders to silver orders: cleanse, keep the latest version of each order, derive amounts and durations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows
from pyspark.sql.window import Window

from gridata_jobs.process_orders.schemas import ORDERS, STATUSES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_SUM = "decimal(38,2)"
_DAY_S = 86_400
_HOUR_S = 3_600
VERSION = ("updated_at", "_object_order", "_row_number")
"""What makes one version of an order later than another: never the order in which versions arrive."""


def silver_orders(bronze: DataFrame) -> DataFrame:
    """The latest version of each order among the given ones, with every column of `ORDERS`.

    Args:
        bronze: columns of the orders contract, `_batch_id`, `_file_id`, `_row_number` and `_object_order`
            (place of the row's file among all object versions, compared as text).

    Returns:
        One row per order_id.
    """
    return latest(cleanse(bronze)).transform(_derive).select(*ORDERS.names)


def cleanse(bronze: DataFrame) -> DataFrame:
    """Text trimmed, codes in their usual case, blank optional text as null, lines in order.

    Amounts, instants and the row's origin stay as they are. Personal columns (address lines, notes) are left behind.
    """
    return bronze.select(
        order_key(bronze).alias("order_id"),
        _upper("customer_id"),
        "order_ts",
        "updated_at",
        _lower("status"),
        _upper("currency"),
        _lower("channel"),
        _blank_to_null(F.upper(F.trim("coupon_code"))).alias("coupon_code"),
        F.lower(F.trim("shipping.method")).alias("ship_method"),
        _blank_to_null(F.trim("shipping.carrier")).alias("ship_carrier"),
        _blank_to_null(F.trim("shipping.address.city")).alias("ship_city"),
        _blank_to_null(F.upper(F.trim("shipping.address.country"))).alias("ship_country"),
        F.col("shipping.shipped_at").alias("shipped_at"),
        F.col("shipping.delivered_at").alias("delivered_at"),
        _clean_lines().alias("_lines"),
        F.col("discount_total").alias("order_discount"),
        "tax",
        "shipping_cost",
        "total",
        _clean_payments().alias("_payments"),
        _clean_history().alias("_history"),
        "_batch_id",
        "_file_id",
        "_row_number",
        "_object_order",
    )


def order_key(bronze: DataFrame) -> Column:
    """The order number as silver spells it."""
    return F.upper(F.trim(bronze["order_id"]))


def latest(versions: DataFrame) -> DataFrame:
    """The last version of each order, by `VERSION`."""
    newest_first = Window.partitionBy("order_id").orderBy(*(F.col(name).desc_nulls_last() for name in VERSION))
    return versions.withColumn("_rank", F.row_number().over(newest_first)).where("_rank = 1").drop("_rank")


def _upper(name: str) -> Column:
    return F.upper(F.trim(name)).alias(name)


def _lower(name: str) -> Column:
    return F.lower(F.trim(name)).alias(name)


def _blank_to_null(text: Column) -> Column:
    return F.nullif(text, F.lit(""))


def _clean_lines() -> Column:
    """Lines by number. Numbers that are absent or repeated are replaced by positions: they are half of a key."""
    lines = F.filter(F.coalesce("items", F.array()), lambda line: line.isNotNull())
    cleaned = F.transform(
        lines,
        lambda line: F.struct(
            line["line_number"].alias("line_number"),
            F.upper(F.trim(line["product_id"])).alias("product_id"),
            F.trim(line["name"]).alias("name"),
            line["quantity"].alias("quantity"),
            line["unit_price"].alias("unit_price"),
            line["unit_cost"].alias("unit_cost"),
            F.coalesce(line["discount"], F.lit(0).cast("decimal(12,2)")).alias("discount"),
            F.coalesce(line["returned"], F.lit(False)).alias("returned"),
        ),
    )
    numbers = F.filter(F.transform(cleaned, lambda line: line["line_number"]), lambda number: number.isNotNull())
    numbered = F.transform(cleaned, lambda line, at: line.withField("line_number", (at + 1).cast("int")))
    return F.when(F.size(F.array_distinct(numbers)) == F.size(cleaned), F.array_sort(cleaned)).otherwise(numbered)


def _clean_payments() -> Column:
    payments = F.filter(F.coalesce("payments", F.array()), lambda payment: payment.isNotNull())
    return F.transform(
        payments,
        lambda payment: F.struct(
            payment["amount"].alias("amount"),
            payment["payment_id"].alias("payment_id"),
            F.lower(F.trim(payment["method"])).alias("method"),
            F.lower(F.trim(payment["status"])).alias("status"),
            payment["paid_at"].alias("paid_at"),
        ),
    )


def _clean_history() -> Column:
    """Steps by instant; steps of one instant by the order of an order's life."""
    life = F.array(*(F.lit(status) for status in STATUSES))
    steps = F.filter(F.coalesce("status_history", F.array()), lambda step: step.isNotNull() & step["at"].isNotNull())
    ranked = F.transform(
        steps,
        lambda step: F.struct(
            step["at"].alias("at"),
            F.array_position(life, F.lower(F.trim(step["status"]))).alias("place"),
            F.lower(F.trim(step["status"])).alias("status"),
        ),
    )
    return F.transform(
        F.array_sort(ranked), lambda step: F.struct(step["status"].alias("status"), step["at"].alias("at"))
    )


def _derive(orders: DataFrame) -> DataFrame:
    """Few wide steps: every step costs the analyzer and the optimizer a pass over all columns."""
    return (
        orders.withColumns(
            {
                "items": _shared_discount(F.col("_lines"), F.col("order_discount")),
                "order_date": F.to_date("order_ts"),
                "status_history": F.col("_history"),
                **_payment_facts(),
                **_durations(),
            }
        )
        .withColumns({**_sums(), **_returns()})
        .withColumns({"discount_amount": F.col("line_discount") + F.col("order_discount")})
        .withColumns({"net_revenue": F.col("gross_amount") - F.col("discount_amount")})
        .withColumns(
            {
                "gross_margin": F.col("net_revenue") - F.col("cost_of_goods"),
                "margin_rate": _rate(F.col("net_revenue") - F.col("cost_of_goods"), F.col("net_revenue")),
                "kept_revenue": F.col("net_revenue") - F.col("returned_amount"),
            }
        )
    )


def _shared_discount(lines: Column, order_discount: Column) -> Column:
    """Lines with their part of the order's discount, in proportion to their amount.

    Part n is the rounded part of lines 1..n less the rounded part of lines 1..n-1, so the parts add up exactly.
    """
    amount = _total(lines, _line_amount)

    def up_to(count: Column) -> Column:
        share = order_discount * _total(F.slice(lines, F.lit(1), count), _line_amount)
        return F.when(amount > 0, F.round(share / amount, 2)).otherwise(F.lit(0)).cast("decimal(14,2)")

    def with_share(line: Column, at: Column) -> Column:
        position = at.cast("int")
        share = (up_to(position + 1) - up_to(position)).cast("decimal(14,2)")
        return F.struct(
            *(line[name].alias(name) for name in ("line_number", "product_id", "name", "quantity")),
            *(line[name].alias(name) for name in ("unit_price", "unit_cost", "discount")),
            share.alias("order_discount_share"),
            (_line_amount(line) - share).cast("decimal(14,2)").alias("net_amount"),
            line["returned"].alias("returned"),
        )

    return F.transform(lines, with_share)


def _sums() -> dict[str, Column]:
    items = F.col("items")
    return {
        "line_count": F.size(items),
        "units": _total(items, lambda line: line["quantity"]).cast("long"),
        "gross_amount": _total(items, lambda line: line["quantity"] * line["unit_price"]),
        "line_discount": _total(items, lambda line: line["discount"]),
        "cost_of_goods": _total(items, lambda line: line["quantity"] * line["unit_cost"]),
    }


def _returns() -> dict[str, Column]:
    """An order whose status is `returned` without a marked line came back as a whole."""
    items = F.col("items")
    marked = F.exists(items, lambda line: line["returned"])
    whole = (F.col("status") == "returned") & ~marked
    back = F.filter(items, lambda line: line["returned"] | whole)
    kept = F.filter(items, lambda line: ~(line["returned"] | whole))
    return {
        "returned_units": _total(back, lambda line: line["quantity"]).cast("long"),
        "returned_amount": _total(back, lambda line: line["net_amount"]),
        "kept_margin": _total(kept, lambda line: line["net_amount"] - line["quantity"] * line["unit_cost"]),
        "is_returned": (F.col("status") == "returned") | marked,
        "is_cancelled": F.col("status") == "cancelled",
    }


def _payment_facts() -> dict[str, Column]:
    payments = F.col("_payments")
    good = F.filter(payments, lambda payment: payment["status"] != "failed")

    def in_status(status: str) -> Column:
        return _total(F.filter(payments, lambda one: one["status"] == status), lambda one: one["amount"])

    return {
        "paid_amount": in_status("captured"),
        "refunded_amount": in_status("refunded"),
        # The largest amount; of equal ones the greatest payment id. Structs compare field by field.
        "payment_method": F.array_max(good)["method"],
        "first_paid_at": F.array_min(F.transform(good, lambda payment: payment["paid_at"])),
    }


def _durations() -> dict[str, Column]:
    history = F.col("_history")
    steps = F.greatest(F.size(history) - 1, F.lit(0))
    visits = F.zip_with(
        F.slice(history, F.lit(1), steps),
        F.slice(history, F.lit(2), steps),
        lambda left, right: F.struct(
            left["status"].alias("status"), _seconds(left["at"], right["at"]).alias("seconds")
        ),
    )
    return {
        "delivery_days": _span("order_ts", "delivered_at", _DAY_S),
        "handling_hours": _span("order_ts", "shipped_at", _HOUR_S),
        "transit_hours": _span("shipped_at", "delivered_at", _HOUR_S),
        **{f"seconds_{status}": _spent(visits, status) for status in STATUSES},
    }


def _spent(visits: Column, status: str) -> Column:
    own = F.filter(visits, lambda visit: visit["status"] == status)
    seconds = F.aggregate(own, F.lit(0).cast("long"), lambda total, visit: total + visit["seconds"])
    return F.when(F.size(own) > 0, seconds)


def _line_amount(line: Column) -> Column:
    return line["quantity"] * line["unit_price"] - line["discount"]


def _total(items: Column, amount: Callable[[Column], Column]) -> Column:
    """Sum over an array; 0 for an empty one, null as soon as one summand is null."""
    return F.aggregate(items, F.lit(0).cast(_SUM), lambda total, item: (total + amount(item)).cast(_SUM))


def _rate(part: Column, whole: Column) -> Column:
    return F.when(whole != 0, F.round(part / whole, 4))


def _seconds(start: Column, end: Column) -> Column:
    return F.unix_seconds(end) - F.unix_seconds(start)


def _span(start: str, end: str, unit_s: int) -> Column:
    exact = _seconds(F.col(start), F.col(end)).cast("decimal(20,0)") / F.lit(unit_s).cast("decimal(6,0)")
    return F.round(exact, 2)
