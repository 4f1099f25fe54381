from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gridata_control.ledger import QualityMetric
from gridata_jobs import process_orders, quality_checks
from gridata_jobs.process_orders.schemas import DATASET, ORDERS
from gridata_jobs.quality_metrics import QUALITY_METRICS, flush_metrics
from gridata_jobs.recheck import RECHECKED_DAYS

if TYPE_CHECKING:
    from tests.spark.conftest import Lake, Orders

    from gridata_contracts.model import JsonValue

pytestmark = pytest.mark.spark

BRONZE = "ecommerce_bronze.orders_v1"


TABLE_CHECKS = ("row_count_equals_ledger", "key_is_unique", "is_fresh", "is_found_in")
"""What is asked of tables, besides the rules of their contracts; rows of these tests are no complete records."""


def failed_checks(
    report: dict[str, JsonValue], names: tuple[str, ...] = TABLE_CHECKS
) -> dict[tuple[object, object], object]:
    checks = report["checks"]
    assert isinstance(checks, list)
    found = [check for check in checks if isinstance(check, dict)]
    return {
        (check["check"], check["table"]): check["failed"]
        for check in found
        if check["failed"] and check["check"] in names
    }


def test_published_tables_pass_and_unknown_customers_are_flagged(lake: Lake, orders: Orders) -> None:
    batch = lake.publish(str(DATASET), [orders.order(1), orders.order(2, customer_id="C000009")])
    lake.publish("ecommerce.customers.v1", [{"customer_id": "C000001"}])
    process_orders.run(lake.settings, lake.arguments())

    report = quality_checks.run(lake.settings, lake.arguments(lake.ledger.batch(batch).ingested_at_utc))

    assert failed_checks(report) == {("is_found_in", ORDERS.id): 1}
    assert report["warned"] == 1


def test_published_rows_that_todays_contract_rejects_are_told_by_rule(lake: Lake, orders: Orders) -> None:
    records = [orders.order(1), orders.order(2, currency="XXX"), orders.order(3, currency="X")]
    ingested = lake.ledger.batch(lake.publish(str(DATASET), records)).ingested_at_utc
    rule = ("currency.is_in_set",)

    today = quality_checks.run(lake.settings, lake.arguments(ingested))
    later = quality_checks.run(lake.settings, lake.arguments(ingested + timedelta(days=RECHECKED_DAYS + 1)))

    assert failed_checks(today, rule) == {(rule[0], BRONZE): 2}
    assert failed_checks(later, rule) == {}


def test_lost_rows_a_doubled_key_and_old_data_are_each_an_error(lake: Lake, orders: Orders) -> None:
    batch = lake.publish(str(DATASET), [orders.order(1), orders.order(2)])
    process_orders.run(lake.settings, lake.arguments())
    lake.catalog.load_table(BRONZE).delete("order_id = 'O000000001'")
    lake.spark.table(ORDERS.id).where("order_id = 'O000000002'").writeTo(ORDERS.id).append()
    ingested = lake.ledger.batch(batch).ingested_at_utc

    report = quality_checks.run(lake.settings, lake.arguments(ingested + timedelta(days=30)))

    assert failed_checks(report) == {
        ("row_count_equals_ledger", BRONZE): 1,
        ("key_is_unique", ORDERS.id): 1,
        ("is_fresh", BRONZE): 1,
    }


class _DiedError(Exception):
    """Stands for the process ending."""


def _die(*_: object) -> None:
    raise _DiedError


def test_staged_metrics_reach_the_table_once_even_when_a_flush_died_before_it_was_marked(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_of = lake.arguments().as_of
    first = QualityMetric("d", "t", "batch-1", "rows", "failed", 1.0, as_of)
    lake.ledger.stage_metrics([first])
    with monkeypatch.context() as patch:
        patch.setattr(type(lake.ledger), "mark_flushed", _die)
        with pytest.raises(_DiedError):
            flush_metrics(lake.catalog, lake.ledger)
    lake.ledger.stage_metrics([QualityMetric("d", "t", "batch-2", "rows", "failed", 2.0, as_of)])

    assert flush_metrics(lake.catalog, lake.ledger) == 1
    assert flush_metrics(lake.catalog, lake.ledger) == 0
    assert sorted(str(row["scope_id"]) for row in lake.rows(QUALITY_METRICS.id)) == ["batch-1", "batch-2"]
