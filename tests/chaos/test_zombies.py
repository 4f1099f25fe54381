"""A frozen run that wakes after its retry has finished, and two runs at the very same time, publish once."""

from __future__ import annotations

from pathlib import Path

import pytest

BRONZE, QUARANTINE = "ecommerce_bronze.orders_v1", "ecommerce_quarantine.orders_v1"

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


@pytest.mark.parametrize("point", [pytest.param("after-split", marks=pytest.mark.thorough), "after-quarantine"])
def test_a_zombie_that_wakes_after_its_retry_adopts_the_retrys_rows(lakehouse, orders_file: Path, point: str) -> None:
    lakehouse.ingest(orders_file, GRIDATA_CRASH_AT="after-split")  # a batch in the ledger, nothing in the tables
    batch = lakehouse.batch_id()
    zombie = lakehouse.start_held(batch, point)
    lakehouse.wait_held()

    retry = lakehouse.job(batch)
    lakehouse.release()
    _, complaint = zombie.communicate(timeout=280)

    assert retry.returncode == 0, retry.stderr
    assert zombie.returncode == 0, complaint
    assert set(lakehouse.rows(BRONZE).values()) == {1}
    assert set(lakehouse.rows(QUARANTINE).values()) == {1}
    assert lakehouse.verify()["violations"] == []


def test_four_runs_of_one_batch_at_once_publish_once(lakehouse, orders_file: Path) -> None:
    lakehouse.ingest(orders_file, GRIDATA_CRASH_AT="after-split")
    batch = lakehouse.batch_id()
    runs = [lakehouse.start_held(batch, "after-split") for _ in range(4)]
    lakehouse.wait_held(4)

    lakehouse.release()
    complaints = [run.communicate(timeout=280)[1] for run in runs]

    assert [run.returncode for run in runs] == [0, 0, 0, 0], complaints
    assert set(lakehouse.rows(BRONZE).values()) == {1}
    assert set(lakehouse.rows(QUARANTINE).values()) == {1}
    assert lakehouse.verify()["violations"] == []


@pytest.mark.spark
@pytest.mark.thorough
def test_a_duckdb_zombie_and_a_spark_retry_publish_once(lakehouse, orders_file: Path) -> None:
    lakehouse.ingest(orders_file, GRIDATA_CRASH_AT="after-split")
    batch = lakehouse.batch_id()
    zombie = lakehouse.start_held(batch, "after-quarantine")
    lakehouse.wait_held()

    retry = lakehouse.job(batch, "spark")
    lakehouse.release()
    _, complaint = zombie.communicate(timeout=280)

    assert (retry.returncode, zombie.returncode) == (0, 0), (retry.stderr, complaint)
    assert set(lakehouse.rows(BRONZE).values()) == {1}
    assert set(lakehouse.rows(QUARANTINE).values()) == {1}
    assert lakehouse.verify()["violations"] == []
