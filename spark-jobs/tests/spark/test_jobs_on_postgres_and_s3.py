"""The same jobs with the catalog and ledger on Postgres and the tables on S3, each in its own process, for real."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gridata_control.settings import Settings
from gridata_jobs.customer_360.schemas import CUSTOMER_360
from gridata_jobs.process_orders.schemas import DAILY_SALES, DATASET, ORDERS

if TYPE_CHECKING:
    from tests.spark.conftest import Orders, Row

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment of a home whose catalog and ledger are on Postgres and whose tables are on MinIO."""
    folder = str(Path(__file__).parents[3] / "tests")
    if folder not in sys.path:
        sys.path.append(folder)
    minio: Any = importlib.import_module("servers.minio")
    postgres: Any = importlib.import_module("servers.postgres")
    with minio.minio(tmp_path_factory.mktemp("minio")) as store, postgres.postgres() as database:
        url = str(database.make_database())
        yield {
            **store.environment,
            "GRIDATA_HOME": str(tmp_path_factory.mktemp("home")),
            "GRIDATA_CATALOG_URI": url,
            "GRIDATA_LEDGER_URL": str(database.make_database()),
            "GRIDATA_WAREHOUSE": f"s3://{store.make_bucket('lake')}/warehouse",
        }


def job(environment: dict[str, str], name: str, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-c", "from gridata_jobs.cli import main; main()", name, *options]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def rows(settings: Settings, table: str) -> list[Row]:
    from gridata_control.catalog import open_catalog

    found: list[Row] = open_catalog(settings).load_table(table).scan().to_arrow().to_pylist()
    return found


@pytest.mark.timeout(900)
def test_transforms_and_maintenance_run_twice_and_change_nothing_the_second_time(
    servers: dict[str, str], monkeypatch: pytest.MonkeyPatch, orders: Orders, remote_lake: Any
) -> None:
    for name, value in servers.items():
        monkeypatch.setenv(name, value)
    settings = Settings.load(environ=servers)
    lake = remote_lake(settings)
    for number in range(1, 7):
        lake.publish(str(DATASET), [orders.order(number)], key=f"{number}.jsonl")
    now = ("--as-of", datetime.now(UTC).isoformat())

    first = [job(servers, name, *now) for name in ("process_orders", "customer_360", "maintain")]
    checked = job(servers, "quality_checks", "--as-of", "2025-01-10T01:00:00Z")
    tables = (ORDERS.id, DAILY_SALES.id, CUSTOMER_360.id, "ecommerce_bronze.orders_v1")
    before = [lake.snapshots(table) for table in tables]
    for name in ("process_orders", "customer_360", "maintain"):
        job(servers, name, *now)

    assert [table["inserted"] for table in first[0]["tables"]] == [6, 6, 1]
    assert first[2]["maintained"][0]["compaction"]["files_rewritten"] == 6
    assert (checked["failed"], len(rows(settings, ORDERS.id))) == (0, 6)
    assert [lake.snapshots(table) for table in tables] == before
