"""Tables are created once, grow with their contract and refuse every other change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform
from pyiceberg.types import (
    DecimalType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    NestedField,
    StringType,
    StructType,
    TimestamptzType,
)

from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.catalog import open_catalog
from gridata_control.catalog.tables import ensure_table
from gridata_control.settings import Settings

TABLE = "shop_bronze.orders_v1"
SPEC = PartitionSpec(PartitionField(3, 1000, DayTransform(), "_ingested_at_day"))


def fields(*extra: NestedField, quantity: IcebergType | None = None) -> Schema:
    return Schema(
        NestedField(1, "order_id", StringType(), required=True),
        NestedField(2, "quantity", quantity or IntegerType(), required=False),
        NestedField(3, "_ingested_at", TimestamptzType(), required=True),
        NestedField(4, "items", items(NestedField(6, "price", DecimalType(12, 2))), required=False),
        *extra,
    )


def items(*children: NestedField) -> ListType:
    return ListType(5, StructType(*children), element_required=False)


def test_first_call_creates_a_v2_table_under_its_namespace_folder(catalog: Catalog, tmp_path: Path) -> None:
    table = ensure_table(catalog, TABLE, fields(), SPEC, {"gridata.owner": "shop"})

    assert table.metadata.format_version == 2
    assert table.location() == f"file://{tmp_path}/warehouse/shop_bronze/orders_v1"
    assert table.properties["gridata.owner"] == "shop"
    assert [str(field.transform) for field in table.spec().fields] == ["day"]


def test_second_call_with_the_same_contract_writes_no_metadata(catalog: Catalog) -> None:
    first = ensure_table(catalog, TABLE, fields(), SPEC, {})

    second = ensure_table(catalog, TABLE, fields(), SPEC, {})

    assert second.metadata_location == first.metadata_location


def test_added_column_is_optional_and_old_rows_read_null(catalog: Catalog, tmp_path: Path) -> None:
    table = ensure_table(catalog, TABLE, fields(), SPEC, {})
    pq.write_table(rows(table.schema()), tmp_path / "rows.parquet")
    table.add_files([f"file://{tmp_path}/rows.parquet"])

    grown = ensure_table(catalog, TABLE, fields(NestedField(9, "channel", StringType(), required=True)), SPEC, {})

    assert grown.schema().find_field("channel").required is False
    assert grown.scan().to_arrow().column("channel").to_pylist() == [None]


def test_nested_field_is_added_and_types_widen(catalog: Catalog) -> None:
    ensure_table(catalog, TABLE, fields(), SPEC, {})
    wider = Schema(
        NestedField(1, "order_id", StringType(), required=False),
        NestedField(2, "quantity", LongType(), required=False),
        NestedField(3, "_ingested_at", TimestamptzType(), required=True),
        NestedField(
            4,
            "items",
            items(NestedField(6, "price", DecimalType(14, 2)), NestedField(7, "sku", StringType(), required=True)),
        ),
    )

    grown = ensure_table(catalog, TABLE, wider, SPEC, {}).schema()

    assert grown.find_field("quantity").field_type == LongType()
    assert grown.find_field("items.element.price").field_type == DecimalType(14, 2)
    assert grown.find_field("items.element.sku").required is False
    assert grown.find_field("order_id").required is False


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (Schema(*fields().fields[1:]), "order_id: got a contract without it"),
        (fields(quantity=StringType()), "quantity: got string, allowed int"),
        (fields(quantity=DecimalType(9, 2)), "quantity: got decimal(9, 2), allowed int"),
    ],
)
def test_dropped_or_retyped_column_is_refused_and_the_table_stays(
    catalog: Catalog, wanted: Schema, problem: str
) -> None:
    before = ensure_table(catalog, TABLE, fields(), SPEC, {})

    with pytest.raises(PermanentError, match=problem.replace("(", r"\(").replace(")", r"\)")):
        ensure_table(catalog, TABLE, wanted, SPEC, {})

    assert catalog.load_table(TABLE).metadata_location == before.metadata_location


def test_narrowing_inside_an_array_is_refused_by_its_path(catalog: Catalog) -> None:
    ensure_table(catalog, TABLE, fields(), SPEC, {})
    narrow = Schema(*fields().fields[:3], NestedField(4, "items", items(NestedField(6, "price", DecimalType(10, 2)))))

    with pytest.raises(PermanentError, match=r"items\[\*\]\.price: got decimal\(10, 2\)"):
        ensure_table(catalog, TABLE, narrow, SPEC, {})


def test_other_partitioning_is_refused(catalog: Catalog) -> None:
    ensure_table(catalog, TABLE, fields(), SPEC, {})

    with pytest.raises(PermanentError, match=r"partition: got \[\], allowed \['day\(_ingested_at\)'\]"):
        ensure_table(catalog, TABLE, fields(), PartitionSpec(), {})


def test_properties_are_added_and_those_of_others_stay(catalog: Catalog) -> None:
    ensure_table(catalog, TABLE, fields(), SPEC, {"a": "1"})

    table = ensure_table(catalog, TABLE, fields(), SPEC, {"b": "2"})

    assert (table.properties["a"], table.properties["b"]) == ("1", "2")


RACER = """
import sys
from pathlib import Path
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField
from gridata_control.catalog import open_catalog
from gridata_control.catalog.tables import ensure_table
from gridata_control.settings import Settings
settings = Settings.load(Path(sys.argv[1]), environ={})
print("ready", flush=True)
sys.stdin.readline()
schema = Schema(NestedField(1, "id", LongType()))
table = ensure_table(open_catalog(settings), "shop_bronze.orders_v1", schema, PartitionSpec(), {"a": "1"})
print(table.metadata.table_uuid)
"""


def test_processes_that_race_from_an_empty_home_agree_on_one_table(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, tmp_path], stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)
        for _ in range(4)
    ]
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


def test_foreign_database_is_a_usage_error_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="got 'mysql'") as caught:
        open_catalog(Settings.load(tmp_path, environ={"GRIDATA_CATALOG_URI": "mysql://root:hunter2@db/x"}))

    assert "hunter2" not in str(caught.value)


def rows(schema: Schema) -> pa.Table:
    from datetime import UTC, datetime
    from decimal import Decimal

    record = {
        "order_id": "O1",
        "quantity": 2,
        "_ingested_at": datetime(2024, 1, 1, tzinfo=UTC),
        "items": [{"price": Decimal("1.50")}],
    }
    return pa.Table.from_pylist([record], schema=schema.as_arrow())
