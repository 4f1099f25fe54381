"""One home after one ingest run of orders and one transform, told by the reports those jobs write."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, StringType

from gridata_contracts.emit.iceberg import bronze_schema, quarantine_schema
from gridata_contracts.load import load_contract
from gridata_contracts.model import Contract
from gridata_control.catalog import open_catalog
from gridata_control.catalog.tables import ensure_table
from gridata_control.settings import Settings

BRONZE = "ecommerce_bronze.orders_v1"
QUARANTINE = "ecommerce_quarantine.orders_v1"
SILVER = "ecommerce_silver.orders"

Report = dict[str, object]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(tmp_path, environ={})


@pytest.fixture
def contract(settings: Settings) -> Contract:
    return load_contract(settings.contracts_dir / "ecommerce/orders/v1/contract.odcs.yaml")


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    return open_catalog(settings)


@pytest.fixture
def bronze_snapshot(catalog: Catalog, contract: Contract, tmp_path: Path) -> int:
    """Id of a snapshot with two rows; the quarantine table exists and is empty."""
    for wanted in (bronze_schema(contract), quarantine_schema(contract)):
        ensure_table(
            catalog,
            wanted.table_id,
            Schema.model_validate(wanted.schema_json()),
            PartitionSpec.model_validate(wanted.partition_json()),
            wanted.properties,
        )
    table = catalog.load_table(BRONZE)
    at = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [{"order_id": f"O00000000{n}", "_ingested_at": at} for n in range(2)]
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()), tmp_path / "rows.parquet")
    table.add_files([f"file://{tmp_path}/rows.parquet"])
    snapshot = table.current_snapshot()
    assert snapshot is not None
    return snapshot.snapshot_id


@pytest.fixture
def ingest_report(contract: Contract, bronze_snapshot: int) -> Report:
    return {
        "job": "ingest",
        "run_id": "ecommerce-orders_v1-0001__r1",
        "batch_id": "ecommerce-orders_v1-0001",
        "dataset": "ecommerce.orders.v1",
        "contract": {"path": str(contract.path), "hash": contract.hash},
        "started_utc": "2024-01-01T00:00:00+00:00",
        "finished_utc": "2024-01-01T00:00:05+00:00",
        "rows_in": 3,
        "valid": 2,
        "rejected": 1,
        "tables": [
            {"table": QUARANTINE, "snapshot_id": None, "rows": 0},
            {"table": BRONZE, "snapshot_id": bronze_snapshot, "rows": 2},
        ],
        "inputs": [{"file_id": "f" * 64, "uri": "file:///store/a.jsonl"}],
        "checks": [
            {
                "check": check.id,
                "column": check.column,
                "severity": check.severity.value,
                "failed": 1 if check.id == contract.checks[0].id else 0,
                "evaluated": 3,
            }
            for check in contract.checks
        ],
    }


@pytest.fixture
def transform_report(catalog: Catalog) -> Report:
    names = ("order_id", "postal_code", "ship_where")
    fields = [NestedField(position, name, StringType()) for position, name in enumerate(names, start=1)]
    ensure_table(catalog, SILVER, Schema(*fields), PartitionSpec(), {"comment": "Orders, latest version."})
    return {
        "job": "process_orders",
        "run_id": "process_orders__2024-01-01",
        "started_utc": "2024-01-01T01:00:00+00:00",
        "finished_utc": "2024-01-01T01:00:09+00:00",
        "tables": [{"table": SILVER, "snapshot_id": None, "inserted": 0, "updated": 0, "deleted": 0}],
        "lineage": [
            {
                "target": SILVER,
                "direct": {
                    "order_id": [f"{BRONZE}#order_id"],
                    "postal_code": [f"{BRONZE}#shipping.address.postal_code"],
                    "ship_where": [f"{BRONZE}#shipping.address.city", f"{BRONZE}#shipping.address.postal_code"],
                },
                "indirect": [f"{BRONZE}#updated_at"],
            }
        ],
    }
