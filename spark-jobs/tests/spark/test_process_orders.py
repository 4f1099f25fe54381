from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from gridata_jobs import process_orders
from gridata_jobs.process_orders.schemas import DAILY_SALES, ORDER_ITEMS, ORDERS

if TYPE_CHECKING:
    from tests.spark.conftest import Lake, Orders, Row

pytestmark = pytest.mark.spark

DATASET = "ecommerce.orders.v1"
TABLES = (ORDERS.id, ORDER_ITEMS.id, DAILY_SALES.id)


def one(rows: list[Row]) -> Row:
    assert len(rows) == 1
    return rows[0]


def test_an_order_becomes_one_silver_row_with_derived_amounts_and_durations(lake: Lake, orders: Orders) -> None:
    # 3 x 9.99 - 2.97 = 27.00 kept, 1 x 10.00 = 10.00 sent back; order discount 3.70 of 37.00: 2.70 and 1.00.
    lines = [
        orders.item(2, quantity=1, returned=True),
        orders.item(1, product_id=" p00001 ", quantity=3, unit_price=Decimal("9.99"), discount=Decimal("2.97")),
    ]
    order = orders.order(items=lines, discount_total=Decimal("3.70"))
    lake.publish(DATASET, [order | {"customer_id": " c000001", "currency": "eur", "coupon_code": " "}])

    process_orders.run(lake.settings, lake.arguments())

    row = one(lake.rows(ORDERS.id))
    expected = {
        "order_id": "O000000001",
        "customer_id": "C000001",
        "order_date": date(2025, 1, 1),
        "currency": "EUR",
        "coupon_code": None,
        "ship_country": "DE",
        "line_count": 2,
        "units": 4,
        "gross_amount": Decimal("39.97"),
        "line_discount": Decimal("2.97"),
        "order_discount": Decimal("3.70"),
        "discount_amount": Decimal("6.67"),
        "net_revenue": Decimal("33.30"),
        "cost_of_goods": Decimal("24.00"),
        "gross_margin": Decimal("9.30"),
        "margin_rate": Decimal("0.2793"),
        "returned_units": 1,
        "returned_amount": Decimal("9.00"),
        "kept_revenue": Decimal("24.30"),
        "kept_margin": Decimal("6.30"),
        "paid_amount": Decimal("28.79"),
        "refunded_amount": Decimal("0.00"),
        "payment_method": "card",
        "is_cancelled": False,
        "is_returned": True,
        "delivery_days": Decimal("3.25"),  # 1 January 12:00 to 4 January 18:00
        "handling_hours": Decimal("24.00"),
        "transit_hours": Decimal("54.00"),
        "seconds_placed": 300,
        "seconds_paid": 42_900,
        "seconds_packed": 43_200,
        "seconds_shipped": 194_400,
        "seconds_delivered": None,
        "_row_number": 1,
    }
    assert {name: row[name] for name in expected} == expected
    items = row["items"]
    assert isinstance(items, list)
    assert [(line["line_number"], line["product_id"], line["order_discount_share"]) for line in items] == [
        (1, "P00001", Decimal("2.70")),
        (2, "P00002", Decimal("1.00")),
    ]


def test_order_discount_shares_add_up_to_the_cent(lake: Lake, orders: Orders) -> None:
    lines = [orders.item(n, quantity=1, unit_price=Decimal("0.10")) for n in range(1, 8)]
    lake.publish(DATASET, [orders.order(items=lines, discount_total=Decimal("0.10"))])
    process_orders.run(lake.settings, lake.arguments())
    shares = [row["order_discount_share"] for row in lake.rows(ORDER_ITEMS.id)]
    assert sum(share for share in shares if isinstance(share, Decimal)) == Decimal("0.10")
    assert set(shares) == {Decimal("0.01"), Decimal("0.02")}


def test_unknown_cost_leaves_margin_unknown_and_is_counted_in_gold(lake: Lake, orders: Orders) -> None:
    lake.publish(DATASET, [orders.order(1), orders.order(2, items=[orders.item(unit_cost=None)])])
    process_orders.run(lake.settings, lake.arguments())
    assert [row["gross_margin"] for row in lake.rows(ORDERS.id)] == [Decimal("8.00"), None]
    day = one(lake.rows(DAILY_SALES.id))
    # Margin 8.00 of the one order with a known cost, over its own sales of 20.00.
    assert (day["gross_margin"], day["margin_rate"], day["orders_without_cost"]) == (
        Decimal("8.00"),
        Decimal("0.4000"),
        1,
    )


def test_daily_sales_count_cancelled_orders_but_do_not_sell_them(lake: Lake, orders: Orders) -> None:
    cancelled = orders.order(2, status="cancelled", customer_id="C000002", payments=[])
    pickup = orders.order(3, customer_id="C000003")
    shipping = pickup["shipping"]
    assert isinstance(shipping, dict)
    pickup["shipping"] = {**shipping, "method": "pickup", "address": None}
    lake.publish(DATASET, [orders.order(1), cancelled, pickup])

    process_orders.run(lake.settings, lake.arguments())

    found = {row["country"]: row for row in lake.rows(DAILY_SALES.id)}
    assert set(found) == {"DE", "ZZ"}
    expected = {
        "sale_date": date(2025, 1, 1),
        "orders": 1,
        "cancelled_orders": 1,
        "returned_orders": 0,
        "customers": 1,
        "units": 2,
        "gross_sales": Decimal("20.00"),
        "net_sales": Decimal("20.00"),
        "tax": Decimal("3.80"),
        "shipping": Decimal("4.99"),
        "cost_of_goods": Decimal("12.00"),
        "gross_margin": Decimal("8.00"),
        "margin_rate": Decimal("0.4000"),
        "average_order_value": Decimal("20.00"),
        "delivered_orders": 1,
        "average_delivery_days": Decimal("3.25"),
    }
    assert {name: found["DE"][name] for name in expected} == expected


def test_a_second_run_starts_nothing_and_commits_nothing(lake: Lake, orders: Orders) -> None:
    lake.publish(DATASET, [orders.order()])
    process_orders.run(lake.settings, lake.arguments())
    before = {table: (lake.snapshots(table), lake.catalog.load_table(table).metadata_location) for table in TABLES}
    process_orders.run(lake.settings, lake.arguments(as_of=datetime.fromisoformat("2026-01-01T00:00:00+00:00")))
    after = {table: (lake.snapshots(table), lake.catalog.load_table(table).metadata_location) for table in TABLES}
    assert after == before


def test_a_rebuild_changes_no_row_and_commits_nothing(lake: Lake, orders: Orders) -> None:
    lake.publish(DATASET, [orders.order()])
    process_orders.run(lake.settings, lake.arguments())
    before = {table: lake.snapshots(table) for table in TABLES}
    process_orders.run(lake.settings, lake.arguments(rebuild="true"))
    assert {table: lake.snapshots(table) for table in TABLES} == before


def test_tables_do_not_depend_on_the_order_batches_are_applied_in(lake: Lake, orders: Orders) -> None:
    # Versions a and b share updated_at: the later object wins; c is newest, has fewer lines and lies on another day.
    versions: dict[str, tuple[Row, dict[str, Any]]] = {
        "a": (orders.order(status="paid"), {"version": "v1"}),
        "b": (
            orders.order(status="packed"),
            {"version": "v2", "modified": datetime.fromisoformat("2025-01-11T00:00Z")},
        ),
        "c": (
            orders.order(
                status="shipped",
                updated_at=datetime.fromisoformat("2025-01-07T00:00Z"),
                order_ts=datetime.fromisoformat("2025-01-02T00:00Z"),
                items=[orders.item(1)],
            ),
            {"key": "late.jsonl"},
        ),
    }
    versions["a"][0]["items"] = versions["b"][0]["items"] = [orders.item(1), orders.item(2)]
    sequences = list(permutations("abc"))
    for step in range(3):
        for number, sequence in enumerate(sequences, 1):
            row, where = versions[sequence[step]]
            changed = {**row, "order_id": f"O{number:09d}", "channel": f"web{number}"}
            file = {**where, "key": f"{where.get('key', 'one.jsonl')}-{number}"}
            lake.publish(DATASET, [changed], **file)
        process_orders.run(lake.settings, lake.arguments())

    orders_found = [(row["status"], row["order_date"]) for row in lake.rows(ORDERS.id)]
    lines_found = [(row["line_number"], row["status"]) for row in lake.rows(ORDER_ITEMS.id)]
    days_found = [(row["sale_date"], row["orders"]) for row in lake.rows(DAILY_SALES.id)]
    assert orders_found == [("shipped", date(2025, 1, 2))] * len(sequences)
    assert lines_found == [(1, "shipped")] * len(sequences)
    assert days_found == [(date(2025, 1, 2), 1)] * len(sequences)


def test_equal_updates_are_decided_by_object_order_not_arrival(lake: Lake, orders: Orders) -> None:
    late = datetime.fromisoformat("2025-01-11T00:00Z")
    lake.publish(DATASET, [orders.order(status="packed")], version="v2", modified=late)
    process_orders.run(lake.settings, lake.arguments())
    lake.publish(DATASET, [orders.order(status="paid")], version="v1")
    process_orders.run(lake.settings, lake.arguments())
    assert one(lake.rows(ORDERS.id))["status"] == "packed"
