"""Column lineage of `customer_360`. tests/spark proves every edge by changing its input."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_jobs.customer_360.schemas import CLICKS, CUSTOMER_360, CUSTOMERS, SILVER_ORDERS
from gridata_jobs.target.lineage import TableLineage, direct, sources

_CHURN = "is_cancelled order_ts"
_MARGIN = "is_cancelled kept_margin currency"

_FROM_CUSTOMERS: Mapping[str, str] = {
    "customer_id": "customer_id",
    "is_registered": "customer_id",
    "customer_type": "segment",
    "gender": "gender",
    "age_band": "birth_date",
    "country": "country",
    "city": "city",
    "signup_date": "signup_date",
    "tenure_days": "signup_date",
    "marketing_opt_in": "marketing_opt_in",
    "preferred_channel": "preferred_channel",
    "preferred_language": "preferred_language",
}

_FROM_ORDERS: Mapping[str, str] = {
    "orders": "is_cancelled",
    "cancelled_orders": "is_cancelled",
    "returned_orders": "is_cancelled is_returned",
    "units": "is_cancelled units",
    "first_order_at": _CHURN,
    "last_order_at": _CHURN,
    "recency_days": _CHURN,
    "days_between_orders": _CHURN,
    "revenue": "is_cancelled kept_revenue currency",
    "returned_amount": "is_cancelled returned_amount currency",
    "average_order_value": "is_cancelled kept_revenue currency",
    "rfm_recency": _CHURN,
    "rfm_frequency": "is_cancelled",
    "rfm_monetary": "is_cancelled kept_revenue currency",
    "rfm_score": f"{_CHURN} kept_revenue currency",
    "rfm_segment": _CHURN,
    "churn_risk": _CHURN,
    "churn_band": _CHURN,
    "margin_12m": f"{_MARGIN} order_ts",
    "clv_historic": _MARGIN,
    "clv_projected": f"{_MARGIN} order_ts",
    "clv": f"{_MARGIN} order_ts",
}

_FROM_CLICKS: Mapping[str, str] = {
    "sessions_30d": "session_id event_ts",
    "active_days_30d": "event_ts",
    "product_views_30d": "event_type product_id event_ts",
    "cart_additions_30d": "event_type event_ts",
    "converted_sessions_30d": "session_id event_type event_ts",
    "last_seen_at": "event_ts",
    "activity": "event_ts",
}

CUSTOMER_360_LINEAGE = TableLineage(
    target=CUSTOMER_360.id,
    direct={
        **direct(CUSTOMERS, _FROM_CUSTOMERS),
        **direct(SILVER_ORDERS, _FROM_ORDERS),
        **direct(CLICKS, _FROM_CLICKS),
        "customer_id": sources(CUSTOMERS, "customer_id") | sources(SILVER_ORDERS, "customer_id"),
    },
    # Which customers there are, which version of one is the latest, what belongs to whom, and until when.
    indirect=sources(CUSTOMERS, "customer_id updated_at _file_id _row_number")
    | sources(SILVER_ORDERS, "customer_id order_ts")
    | sources(CLICKS, "customer_id event_id event_ts"),
)

LINEAGE = (CUSTOMER_360_LINEAGE,)
