"""Column lineage of the tables `process_orders` writes. tests/spark proves every edge by changing its input."""

from __future__ import annotations

from gridata_jobs.process_orders.schemas import BRONZE, DAILY_SALES, ORDER_ITEMS, ORDERS, STATUSES
from gridata_jobs.target.lineage import TableLineage, direct, sources

_GROSS = "items.quantity items.unit_price"
_LINE = f"{_GROSS} items.discount"
_NET = f"{_LINE} discount_total"
_COST = "items.quantity items.unit_cost"
_BACK = "items.returned status"
_PAID = "payments.status payments.amount"
_HISTORY = "status_history.status status_history.at"
_LINES = f"items.line_number items.product_id items.name {_NET} items.unit_cost items.returned"

ORDERS_LINEAGE = TableLineage(
    target=ORDERS.id,
    direct=direct(
        BRONZE,
        {
            "order_id": "order_id",
            "customer_id": "customer_id",
            "order_ts": "order_ts",
            "order_date": "order_ts",
            "updated_at": "updated_at",
            "status": "status",
            "currency": "currency",
            "channel": "channel",
            "coupon_code": "coupon_code",
            "ship_method": "shipping.method",
            "ship_carrier": "shipping.carrier",
            "ship_city": "shipping.address.city",
            "ship_country": "shipping.address.country",
            "shipped_at": "shipping.shipped_at",
            "delivered_at": "shipping.delivered_at",
            "line_count": "items",
            "units": "items.quantity",
            "gross_amount": _GROSS,
            "line_discount": "items.discount",
            "order_discount": "discount_total",
            "discount_amount": "items.discount discount_total",
            "tax": "tax",
            "shipping_cost": "shipping_cost",
            "total": "total",
            "net_revenue": _NET,
            "cost_of_goods": _COST,
            "gross_margin": f"{_NET} items.unit_cost",
            "margin_rate": f"{_NET} items.unit_cost",
            "returned_units": f"items.quantity {_BACK}",
            "returned_amount": f"{_NET} {_BACK}",
            "kept_revenue": f"{_NET} {_BACK}",
            "kept_margin": f"{_NET} items.unit_cost {_BACK}",
            "paid_amount": _PAID,
            "refunded_amount": _PAID,
            "payment_method": f"payments.method payments.payment_id {_PAID}",
            "first_paid_at": "payments.status payments.paid_at",
            "is_cancelled": "status",
            "is_returned": _BACK,
            "delivery_days": "order_ts shipping.delivered_at",
            "handling_hours": "order_ts shipping.shipped_at",
            "transit_hours": "shipping.shipped_at shipping.delivered_at",
            **{f"seconds_{status}": _HISTORY for status in STATUSES},
            "items": _LINES,
            "status_history": _HISTORY,
            "_batch_id": "_batch_id",
            "_file_id": "_file_id",
            "_row_number": "_row_number",
            # `_object_order` is looked up in the ledger by file, not read from a table's column.
            "_object_order": "_file_id",
        },
    ),
    # Which version of an order is the latest.
    indirect=sources(BRONZE, "order_id updated_at _file_id _row_number"),
)

_ITEM = {
    name: f"items.{name}"
    for name in (
        "line_number",
        "product_id",
        "name",
        "quantity",
        "unit_price",
        "unit_cost",
        "discount",
        "order_discount_share",
        "net_amount",
        "returned",
    )
}

ORDER_ITEMS_LINEAGE = TableLineage(
    target=ORDER_ITEMS.id,
    direct=direct(
        ORDERS.id,
        {
            **{name: name for name in ("order_id", "customer_id", "order_ts", "order_date", "status", "currency")},
            **_ITEM,
            "gross_amount": "items.quantity items.unit_price",
            "cost_amount": "items.quantity items.unit_cost",
            "margin": "items.net_amount items.quantity items.unit_cost",
        },
    ),
    # Which rows there are.
    indirect=sources(ORDERS.id, "order_id items.line_number"),
)

_SOLD = "is_cancelled"

DAILY_SALES_LINEAGE = TableLineage(
    target=DAILY_SALES.id,
    direct=direct(
        ORDERS.id,
        {
            "sale_date": "order_date",
            "currency": "currency",
            "channel": "channel",
            "country": "ship_country",
            "orders": _SOLD,
            "cancelled_orders": _SOLD,
            "returned_orders": f"{_SOLD} is_returned",
            "customers": f"{_SOLD} customer_id",
            "units": f"{_SOLD} units",
            "gross_sales": f"{_SOLD} gross_amount",
            "discounts": f"{_SOLD} discount_amount",
            "net_sales": f"{_SOLD} net_revenue",
            "tax": f"{_SOLD} tax",
            "shipping": f"{_SOLD} shipping_cost",
            "cost_of_goods": f"{_SOLD} cost_of_goods",
            "gross_margin": f"{_SOLD} gross_margin",
            "orders_without_cost": f"{_SOLD} cost_of_goods",
            "margin_rate": f"{_SOLD} gross_margin net_revenue cost_of_goods",
            "returned_units": f"{_SOLD} returned_units",
            "returned_amount": f"{_SOLD} returned_amount",
            "refunded_amount": "refunded_amount",
            "average_order_value": f"{_SOLD} net_revenue",
            "delivered_orders": f"{_SOLD} delivered_at",
            "average_delivery_days": f"{_SOLD} delivery_days",
        },
    ),
    # Which group an order counts in.
    indirect=sources(ORDERS.id, "order_date currency channel ship_country"),
)

LINEAGE = (ORDERS_LINEAGE, ORDER_ITEMS_LINEAGE, DAILY_SALES_LINEAGE)
