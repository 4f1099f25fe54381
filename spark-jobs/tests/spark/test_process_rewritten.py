"""Silver and gold after a batch was rewritten are what they would be had it been published so at once."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gridata_jobs import process_orders
from gridata_jobs.process_orders import job
from gridata_jobs.process_orders.schemas import DAILY_SALES, ORDER_ITEMS, ORDERS

pytestmark = pytest.mark.spark

DATASET = "ecommerce.orders.v1"


def test_rows_a_rewrite_took_out_brought_in_or_changed_reach_silver_and_gold(
    lake: Any, orders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier, later = datetime(2025, 1, 3, tzinfo=UTC), datetime(2025, 1, 6, tzinfo=UTC)
    two_lines = {"items": [orders.item(1), orders.item(2)]}
    lake.publish(DATASET, [orders.order(2, updated_at=earlier, **two_lines)], key="first.jsonl")
    rows = [orders.order(1), orders.order(2, updated_at=later), orders.order(3)]
    batch = lake.publish(DATASET, rows, key="second.jsonl")
    process_orders.run(lake.settings, lake.arguments())
    assert [row["order_id"] for row in lake.rows(ORDERS.id)] == ["O000000001", "O000000002", "O000000003"]

    # Rows 1 and 2 are rejected now, row 3 has another value in the same version, row 4 was rejected before.
    changed = orders.order(3, tax=Decimal("4.00"))
    lake.rewrite(DATASET, batch, {3: changed, 4: orders.order(4)})
    monkeypatch.setattr(job, "crash_point", _die_before_items)
    with pytest.raises(KeyboardInterrupt):
        process_orders.run(lake.settings, lake.arguments())
    monkeypatch.setattr(job, "crash_point", lambda _: None)
    assert applied(lake) == [0, 1, 1]

    silver = {row["order_id"][-1]: row for row in lake.rows(ORDERS.id)}
    assert {key: (row["updated_at"], row["tax"]) for key, row in silver.items()} == {
        "2": (earlier, Decimal("3.80")),
        "3": (rows[2]["updated_at"], Decimal("4.00")),
        "4": (rows[2]["updated_at"], Decimal("3.80")),
    }
    lines = sorted((row["order_id"][-1], row["line_number"]) for row in lake.rows(ORDER_ITEMS.id))
    assert lines == [("2", 1), ("2", 2), ("3", 1), ("4", 1)]
    assert [(row["orders"], row["units"]) for row in lake.rows(DAILY_SALES.id)] == [(3, 8)]
    tables = [lake.rows(target.id) for target in job.TARGETS]
    assert applied(lake) == [0, 0, 0]
    process_orders.run(lake.settings, lake.arguments(rebuild="true"))
    assert [lake.rows(target.id) for target in job.TARGETS] == tables


def test_a_batch_rewritten_to_nothing_leaves_nothing_downstream(lake: Any, orders: Any) -> None:
    batch = lake.publish(DATASET, [orders.order(1), orders.order(2)])
    process_orders.run(lake.settings, lake.arguments())
    assert len(lake.rows(ORDERS.id)) == 2

    lake.rewrite(DATASET, batch, {})
    process_orders.run(lake.settings, lake.arguments())

    assert [lake.rows(target.id) for target in job.TARGETS] == [[], [], []]


def applied(lake: Any) -> list[int]:
    """How many batches a run applies to orders, order items and daily sales."""
    report: dict[str, Any] = dict(process_orders.run(lake.settings, lake.arguments()))
    return [table["batches"] for table in report["tables"]]


def _die_before_items(point: str) -> None:
    if point == f"{job.JOB}:{ORDERS.id}":
        raise KeyboardInterrupt(point)
