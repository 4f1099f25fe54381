"""A batch is judged by the published batches before it, and by nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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
  quality:
  - {type: custom, engine: gridata, implementation: {rule: has_row_count_ratio, min: 0.5, max: 2}}
"""


def ingest(home: Path, name: str, rows: int, seconds: int = 1) -> dict[str, Any]:
    contract, file = home.parent / "contract.odcs.yaml", home.parent / name
    contract.write_text(CONTRACT)
    file.write_text("".join(json.dumps({"id": i, "seconds": seconds}) + "\n" for i in range(rows)))
    arguments = ["--contract", str(contract), "--file", str(file), "--home", str(home), "--json"]
    done = subprocess.run([str(GRIDATA), "ingest", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_an_odd_number_of_rows_closes_the_gate_and_is_no_baseline_for_the_next_batch(tmp_path: Path) -> None:
    home = tmp_path / "home"

    states = {name: ingest(home, f"{name}.jsonl", rows)["state"] for name, rows in _DAYS.items()}

    assert states == {"first": "PUBLISHED", "usual": "PUBLISHED", "flood": "HELD", "after": "PUBLISHED"}


def test_a_warning_is_told_with_how_it_was_judged_and_publishes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ingest(home, "first.jsonl", 10, seconds=1)
    report = ingest(home, "slow.jsonl", 10, seconds=60)

    assert report["state"] == "PUBLISHED"
    (check,) = [check for check in report["checks"] if check["rule"] == "has_metric_ratio"]
    assert (check["broken"], check["number"]) == (True, 60.0)
    assert "60" in check["note"]


_DAYS = {"first": 10, "usual": 12, "flood": 60, "after": 14}
