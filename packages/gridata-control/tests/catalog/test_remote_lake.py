"""The same catalog on Postgres with tables on S3, for real."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import LongType, NestedField, StringType

from gridata_contracts.errors import TransientError
from gridata_control.catalog import open_catalog
from gridata_control.catalog.sql import query
from gridata_control.catalog.tables import ensure_table
from gridata_control.settings import Settings

Append = Callable[[Table, list[dict[str, object]]], int]

NARROW = Schema(NestedField(1, "id", LongType()))
WIDE = Schema(NestedField(1, "id", LongType()), NestedField(2, "note", StringType()))

RACER = """
import sys
from pathlib import Path
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField
from gridata_control.catalog import open_catalog
from gridata_control.catalog.tables import ensure_table
from gridata_control.settings import Settings
settings = Settings.load(Path(sys.argv[1]), environ={"GRIDATA_CATALOG_URI": sys.argv[2]})
print("ready", flush=True)
sys.stdin.readline()
schema = Schema(NestedField(1, "id", LongType()))
print(ensure_table(open_catalog(settings), "shop_bronze.orders_v1", schema, PartitionSpec(), {}).metadata.table_uuid)
"""


@pytest.fixture
def remote(tmp_path: Path, postgres_url: str, minio: Any, monkeypatch: pytest.MonkeyPatch) -> Settings:
    bucket = minio.make_bucket(f"lake-{tmp_path.name.replace('_', '-')[:40]}")
    for name, value in minio.environment.items():
        monkeypatch.setenv(name, value)
    places = {"GRIDATA_CATALOG_URI": postgres_url, "GRIDATA_WAREHOUSE": f"s3://{bucket}/warehouse"}
    return Settings.load(tmp_path, environ={**minio.environment, **places})


@pytest.mark.integration
def test_table_on_s3_evolves_and_is_read_as_of_then(remote: Settings, append: Append) -> None:
    catalog = open_catalog(remote)
    first = append(ensure_table(catalog, "shop_bronze.orders_v1", NARROW, PartitionSpec(), {}), [{"id": 1}])
    grown = ensure_table(catalog, "shop_bronze.orders_v1", WIDE, PartitionSpec(), {})
    append(grown, [{"id": 2, "note": "x"}])

    assert grown.location() == f"{remote.warehouse_uri}/shop_bronze/orders_v1"
    with query(catalog, "SELECT id, note FROM shop_bronze.orders_v1 ORDER BY id") as answer:
        assert list(answer.rows) == [(1, None), (2, "x")]
    with query(catalog, "SELECT * FROM shop_bronze.orders_v1", str(first)) as answer:
        assert list(answer.rows) == [(1,)]


@pytest.mark.integration
def test_processes_that_race_on_an_empty_postgres_agree_on_one_table(tmp_path: Path, postgres_url: str) -> None:
    command = [sys.executable, "-c", RACER, str(tmp_path), postgres_url]
    racers = [subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) for _ in range(4)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    finished = [(*racer.communicate(timeout=60), racer.returncode) for racer in racers]

    assert [(code, errors) for _, errors, code in finished] == [(0, "")] * 4
    assert len({uuid for uuid, _, _ in finished}) == 1


def test_database_that_is_away_is_transient_and_its_password_stays_out(tmp_path: Path) -> None:
    away = {"GRIDATA_CATALOG_URI": "postgresql+psycopg2://u:hunter2@127.0.0.1:1/x"}

    with pytest.raises(TransientError, match="allowed a database that answers") as caught:
        open_catalog(Settings.load(tmp_path, environ=away))

    assert "hunter2" not in str(caught.value)
