"""A batch is judged by the published batches before it, and by nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.rules.history import ROWS
from gridata_control.ledger import QualityMetric, open_ledger
from gridata_control.quality import BATCH
from gridata_control.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

GRIDATA = Path(sys.executable).with_name("gridata")
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: shop.visits.v1
name: visits
version: 1.0.0
status: active
domain: shop
team: {name: shop}
description: {purpose: One row is one visit of the shop; the till writes them.}
customProperties:
- {property: gridata.format, value: jsonl}
schema:
- name: visits
  logicalType: object
  properties:
  - {name: id, logicalType: integer, required: true}
  - name: seconds
    logicalType: integer
    quality:
    - {type: custom, engine: gridata, severity: warning,
       implementation: {rule: has_metric_ratio, metric: mean, max: 10}}
    - {type: custom, engine: gridata, implementation: {rule: has_psi, max: 1, window: 2}}
  - name: door
    logicalType: string
    quality:
    - {type: custom, engine: gridata, severity: warning, implementation: {rule: has_no_new_values}}
    - {type: custom, engine: gridata, implementation: {rule: has_approx_distinct_count, max: 9}}
  quality:
  - {type: custom, engine: gridata, implementation: {rule: has_row_count_ratio, min: 0.5, max: 2}}
"""


def ingest(  # one argument per thing a test varies
    home: Path,
    name: str,
    rows: int,
    seconds: int = 1,
    crash_at: str | None = None,
    doors: str = "N",
) -> dict[str, Any]:
    contract, file = home.parent / "contract.odcs.yaml", home.parent / name
    contract.write_text(CONTRACT)
    records = ({"id": i, "seconds": seconds, "door": doors[i % len(doors)]} for i in range(rows))
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    arguments = ["--contract", str(contract), "--file", str(file), "--home", str(home), "--json"]
    env = {**os.environ, **({"GRIDATA_CRASH_AT": crash_at} if crash_at else {})}
    done = subprocess.run([str(GRIDATA), "ingest", *arguments], capture_output=True, text=True, check=False, env=env)
    if crash_at is not None:
        assert done.returncode == 4, done.stderr
        return {}
    assert done.returncode in (0, 1), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_an_odd_number_of_rows_closes_the_gate_and_is_no_baseline_for_the_next_batch(tmp_path: Path) -> None:
    home = tmp_path / "home"

    states = {name: ingest(home, f"{name}.jsonl", rows)["state"] for name, rows in _DAYS.items()}

    assert states == {"first": "PUBLISHED", "usual": "PUBLISHED", "flood": "HELD", "after": "PUBLISHED"}


def test_a_batch_that_somebody_let_through_is_the_baseline_of_the_next(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ingest(home, "first.jsonl", 10)
    held = ingest(home, "flood.jsonl", 60)
    open_ledger(Settings.load(home)).clear_hold(held["batch_id"], override_gate=True)

    assert ingest(home, "flood.jsonl", 60)["state"] == "PUBLISHED"
    assert ingest(home, "next.jsonl", 61)["state"] == "PUBLISHED"


def test_a_retry_after_a_crash_is_not_judged_by_what_was_published_since(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ingest(home, "first.jsonl", 10)
    ingest(home, "usual.jsonl", 12, crash_at="after-bronze")
    ledger = open_ledger(Settings.load(home))
    older = max(each.batch.ingested_at_utc for each in ledger.batches()) - timedelta(microseconds=1)
    ledger.stage_metrics([QualityMetric("shop.visits.v1", "t", "late", BATCH, ROWS, 900, older, snapshot_id=1)])

    assert ingest(home, "usual.jsonl", 12)["state"] == "PUBLISHED"


def test_a_warning_is_told_with_how_it_was_judged_and_publishes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ingest(home, "first.jsonl", 10, seconds=1)
    report = ingest(home, "slow.jsonl", 10, seconds=60)

    assert report["state"] == "PUBLISHED"
    (check,) = [check for check in report["checks"] if check["rule"] == "has_metric_ratio"]
    assert (check["broken"], check["number"]) == (True, 60.0)
    assert "60" in check["note"]


def test_a_batch_of_other_numbers_is_held_and_one_of_other_values_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ingest(home, "first.jsonl", 150, seconds=1, doors="NS")
    ingest(home, "usual.jsonl", 150, seconds=1, doors="NSNNS")

    drifted = ingest(home, "drifted.jsonl", 150, seconds=5, doors="NS")
    other_door = ingest(home, "other.jsonl", 150, seconds=1, doors="NE")
    (psi,) = [check for check in drifted["checks"] if check["rule"] == "has_psi"]
    (new,) = [check for check in other_door["checks"] if check["rule"] == "has_no_new_values"]

    show = [str(GRIDATA), "quality", "show", "shop.visits.v1", "--home", str(home), "--json"]
    ((shown,), *_) = [json.loads(subprocess.run(show, capture_output=True, text=True, check=True).stdout)]

    values = {"N": 240, "S": 135, "E": 75}
    door = {"registers": {"records": 450, "different": 3}, "categories": {"records": 450, "values": values}}
    assert shown["distributions"]["seconds"] == {"bins": {"records": 450, "p05": 1.0, "p50": 1.0, "p95": 1.0}}
    assert shown["distributions"]["door"] == door
    assert (drifted["state"], psi["broken"]) == ("HELD", True)
    assert psi["note"].endswith("against 300 records of 2 batches")
    assert (other_door["state"], new["broken"], new["number"]) == ("PUBLISHED", True, 1)


_DAYS = {"first": 10, "usual": 12, "flood": 60, "after": 14}
