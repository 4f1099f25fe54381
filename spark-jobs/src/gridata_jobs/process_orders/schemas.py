"""The tables `process_orders` writes. Amounts are in the order's own currency unless a name says otherwise."""

from __future__ import annotations

from gridata_contracts.naming import bronze_table, parse_dataset_id
from gridata_jobs.target.declaration import Column, TargetTable

DATASET = parse_dataset_id("ecommerce.orders.v1")
BRONZE = bronze_table(DATASET)

STATUSES = ("placed", "paid", "packed", "shipped", "delivered", "returned", "cancelled")
"""Order of an order's life; decides between two history entries of the same instant."""

_MONEY = "decimal(14,2)"

_ITEM = (
    Column("line_number", "int", "Position within the order, from 1."),
    Column("product_id", "string", "Product ordered."),
    Column("name", "string", "Name of the product when it was ordered."),
    Column("quantity", "int", "Pieces."),
    Column("unit_price", "decimal(12,2)", "Price of one piece before discounts."),
    Column("unit_cost", "decimal(12,2)", "Purchase cost of one piece; null = unknown."),
    Column("discount", "decimal(12,2)", "Discount on the line."),
    Column("order_discount_share", _MONEY, "The line's part of the order's discount; the parts add up to it exactly."),
    Column("net_amount", _MONEY, "quantity x unit_price - discount - order_discount_share."),
    Column("returned", "boolean", "The line was sent back."),
)

_STEP = (
    Column("status", "string", "Status reached."),
    Column("at", "timestamptz", "When it was reached."),
)

ORDERS = TargetTable(
    id="ecommerce_silver.orders",
    doc="Latest known state of each order, cleansed, with derived amounts and durations. One row per order.",
    key=("order_id",),
    monthly="order_ts",
    columns=(
        Column("order_id", "string", "Number of the order.", required=True),
        Column("customer_id", "string", "Customer who ordered."),
        Column("order_ts", "timestamptz", "When the order was placed.", required=True),
        Column("order_date", "date", "UTC day of order_ts.", required=True),
        Column("updated_at", "timestamptz", "When the order service last changed the order."),
        Column("status", "string", "Where the order stands."),
        Column("currency", "string", "ISO 4217 code of every amount in the row."),
        Column("channel", "string", "web, app, store or phone."),
        Column("coupon_code", "string", "Coupon used; null = none."),
        Column("ship_method", "string", "standard, express or pickup."),
        Column("ship_carrier", "string", "Carrier; null = none yet, or pickup."),
        Column("ship_city", "string", "City of the delivery; null = pickup."),
        Column("ship_country", "string", "ISO 3166-1 alpha-2 code of the delivery; null = pickup."),
        Column("shipped_at", "timestamptz", "When the parcel left; null = not yet."),
        Column("delivered_at", "timestamptz", "When the parcel arrived; null = not yet."),
        Column("line_count", "int", "Number of lines."),
        Column("units", "long", "Pieces over all lines."),
        Column("gross_amount", _MONEY, "Sum of quantity x unit_price."),
        Column("line_discount", _MONEY, "Sum of the lines' discounts."),
        Column("order_discount", _MONEY, "Discount on the order as a whole."),
        Column("discount_amount", _MONEY, "line_discount + order_discount."),
        Column("tax", _MONEY, "Tax."),
        Column("shipping_cost", _MONEY, "What the customer pays for shipping."),
        Column("total", _MONEY, "What the customer pays in all."),
        Column("net_revenue", _MONEY, "gross_amount - discount_amount: sales without tax and shipping."),
        Column("cost_of_goods", _MONEY, "Sum of quantity x unit_cost; null = a line's cost is unknown."),
        Column("gross_margin", _MONEY, "net_revenue - cost_of_goods; null = cost unknown."),
        Column("margin_rate", "decimal(9,4)", "gross_margin / net_revenue; null = cost unknown or nothing sold."),
        Column("returned_units", "long", "Pieces sent back."),
        Column("returned_amount", _MONEY, "net_amount of the lines sent back."),
        Column("kept_revenue", _MONEY, "net_revenue - returned_amount."),
        Column("kept_margin", _MONEY, "Margin of the lines that were kept; null = the cost of one is unknown."),
        Column("paid_amount", _MONEY, "Captured and not refunded."),
        Column("refunded_amount", _MONEY, "Paid back."),
        Column("payment_method", "string", "Method of the largest payment that did not fail; null = none."),
        Column("first_paid_at", "timestamptz", "First payment that did not fail; null = none."),
        Column("is_cancelled", "boolean", "The order was cancelled."),
        Column("is_returned", "boolean", "The order or a line of it came back."),
        Column("delivery_days", "decimal(9,2)", "order_ts to delivered_at in days; null = not delivered."),
        Column("handling_hours", "decimal(9,2)", "order_ts to shipped_at in hours; null = not shipped."),
        Column("transit_hours", "decimal(9,2)", "shipped_at to delivered_at in hours; null = not delivered."),
        *(
            Column(f"seconds_{status}", "long", f"Time spent {status}, over all visits; null = never left it.")
            for status in STATUSES
        ),
        Column("items", "list", "Lines by line_number.", items=_ITEM),
        Column("status_history", "list", "Statuses reached, oldest first.", items=_STEP),
        Column("_batch_id", "string", "Batch the row's version came with."),
        Column("_file_id", "string", "File it came in."),
        Column("_row_number", "long", "Record of that file, from 1."),
        Column("_object_order", "string", "Place of the file among all versions: modified time, key, version."),
    ),
)

ORDER_ITEMS = TargetTable(
    id="ecommerce_silver.order_items",
    doc="Lines of the latest known state of each order. One row per order and line.",
    key=("order_id", "line_number"),
    monthly="order_ts",
    columns=(
        Column("order_id", "string", "Number of the order.", required=True),
        Column("line_number", "int", "Position within the order, from 1.", required=True),
        Column("customer_id", "string", "Customer who ordered."),
        Column("order_ts", "timestamptz", "When the order was placed.", required=True),
        Column("order_date", "date", "UTC day of order_ts.", required=True),
        Column("status", "string", "Where the order stands."),
        Column("currency", "string", "ISO 4217 code of every amount in the row."),
        Column("product_id", "string", "Product ordered."),
        Column("name", "string", "Name of the product when it was ordered."),
        Column("quantity", "int", "Pieces."),
        Column("unit_price", "decimal(12,2)", "Price of one piece before discounts."),
        Column("unit_cost", "decimal(12,2)", "Purchase cost of one piece; null = unknown."),
        Column("gross_amount", _MONEY, "quantity x unit_price."),
        Column("discount", "decimal(12,2)", "Discount on the line."),
        Column("order_discount_share", _MONEY, "The line's part of the order's discount."),
        Column("net_amount", _MONEY, "gross_amount - discount - order_discount_share."),
        Column("cost_amount", _MONEY, "quantity x unit_cost; null = unknown."),
        Column("margin", _MONEY, "net_amount - cost_amount; null = cost unknown."),
        Column("returned", "boolean", "The line was sent back."),
    ),
)

DAILY_SALES = TargetTable(
    id="ecommerce_gold.daily_sales",
    doc="Sales per UTC day, currency, channel and country of delivery. Cancelled orders are only counted.",
    key=("sale_date", "currency", "channel", "country"),
    columns=(
        Column("sale_date", "date", "UTC day the orders were placed.", required=True),
        Column("currency", "string", "ISO 4217 code of every amount; never add across currencies.", required=True),
        Column("channel", "string", "web, app, store or phone.", required=True),
        Column("country", "string", "ISO 3166-1 alpha-2 code of the delivery; ZZ = none.", required=True),
        Column("orders", "long", "Orders that were not cancelled."),
        Column("cancelled_orders", "long", "Cancelled orders."),
        Column("returned_orders", "long", "Orders not cancelled with something sent back."),
        Column("customers", "long", "Different customers of those orders; does not add up over rows."),
        Column("units", "long", "Pieces sold."),
        Column("gross_sales", "decimal(18,2)", "Before discounts, tax and shipping."),
        Column("discounts", "decimal(18,2)", "Line and order discounts."),
        Column("net_sales", "decimal(18,2)", "gross_sales - discounts."),
        Column("tax", "decimal(18,2)", "Tax."),
        Column("shipping", "decimal(18,2)", "Shipping paid by customers."),
        Column("cost_of_goods", "decimal(18,2)", "Of the orders whose cost is known."),
        Column("gross_margin", "decimal(18,2)", "Of the orders whose cost is known."),
        Column("orders_without_cost", "long", "Orders left out of cost and margin."),
        Column(
            "margin_rate", "decimal(9,4)", "gross_margin / net sales of the orders whose cost is known; null = none."
        ),
        Column("returned_units", "long", "Pieces sent back."),
        Column("returned_amount", "decimal(18,2)", "Net amount of the lines sent back."),
        Column("refunded_amount", "decimal(18,2)", "Paid back, cancelled orders included."),
        Column("average_order_value", "decimal(14,2)", "net_sales / orders; null = only cancelled orders."),
        Column("delivered_orders", "long", "Orders delivered so far."),
        Column("average_delivery_days", "decimal(9,2)", "Over delivered_orders; null = none."),
    ),
)
