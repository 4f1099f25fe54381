"""A job killed between any two of its writes, and run again, has published once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

BRONZE, QUARANTINE = "ecommerce_bronze.orders_v1", "ecommerce_quarantine.orders_v1"
THOROUGH, SPARK = pytest.mark.thorough, pytest.mark.spark
BETWEEN_WRITES, AROUND_THEM = ("after-quarantine", "after-bronze"), ("after-split", "after-ledger")
PLACES = (
    *(pytest.param(point, "duckdb") for point in (*BETWEEN_WRITES, *AROUND_THEM)),
    *(pytest.param(point, "spark", marks=SPARK) for point in BETWEEN_WRITES),
    *(pytest.param(point, "spark", marks=[SPARK, THOROUGH]) for point in AROUND_THEM),
)

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


@pytest.mark.parametrize(("point", "lane"), PLACES)
def test_a_job_killed_here_publishes_once_when_run_again(lakehouse, orders_file: Path, point: str, lane: str) -> None:
    killed = lakehouse.ingest(orders_file, lane, GRIDATA_CRASH_AT=point)
    assert killed.returncode != 0

    again = lakehouse.ingest(orders_file, lane)

    assert again.returncode == 0, again.stderr
    assert set(lakehouse.rows(BRONZE).values()) == {1}
    assert set(lakehouse.rows(QUARANTINE).values()) == {1}
    assert lakehouse.verify()["violations"] == []
    report = json.loads(again.stdout)
    assert lakehouse.rows(BRONZE).total() == report["valid"]
    assert lakehouse.rows(QUARANTINE).total() == report["rejected"]


@pytest.mark.parametrize("lane", ["duckdb", pytest.param("spark", marks=[SPARK, THOROUGH])])
def test_what_the_killed_run_wrote_is_adopted_not_written_again(lakehouse, orders_file: Path, lane: str) -> None:
    lakehouse.ingest(orders_file, lane, GRIDATA_CRASH_AT="after-bronze")
    before = lakehouse.snapshots(BRONZE), lakehouse.snapshots(QUARANTINE)

    report = json.loads(lakehouse.job(lakehouse.batch_id(), lane).stdout.splitlines()[-1])

    assert [table["adopted"] for table in report["tables"]] == [True, True]
    assert (lakehouse.snapshots(BRONZE), lakehouse.snapshots(QUARANTINE)) == before


@pytest.mark.thorough
def test_the_other_lane_finishes_what_a_killed_lane_began(lakehouse, orders_file: Path) -> None:
    lakehouse.ingest(orders_file, "duckdb", GRIDATA_CRASH_AT="after-quarantine")

    again = lakehouse.ingest(orders_file, "spark")

    assert again.returncode == 0, again.stderr
    assert set(lakehouse.rows(BRONZE).values()) == {1}
    assert set(lakehouse.rows(QUARANTINE).values()) == {1}
    assert lakehouse.verify()["violations"] == []
