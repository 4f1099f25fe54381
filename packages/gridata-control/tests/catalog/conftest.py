"""A small lake with one table that has lived: appended, evolved, deleted from, tagged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import LongType, NestedField, StringType, StructType

from gridata_control.catalog import open_catalog
from gridata_control.catalog.tables import ensure_table
from gridata_control.settings import Settings

ORDERS = "shop_bronze.orders_v1"
SCHEMA = Schema(
    NestedField(1, "id", LongType()),
    NestedField(2, "note", StringType()),
    NestedField(3, "address", StructType(NestedField(4, "city", StringType()), NestedField(5, "street", StringType()))),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(tmp_path, environ={})


@pytest.fixture
def catalog(settings: Settings) -> Catalog:
    return open_catalog(settings)


@pytest.fixture
def orders(catalog: Catalog) -> Table:
    return ensure_table(catalog, ORDERS, SCHEMA, PartitionSpec(), {})


@pytest.fixture
def append() -> Callable[[Table, list[dict[str, object]]], int]:
    """Commit records as one Parquet file and return the snapshot id."""

    def commit(table: Table, records: list[dict[str, object]]) -> int:
        table.append(pa.Table.from_pylist(records, schema=table.schema().as_arrow()))
        snapshot = table.current_snapshot()
        assert snapshot is not None
        return snapshot.snapshot_id

    return commit
