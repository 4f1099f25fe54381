"""The whole flow for real: generated files, real DAGs, both lanes, transforms, and the same again without a change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

REPOSITORY = Path(__file__).parents[2]
GRIDATA = Path(sys.executable).with_name("gridata")
SIZES = ("--orders", "1000", "--customers", "300", "--products", "120", "--clicks", "2000")
TABLES = {
    "ecommerce_bronze.clickstream_v1",
    "ecommerce_bronze.customers_v1",
    "ecommerce_bronze.orders_v1",
    "ecommerce_bronze.products_v1",
    "ecommerce_quarantine.clickstream_v1",
    "ecommerce_quarantine.customers_v1",
    "ecommerce_quarantine.orders_v1",
    "ecommerce_quarantine.products_v1",
    "ecommerce_silver.orders",
    "ecommerce_silver.order_items",
    "ecommerce_gold.daily_sales",
    "ecommerce_gold.customer_360",
}


@dataclass(frozen=True)
class Demos:
    """Two runs in one home."""

    home: Path
    first: dict[str, Any]
    second: dict[str, Any]


def _gridata(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRIDATA_")}
    command = [str(GRIDATA), *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


def _demo(home: Path) -> dict[str, Any]:
    run = _gridata("demo", "--home", str(home), *SIZES, "--json")
    assert run.returncode == 0, f"{run.stderr}\n{run.stdout[-2000:]}"
    result: dict[str, Any] = json.loads(run.stdout)  # one object and nothing else: progress went to standard error
    assert "generate" in run.stderr
    return result


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Demos:
    home = tmp_path_factory.mktemp("demo") / "home"
    return Demos(home, _demo(home), _demo(home))


def test_the_quarantine_equals_the_answer_key_row_and_reason_and_no_more(demos: Demos) -> None:
    for result in (demos.first, demos.second):
        assert result["answer_key"]["equal"]
        assert result["answer_key"]["expected"] == result["answer_key"]["found"] > 100


def test_every_file_ends_as_its_story_says(demos: Demos) -> None:
    assert demos.first["files"] == {"EMPTY": 1, "PUBLISHED": 15, "QUARANTINED": 1, "REFUSED": 2, "known": 1}
    for dataset in demos.first["datasets"]:
        assert dataset["rows_in"] == dataset["valid"] + dataset["quarantined"]


def test_both_lanes_ran_and_every_dag_succeeded(demos: Demos) -> None:
    assert {lane for dataset in demos.first["datasets"] for lane in dataset["lanes"]} == {"duckdb", "spark"}
    assert {run["state"] for run in demos.first["runs"]} == {"success"}
    dags = {run["dag_id"] for run in demos.first["runs"]}
    assert {
        "ecommerce_orders_pipeline",
        "ecommerce_customer_360",
        "data_quality",
        "table_maintenance",
        "platform_health",
    } <= dags
    triggered = [run for run in demos.first["runs"] if run["dag_id"] == "ecommerce_customer_360"]
    assert {run["run_type"] for run in triggered} == {"asset_triggered"}


def test_every_table_has_rows_and_lineage_is_known(demos: Demos) -> None:
    rows = {table["table"]: table["rows"] for table in demos.first["tables"]}
    assert {table for table, number in rows.items() if number} >= TABLES
    assert demos.first["lineage_edges"] > 50


def test_an_order_that_came_again_is_once_in_silver_with_its_latest_state(demos: Demos) -> None:
    bronze, silver = (
        _query(demos, f"SELECT count(*) AS rows, count(DISTINCT order_id) AS orders FROM {table}")
        for table in ("ecommerce_bronze.orders_v1", "ecommerce_silver.orders")
    )
    assert bronze["rows"] > bronze["orders"]
    assert silver["rows"] == silver["orders"] == bronze["orders"]
    stale = """
        SELECT count(*) AS stale FROM ecommerce_silver.orders s
        JOIN (SELECT order_id, max(updated_at) AS latest FROM ecommerce_bronze.orders_v1 GROUP BY ALL) b
        USING (order_id) WHERE s.updated_at <> b.latest
    """
    assert _query(demos, stale) == {"stale": 0}


def test_a_second_demo_changes_no_row_and_no_current_snapshot(demos: Demos) -> None:
    def lake(result: dict[str, Any]) -> list[tuple[str, int, int]]:
        return [
            (table["table"], table["rows"], table["snapshot_id"])
            for table in result["tables"]
            if not table["table"].startswith("gridata_ops.")
        ]

    assert lake(demos.first) == lake(demos.second)
    assert all(run["adopted"] for run in demos.second["runs"])


def test_verify_proves_that_no_record_was_lost(demos: Demos) -> None:
    run = _gridata("verify", "--home", str(demos.home), "--json")
    assert run.returncode == 0, run.stderr + run.stdout[-2000:]


def _query(demos: Demos, sql: str) -> dict[str, Any]:
    run = _gridata("sql", sql, "--home", str(demos.home), "--json")
    assert run.returncode == 0, run.stderr
    (row,) = json.loads(run.stdout)
    return dict(row)
