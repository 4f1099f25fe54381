from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F  # noqa: N812

from gridata_contracts.errors import UsageError
from gridata_jobs import maintain, process_orders
from gridata_jobs.maintain import job
from gridata_jobs.process_orders.schemas import DATASET, ORDERS

if TYPE_CHECKING:
    from tests.spark.conftest import Lake, Orders

pytestmark = pytest.mark.spark

BRONZE = "ecommerce_bronze.orders_v1"


@pytest.fixture
def in_two_months(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The clock two months on: every snapshot is old, and the month it was made in is complete.

    Iceberg asks the real clock about orphans: keep them for 70 days, so none is younger than it allows.
    """
    then = datetime.now(UTC) + timedelta(days=62)
    monkeypatch.setattr(job, "_clock", lambda: then)
    return then


def rows_of_batch(lake: Lake, batch_id: str) -> tuple[int, int]:
    """What a replay sees that looks for its batch: on the duckdb lane (pyiceberg) and on Spark."""
    table = lake.catalog.load_table(BRONZE)
    by_pyiceberg = table.scan(row_filter=f"_batch_id == '{batch_id}'").to_arrow().num_rows
    return by_pyiceberg, lake.spark.table(BRONZE).where(f"_batch_id = '{batch_id}'").count()


def test_a_replay_finds_its_batch_after_compaction_and_expiry_of_files_of_both_lanes(
    lake: Lake, orders: Orders, in_two_months: datetime
) -> None:
    batches = [lake.publish(str(DATASET), [orders.order(n), orders.order(n + 100)], key=f"{n}.jsonl") for n in range(6)]
    by_spark = lake.spark.table(BRONZE).where(f"_batch_id = '{batches[0]}'").withColumn("_batch_id", F.lit("by-spark"))
    by_spark.writeTo(BRONZE).append()
    before = lake.rows(BRONZE)

    report = maintain.run(lake.settings, lake.arguments(in_two_months, orphan_days="70", months="0", table=BRONZE))

    table = lake.catalog.load_table(BRONZE)
    assert len(list(table.scan().plan_files())) == 1
    assert len(table.metadata.snapshots) == 1
    assert lake.rows(BRONZE) == before
    assert [rows_of_batch(lake, batch) for batch in [*batches, "by-spark", "no-such-batch"]] == [(2, 2)] * 7 + [(0, 0)]
    maintained = report["maintained"]
    assert isinstance(maintained, list)
    assert isinstance(maintained[0], dict)
    assert maintained[0]["compaction"] == {
        "files_rewritten": 7,
        "files_added": 1,
        "bytes_rewritten": pytest.approx(100_000, rel=1),
    }


def test_a_second_maintenance_changes_nothing(lake: Lake, orders: Orders, in_two_months: datetime) -> None:
    for n in range(6):
        lake.publish(str(DATASET), [orders.order(n)], key=f"{n}.jsonl")
    maintain.run(lake.settings, lake.arguments(in_two_months, orphan_days="70"))
    before = lake.catalog.load_table(BRONZE).metadata_location
    maintain.run(lake.settings, lake.arguments(in_two_months, orphan_days="70"))
    assert lake.catalog.load_table(BRONZE).metadata_location == before


def test_last_month_stays_readable_after_expiry(lake: Lake, orders: Orders, in_two_months: datetime) -> None:
    lake.publish(str(DATASET), [orders.order(1)], key="1.jsonl")
    maintain.run(lake.settings, lake.arguments(in_two_months, orphan_days="70"))
    lake.publish(str(DATASET), [orders.order(2)], key="2.jsonl")
    maintain.run(lake.settings, lake.arguments(in_two_months, orphan_days="70"))

    table = lake.catalog.load_table(BRONZE)
    tag = f"month-{datetime.now(UTC):%Y-%m}"
    assert tag in table.refs()
    old = table.scan(snapshot_id=table.refs()[tag].snapshot_id).to_arrow()
    assert old["order_id"].to_pylist() == ["O000000001"]


def test_a_transform_does_not_apply_a_batch_again_after_its_stamp_expired(
    lake: Lake, orders: Orders, in_two_months: datetime
) -> None:
    lake.publish(str(DATASET), [orders.order(1)], key="1.jsonl")
    process_orders.run(lake.settings, lake.arguments())
    # Another commit, so that the stamped snapshot is not the current one and may expire.
    lake.spark.sql(f"UPDATE {ORDERS.id} SET ship_carrier = 'UPS'")
    maintain.run(lake.settings, lake.arguments(in_two_months, orphan_days="70", months="0"))
    report = process_orders.run(lake.settings, lake.arguments())
    tables = report["tables"]
    assert isinstance(tables, list)
    assert [table["batches"] for table in tables if isinstance(table, dict)] == [0, 0, 0]


def test_orphans_go_once_they_are_old_and_named_files_stay(lake: Lake, orders: Orders) -> None:
    lake.publish(str(DATASET), [orders.order(1)])
    lake.spark.table(BRONZE).writeTo(BRONZE).append()
    folder = Path(lake.catalog.load_table(BRONZE).location().removeprefix("file://"))
    old, young = folder / "data" / "old.parquet", folder / "data" / "young.parquet"
    four_days_ago = time.time() - 4 * 86_400
    for path in (old, young):
        path.write_bytes(b"left behind")
    for path in folder.rglob("*"):
        if path != young:
            os.utime(path, (four_days_ago, four_days_ago))

    maintain.run(lake.settings, lake.arguments(datetime.now(UTC), table=BRONZE))

    assert (old.exists(), young.exists()) == (False, True)
    assert len(lake.rows(BRONZE)) == 2


def test_an_unknown_table_is_a_usage_error(lake: Lake) -> None:
    with pytest.raises(UsageError, match=r"got 'no\.table'"):
        maintain.run(lake.settings, lake.arguments(table="no.table"))
