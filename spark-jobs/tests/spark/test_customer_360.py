"""Five customers worked by hand.

As of 1 January 2025 00:00 UTC; amounts in EUR at a rate of 1 unless said otherwise. p = 0.2, r = 0.8, i = 0.12, so an
active customer is worth 0.8 / (1 + 0.12 - 0.8) = 2.5 times the margin of the last year.

A  three orders, 2 October, 1 November and 1 December 2024, each 100 revenue, 40 margin.
   Recency: 1 December 00:00 to 1 January = 31 days. Interval: 60 days / 2 = 30.
   Risk: 0.2 / (0.2 + 0.8 e^(-31/30)); e^-1.033333 = 0.355819; 0.2 / (0.2 + 0.284655) = 0.412664 -> 0.4127, medium.
   12 months: 120. Projected: 120 x 2.5 x (1 - 0.4127) = 176.19. CLV: 120 + 176.19 = 296.19.
B  one order on 2 January 2024 of 200 revenue, 50 margin; half of it came back: 100 kept, 25 margin kept.
   Recency: 365 days (2024 has 366). One order: the interval is the median of the others, A's 30 and C's 30 -> 30.
   Risk: 0.2 / (0.2 + 0.8 e^(-365/30)); e^-12.166667 = 0.0000052009 -> 0.2 / 0.20000416 = 0.99998 -> 1.0000, high.
   The order is less than 365 days old (2 January 2024 00:00 > 2 January 2024 00:00 is false): exactly 365 days is out.
   12 months: 0. Projected: 0. CLV: 25.
C  the same three orders as A (a tie in everything), and a cancelled fourth that counts only as cancelled.
D  registered, no orders: prospect, nulls; seen on the site yesterday.
E  not registered; one order in USD on 31 December 2024 12:00, 103.89 revenue and 10.389 margin at 1.0389 per EUR:
   100.00 revenue; 10.39 / 1.0389 = 10.0009 -> 10.00 margin. Recency: half a day -> 0. Interval 30 (the median).
   Risk: 0.2 / (0.2 + 0.8) = 0.2, low. Projected: 10 x 2.5 x 0.8 = 20.00. CLV: 30.00.

Quintiles over the four buyers, score = 1 + floor(5 x smaller / 4):
   recency (last order): B < A = C < E -> B 0 smaller: 1; A, C 1 smaller: 1 + floor(1.25) = 2; E 3: 1 + floor(3.75) = 4.
   frequency: B = E = 1 < A = C = 3 -> B, E: 1; A, C 2 smaller: 1 + floor(2.5) = 3.
   monetary: B = E = 100.00 < A = C = 300 -> B, E: 1; A, C: 3.
Segments: A, C (2, 3): at risk. B (1, 1): hibernating. E (4, 1): new.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F  # noqa: N812

from gridata_contracts.errors import PermanentError, UsageError
from gridata_jobs import customer_360, process_orders
from gridata_jobs.customer_360.schemas import CUSTOMER_360
from gridata_jobs.customer_360.value import segment

if TYPE_CHECKING:
    from tests.spark.conftest import Lake, Orders, Row

pytestmark = pytest.mark.spark

AS_OF = datetime(2025, 1, 1, tzinfo=UTC)


def customer(number: int, **changes: object) -> Row:
    return {
        "customer_id": f"C{number:06d}",
        "email": "someone@example.com",
        "first_name": "Some",
        "last_name": "One",
        "birth_date": date(1990, 1, 1),
        "gender": "female",
        "phone": None,
        "country": "DE",
        "city": "Bonn",
        "postal_code": "53111",
        "signup_date": date(2024, 12, 2),
        "segment": "consumer",
        "marketing_opt_in": True,
        "preferred_channel": "web",
        "preferred_language": "de",
        "updated_at": datetime(2024, 12, 2, tzinfo=UTC),
        **changes,
    }


def click(number: int, **changes: object) -> Row:
    return {
        "event_id": f"e{number}",
        "customer_id": "C000004",
        "session_id": "s1",
        "event_type": "page_view",
        "event_ts": datetime(2024, 12, 31, 12, tzinfo=UTC),
        "page_url": "/p/1",
        "product_id": "P00001",
        "device": "mobile",
        "country": "DE",
        "duration_ms": 10,
        **changes,
    }


def order(orders: Orders, number: int, buyer: int, at: datetime, price: str, cost: str, **changes: object) -> Row:
    line = orders.item(quantity=1, unit_price=Decimal(price), unit_cost=Decimal(cost))
    row = orders.order(number, customer_id=f"C{buyer:06d}", order_ts=at, updated_at=at, items=[line])
    return {**row, **changes}


def day(year: int, month: int, number: int, hour: int = 0) -> datetime:
    return datetime(year, month, number, hour, tzinfo=UTC)


def publish_five_customers(lake: Lake, orders: Orders) -> None:
    kept = orders.item(1, quantity=1, unit_price=Decimal(100), unit_cost=Decimal(75))
    back = orders.item(2, quantity=1, unit_price=Decimal(100), unit_cost=Decimal(75), returned=True)
    dates = (day(2024, 10, 2), day(2024, 11, 1), day(2024, 12, 1))
    rows = [
        *(order(orders, n, 1, at, "100", "60") for n, at in enumerate(dates, 1)),
        order(orders, 4, 2, day(2024, 1, 2), "0", "0", items=[kept, back]),
        *(order(orders, n, 3, at, "100", "60") for n, at in enumerate(dates, 5)),
        order(orders, 8, 3, day(2024, 12, 30), "500", "1", status="cancelled"),
        order(orders, 9, 5, day(2024, 12, 31, 12), "103.89", "93.50", currency="USD"),
        order(orders, 10, 1, day(2025, 1, 1, 1), "999", "1"),  # after as_of
    ]
    lake.publish("ecommerce.orders.v1", rows)
    old = customer(1, city="Köln", updated_at=day(2024, 12, 1), gender="unknown")
    lake.publish("ecommerce.customers.v1", [customer(n) for n in range(1, 5)], key="customers-new.csv")
    lake.publish("ecommerce.customers.v1", [old], key="customers-late.csv")
    clicks = [
        click(1),
        click(1),  # delivered twice
        click(2, event_type="add_to_cart"),
        click(3, event_type="purchase", session_id="s2", event_ts=day(2024, 12, 30)),
        click(4, event_type="page_view", product_id=None),
        click(5, event_ts=day(2024, 11, 1), session_id="s3"),  # more than 30 days ago
        click(6, event_ts=day(2025, 1, 2)),  # after as_of
        click(7, customer_id=None),
        click(8, customer_id="C000001", event_ts=day(2024, 9, 1)),
        click(9, customer_id="C000002", event_ts=day(2024, 11, 1)),
    ]
    lake.publish("ecommerce.clickstream.v1", clicks)
    process_orders.run(lake.settings, lake.arguments(AS_OF))


NO_ORDERS: dict[str, object] = {
    "orders": 0,
    "revenue": Decimal("0.00"),
    "recency_days": None,
    "rfm_score": None,
    "rfm_segment": "prospect",
    "churn_risk": None,
    "churn_band": None,
    "clv": Decimal("0.00"),
}


def test_five_customers_get_the_values_worked_by_hand(lake: Lake, orders: Orders) -> None:
    publish_five_customers(lake, orders)

    customer_360.run(lake.settings, lake.arguments(AS_OF))

    found = {str(row["customer_id"])[-1]: row for row in lake.rows(CUSTOMER_360.id)}
    assert set(found) == {"1", "2", "3", "4", "5"}
    like_a: Row = {
        "orders": 3,
        "revenue": Decimal("300.00"),
        "average_order_value": Decimal("100.00"),
        "recency_days": 31,
        "days_between_orders": Decimal("30.00"),
        "rfm_score": "233",
        "rfm_segment": "at risk",
        "churn_risk": Decimal("0.4127"),
        "churn_band": "medium",
        "margin_12m": Decimal("120.00"),
        "clv_historic": Decimal("120.00"),
        "clv_projected": Decimal("176.19"),
        "clv": Decimal("296.19"),
    }
    expected: dict[str, Row] = {
        "1": {
            **like_a,
            "cancelled_orders": 0,
            "city": "Bonn",
            "gender": "female",
            "age_band": "35-44",
            "tenure_days": 30,
            "activity": "dormant",
            "is_registered": True,
        },
        "2": {
            "orders": 1,
            "returned_orders": 1,
            "units": 2,
            "revenue": Decimal("100.00"),
            "returned_amount": Decimal("100.00"),
            "recency_days": 365,
            "days_between_orders": None,
            "rfm_score": "111",
            "rfm_segment": "hibernating",
            "churn_risk": Decimal("1.0000"),
            "churn_band": "high",
            "margin_12m": Decimal("0.00"),
            "clv_historic": Decimal("25.00"),
            "clv_projected": Decimal("0.00"),
            "clv": Decimal("25.00"),
            "activity": "lapsing",
        },
        "3": {**like_a, "cancelled_orders": 1, "activity": "never", "last_seen_at": None},
        "4": {
            **NO_ORDERS,
            "sessions_30d": 2,
            "active_days_30d": 2,
            "product_views_30d": 1,
            "cart_additions_30d": 1,
            "converted_sessions_30d": 1,
            "last_seen_at": day(2024, 12, 31, 12),
            "activity": "active",
        },
        "5": {
            "is_registered": False,
            "country": None,
            "orders": 1,
            "revenue": Decimal("100.00"),
            "recency_days": 0,
            "rfm_score": "411",
            "rfm_segment": "new",
            "churn_risk": Decimal("0.2000"),
            "churn_band": "low",
            "clv_historic": Decimal("10.00"),
            "clv_projected": Decimal("20.00"),
            "clv": Decimal("30.00"),
        },
    }
    assert {n: {name: found[n][name] for name in columns} for n, columns in expected.items()} == expected


def test_a_second_run_on_the_same_day_commits_nothing(lake: Lake, orders: Orders) -> None:
    publish_five_customers(lake, orders)
    customer_360.run(lake.settings, lake.arguments(AS_OF))
    before = lake.catalog.load_table(CUSTOMER_360.id).metadata_location
    customer_360.run(lake.settings, lake.arguments(AS_OF.replace(hour=5)))
    assert lake.catalog.load_table(CUSTOMER_360.id).metadata_location == before


def test_the_next_day_rewrites_only_customers_whose_values_moved(lake: Lake, orders: Orders) -> None:
    rows = [order(orders, 1, 1, day(2024, 12, 1), "100", "60")]
    lake.publish("ecommerce.orders.v1", rows)
    lake.publish("ecommerce.customers.v1", [customer(1, signup_date=None), customer(2, signup_date=None)])
    process_orders.run(lake.settings, lake.arguments(AS_OF))
    customer_360.run(lake.settings, lake.arguments(AS_OF))
    report = customer_360.run(lake.settings, lake.arguments(AS_OF.replace(day=2)))
    tables = report["tables"]
    assert isinstance(tables, list)
    assert isinstance(tables[0], dict)
    assert {name: tables[0][name] for name in ("inserted", "updated", "deleted")} == {
        "inserted": 0,
        "updated": 1,
        "deleted": 0,
    }


def test_a_currency_without_a_rate_is_named(lake: Lake, orders: Orders) -> None:
    lake.publish("ecommerce.orders.v1", [orders.order(currency="CHF")])
    process_orders.run(lake.settings, lake.arguments(AS_OF))
    with pytest.raises(PermanentError, match="got orders in CHF, allowed EUR, GBP, USD"):
        customer_360.run(lake.settings, lake.arguments(AS_OF))


@pytest.mark.parametrize("options", [{"rates": "EUR"}, {"rates": "EUR=-1"}, {"dropout": "1.5"}, {"retention": "x"}])
def test_an_option_that_cannot_be_used_is_a_usage_error(lake: Lake, options: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="got"):
        customer_360.run(lake.settings, lake.arguments(AS_OF, **options))


def test_every_pair_of_quintiles_has_a_segment(lake: Lake) -> None:
    pairs = lake.spark.createDataFrame([(r, f) for r in range(1, 6) for f in range(1, 6)], "r int, f int")
    named = pairs.select("r", "f", segment(F.col("r"), F.col("f")).alias("name")).collect()
    assert sorted({row["name"] for row in named}) == [
        "at risk",
        "cannot lose",
        "champions",
        "hibernating",
        "loyal",
        "needs attention",
        "new",
        "promising",
    ]
