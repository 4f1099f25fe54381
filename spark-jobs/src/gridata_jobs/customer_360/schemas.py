"""The table `customer_360` writes. Amounts are in the reporting currency (EUR unless option `rates` says otherwise)."""

from __future__ import annotations

from gridata_contracts.naming import bronze_table, parse_dataset_id
from gridata_jobs.process_orders.schemas import ORDERS
from gridata_jobs.target.declaration import Column, TargetTable

CUSTOMERS_DATASET = parse_dataset_id("ecommerce.customers.v1")
CLICKS_DATASET = parse_dataset_id("ecommerce.clickstream.v1")
CUSTOMERS = bronze_table(CUSTOMERS_DATASET)
CLICKS = bronze_table(CLICKS_DATASET)
SILVER_ORDERS = ORDERS.id

_MONEY = "decimal(18,2)"

CUSTOMER_360 = TargetTable(
    id="ecommerce_gold.customer_360",
    doc="What is known about each customer at an instant. One row per customer of the customer or the order tables.",
    key=("customer_id",),
    columns=(
        Column("customer_id", "string", "Number of the customer.", required=True),
        Column("is_registered", "boolean", "The customer is in the customer table; false = known from orders only."),
        Column("customer_type", "string", "consumer or business."),
        Column("gender", "string", "As given; null = not given."),
        Column("age_band", "string", "18-24, 25-34, ...; null = birth date unknown."),
        Column("country", "string", "ISO 3166-1 alpha-2 code."),
        Column("city", "string", "City."),
        Column("signup_date", "date", "Day of registration."),
        Column("tenure_days", "int", "Days since signup_date; null = not registered."),
        Column("marketing_opt_in", "boolean", "Agreed to marketing."),
        Column("preferred_channel", "string", "Channel the customer asked for."),
        Column("preferred_language", "string", "Language the customer asked for."),
        Column("orders", "long", "Orders that were not cancelled."),
        Column("cancelled_orders", "long", "Cancelled orders."),
        Column("returned_orders", "long", "Orders not cancelled with something sent back."),
        Column("units", "long", "Pieces bought, returns included."),
        Column("first_order_at", "timestamptz", "First order that was not cancelled; null = none."),
        Column("last_order_at", "timestamptz", "Last order that was not cancelled; null = none."),
        Column("recency_days", "int", "Whole days since last_order_at; null = no orders."),
        Column("days_between_orders", "decimal(9,2)", "Mean time between orders; null = fewer than two instants."),
        Column("revenue", _MONEY, "Net revenue after returns; 0 = none."),
        Column("returned_amount", _MONEY, "Net amount sent back."),
        Column("average_order_value", _MONEY, "revenue / orders; null = no orders."),
        Column("rfm_recency", "int", "Quintile of recency, 5 = most recent; null = no orders."),
        Column("rfm_frequency", "int", "Quintile of the number of orders, 5 = most; null = no orders."),
        Column("rfm_monetary", "int", "Quintile of revenue, 5 = most; null = no orders."),
        Column("rfm_score", "string", "The three digits together, such as 543; null = no orders."),
        Column("rfm_segment", "string", "Name of the segment; `prospect` without orders."),
        Column("churn_risk", "decimal(5,4)", "Probability that the customer will not order again; null = no orders."),
        Column("churn_band", "string", "low, medium or high; null = no orders."),
        Column("margin_12m", _MONEY, "Margin of the last 365 days after returns."),
        Column("clv_historic", _MONEY, "Margin so far after returns."),
        Column("clv_projected", _MONEY, "Expected margin from now on, discounted."),
        Column("clv", _MONEY, "clv_historic + clv_projected."),
        Column("sessions_30d", "long", "Visits in the last 30 days."),
        Column("active_days_30d", "long", "UTC days with a visit in the last 30 days."),
        Column("product_views_30d", "long", "Page views of a product in the last 30 days."),
        Column("cart_additions_30d", "long", "Products put into the cart in the last 30 days."),
        Column("converted_sessions_30d", "long", "Visits of the last 30 days with a purchase."),
        Column("last_seen_at", "timestamptz", "Last click; null = never seen."),
        Column("activity", "string", "active (seen in 30 days), lapsing (90), dormant, or never."),
    ),
)
