"""A commit that another writer won is answered by looking again, not by an error."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

from gridata_jobs.lanes.spark_lane import overwrite_batch
from gridata_jobs.publish import BATCH_ID

pytestmark = pytest.mark.spark

TABLE = "ecommerce_bronze.orders_v1"


def test_a_batch_that_another_writer_published_meanwhile_is_a_lost_commit(lake: Any, orders: Any) -> None:
    lake.publish("ecommerce.orders.v1", [orders.order(1)], key="first.jsonl")
    seen = lake.catalog.load_table(TABLE)
    batch_id = lake.publish("ecommerce.orders.v1", [orders.order(2)], key="second.jsonl")
    rows = lake.spark.table(f"{lake.settings.catalog_name}.{TABLE}").where(F.col("_batch_id") == batch_id)

    won = overwrite_batch(rows, seen, f"{lake.settings.catalog_name}.{TABLE}", {BATCH_ID: batch_id})

    assert not won
    assert len(lake.rows(TABLE)) == 2


def test_a_batch_that_nobody_else_published_is_committed_once(lake: Any, orders: Any) -> None:
    lake.publish("ecommerce.orders.v1", [orders.order(1)], key="first.jsonl")
    seen = lake.catalog.load_table(TABLE)
    rows = lake.spark.table(f"{lake.settings.catalog_name}.{TABLE}").withColumn("_batch_id", F.lit("other"))

    assert overwrite_batch(rows, seen, f"{lake.settings.catalog_name}.{TABLE}", {BATCH_ID: "other"})
    assert len(lake.rows(TABLE)) == 2
