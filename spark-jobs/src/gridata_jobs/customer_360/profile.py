"""The customer's whole picture: who, what was bought, what was clicked, what it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from gridata_jobs.customer_360.activity import click_activity
from gridata_jobs.customer_360.demographics import demographics
from gridata_jobs.customer_360.history import order_history
from gridata_jobs.customer_360.schemas import CUSTOMER_360
from gridata_jobs.customer_360.value import Economics, customer_value

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

DEFAULT_RATES: Mapping[str, Decimal] = {"EUR": Decimal(1), "USD": Decimal("1.0389"), "GBP": Decimal("0.82918")}
"""Units per euro: reference rates of the European Central Bank of 31 December 2024. Fixed, so that values compare
over time; give option `rates` for others."""

_ZERO = (
    *("orders", "cancelled_orders", "returned_orders", "units", "revenue", "returned_amount"),
    *("clv_historic", "margin_12m", "clv_projected", "clv"),
    *("sessions_30d", "active_days_30d", "product_views_30d", "cart_additions_30d", "converted_sessions_30d"),
)


@dataclass(frozen=True)
class Assumptions:
    """Everything the result depends on besides the tables."""

    as_of: datetime
    rates: Mapping[str, Decimal] = field(default_factory=lambda: DEFAULT_RATES)
    economics: Economics = field(default_factory=Economics)


def customer_360(orders: DataFrame, customers: DataFrame, clicks: DataFrame, given: Assumptions) -> DataFrame:
    """One row per customer known from the customer or the order table.

    Args:
        orders: rows of `ecommerce_silver.orders`.
        customers: rows of bronze customers with `_object_order`.
        clicks: rows of bronze clickstream.
        given: instant, exchange rates and economics.

    Returns:
        Every column of `CUSTOMER_360`.
    """
    history = order_history(orders, given.as_of, given.rates)
    return (
        demographics(customers, given.as_of)
        .join(history, "customer_id", "full_outer")
        .join(customer_value(history, given.economics), "customer_id", "left")
        .join(click_activity(clicks, given.as_of), "customer_id", "left")
        .withColumns(
            {
                **{name: F.coalesce(name, F.lit(0)) for name in _ZERO},
                "is_registered": F.coalesce("is_registered", F.lit(False)),
                "rfm_segment": F.coalesce("rfm_segment", F.lit("prospect")),
                "activity": F.coalesce("activity", F.lit("never")),
            }
        )
        .select(*CUSTOMER_360.names)
    )
