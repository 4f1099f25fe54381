"""A run killed at any point leaves what the next run completes, with the tables an unbroken run makes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gridata_jobs import process_orders
from gridata_jobs.process_orders import job
from gridata_jobs.process_orders.schemas import DAILY_SALES, DATASET, ORDER_ITEMS, ORDERS

if TYPE_CHECKING:
    from tests.spark.conftest import Lake, Orders

TABLES = (ORDERS.id, ORDER_ITEMS.id, DAILY_SALES.id)
POINTS = [f"process_orders:{table}{where}" for table in TABLES for where in (":committed", "")][:-1]
"""After each commit before it is archived, and between two tables. Past the last commit nothing is left to do."""


class StoppedError(BaseException):
    """The process is gone: nothing may catch it."""


def second_round_to_do(lake: Lake, orders: Orders) -> None:
    """A first load is done; published since: order 1 with one line less and on another day, and a new order."""
    first = [orders.order(1, items=[orders.item(1), orders.item(2)]), orders.order(2)]
    lake.publish(str(DATASET), first, key="1.jsonl")
    process_orders.run(lake.settings, lake.arguments())
    moved = orders.order(1, order_ts=datetime(2025, 1, 5, tzinfo=UTC), updated_at=datetime(2025, 1, 9, tzinfo=UTC))
    lake.publish(str(DATASET), [moved, orders.order(3)], key="2.jsonl")


def assert_both_rounds_applied_once(lake: Lake) -> None:
    lines = [(row["order_id"], row["line_number"]) for row in lake.rows(ORDER_ITEMS.id)]
    assert lines == [("O000000001", 1), ("O000000002", 1), ("O000000003", 1)]
    days = {str(row["sale_date"]): row["orders"] for row in lake.rows(DAILY_SALES.id)}
    assert days == {"2025-01-01": 2, "2025-01-05": 1}
    assert [len(lake.snapshots(table)) for table in TABLES] == [2, 2, 2]


@pytest.mark.spark
def test_runs_that_die_one_after_the_other_at_every_point_apply_each_batch_once(
    lake: Lake, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_round_to_do(lake, orders)
    for point in POINTS:

        def die(name: str, point: str = point) -> None:
            if name == point:
                raise StoppedError

        monkeypatch.setattr(job, "crash_point", die)
        with pytest.raises(StoppedError):
            process_orders.run(lake.settings, lake.arguments())
    monkeypatch.setattr(job, "crash_point", lambda name: None)

    process_orders.run(lake.settings, lake.arguments())

    assert_both_rounds_applied_once(lake)


@pytest.mark.chaos
@pytest.mark.parametrize(
    "point",
    [
        f"process_orders:{ORDERS.id}:committed",
        pytest.param(f"process_orders:{ORDER_ITEMS.id}", marks=pytest.mark.thorough),
    ],
)
def test_a_killed_process_is_completed_by_the_next(lake: Lake, orders: Orders, point: str) -> None:
    second_round_to_do(lake, orders)
    command = [sys.executable, "-c", "from gridata_jobs.cli import main; main()", "process_orders"]
    environment = {**os.environ, **lake.settings.environment(), "GRIDATA_CRASH_AT": point}

    killed = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=240)
    process_orders.run(lake.settings, lake.arguments())

    assert killed.returncode == -signal.SIGKILL
    assert_both_rounds_applied_once(lake)
