"""A whole batch run again, even after compaction and snapshot expiry, changes no row and commits nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

BRONZE, QUARANTINE = "ecommerce_bronze.orders_v1", "ecommerce_quarantine.orders_v1"

pytestmark = [pytest.mark.chaos, pytest.mark.spark, pytest.mark.timeout(600)]


@pytest.mark.parametrize("lane", ["duckdb", pytest.param("spark", marks=pytest.mark.thorough)])
def test_a_replay_after_compaction_and_expiry_changes_nothing(lakehouse, orders_file: Path, lane: str) -> None:
    lakehouse.ingest(orders_file, lane)
    batch = lakehouse.batch_id()
    again = orders_file.with_name("orders-next.jsonl")
    again.write_bytes(b"".join(orders_file.read_bytes().splitlines(keepends=True)[:200]))
    lakehouse.ingest(again, "duckdb")  # a second snapshot, so that the first can expire
    first = set(lakehouse.snapshots(BRONZE))
    rows = lakehouse.rows(BRONZE), lakehouse.rows(QUARANTINE)
    maintained = lakehouse.run("gridata-job", "maintain", "--longest-job-hours", "0", "--snapshot-days", "0")
    assert maintained.returncode == 0, maintained.stderr
    assert first - set(lakehouse.snapshots(BRONZE)), "nothing expired, so this proves nothing"
    before = lakehouse.snapshots(BRONZE), lakehouse.snapshots(QUARANTINE)

    replay = lakehouse.job(batch, lane)

    assert replay.returncode == 0, replay.stderr
    report = json.loads(replay.stdout.splitlines()[-1])
    assert [table["adopted"] for table in report["tables"]] == [True, True]
    assert (lakehouse.snapshots(BRONZE), lakehouse.snapshots(QUARANTINE)) == before
    assert (lakehouse.rows(BRONZE), lakehouse.rows(QUARANTINE)) == rows
    assert lakehouse.verify()["violations"] == []
