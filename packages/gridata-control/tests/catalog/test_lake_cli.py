"""`gridata tables`, `table show` and `sql` print the lake, with personal values masked in samples."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from pyiceberg.table import Table

from gridata_contracts.errors import UsageError
from gridata_control.cli import cli
from gridata_control.settings import Settings

Append = Callable[[Table, list[dict[str, object]]], int]

ONE: dict[str, object] = {"id": 1, "note": "first", "address": {"city": "Bern", "street": "A"}}


def gridata(settings: Settings, *arguments: str) -> Result:
    result = CliRunner().invoke(cli, [*arguments, "--home", str(settings.home)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_tables_lists_rows_and_snapshot(settings: Settings, orders: Table, append: Append) -> None:
    snapshot = append(orders, [ONE])

    listed = json.loads(gridata(settings, "tables", "--json").stdout)

    assert [(one["table"], one["rows"], one["snapshot_id"]) for one in listed] == [
        ("shop_bronze.orders_v1", 1, snapshot)
    ]
    assert "shop_bronze.orders_v1" in gridata(settings, "tables").stdout


def test_tables_of_an_empty_home_says_what_to_do(settings: Settings) -> None:
    assert "gridata demo" in gridata(settings, "tables").stdout
    assert json.loads(gridata(settings, "tables", "--json").stdout) == []


def test_table_show_masks_what_has_no_statistics(settings: Settings, orders: Table, append: Append) -> None:
    with orders.transaction() as transaction:
        transaction.set_properties({"write.metadata.metrics.column.address.street": "none"})
    append(orders, [ONE])

    shown = json.loads(gridata(settings, "table", "show", "shop_bronze.orders_v1", "--json").stdout)

    assert shown["sample"] == [{"id": 1, "note": "first", "address": {"city": "Bern", "street": "***"}}]
    assert [one["path"] for one in shown["columns"] if one["personal"]] == ["address.street"]
    assert "***" in gridata(settings, "table", "show", "shop_bronze.orders_v1").stdout


def test_table_show_masks_names_that_a_contract_of_the_domain_marks(settings: Settings, append: Append) -> None:
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.types import NestedField, StringType

    from gridata_control.catalog import open_catalog
    from gridata_control.catalog.tables import ensure_table

    schema = Schema(NestedField(1, "email", StringType()), NestedField(2, "segment", StringType()))
    gold = ensure_table(open_catalog(settings), "ecommerce_gold.people", schema, PartitionSpec(), {})
    append(gold, [{"email": "a@b.example", "segment": "consumer"}])

    shown = json.loads(gridata(settings, "table", "show", "ecommerce_gold.people", "--json").stdout)

    assert shown["sample"] == [{"email": "***", "segment": "consumer"}]


def test_table_show_reads_the_version_asked_for(settings: Settings, orders: Table, append: Append) -> None:
    first = append(orders, [ONE])
    append(orders, [{**ONE, "id": 2}])

    shown = json.loads(
        gridata(settings, "table", "show", "shop_bronze.orders_v1", "--as-of", str(first), "--json").stdout
    )

    assert (shown["snapshot_id"], len(shown["sample"]), len(shown["snapshots"])) == (first, 1, 2)


@pytest.mark.parametrize(
    ("form", "printed"),
    [
        ("--json", '[{"id": 1, "half": "0.50"},\n {"id": 2, "half": "1.00"}]\n'),
        ("--csv", "id,half\n1,0.50\n2,1.00\n"),
    ],
)
def test_sql_prints_exact_values(settings: Settings, orders: Table, append: Append, form: str, printed: str) -> None:
    append(orders, [ONE, {**ONE, "id": 2}])
    query = "SELECT id, CAST(id * 0.5 AS DECIMAL(9,2)) AS half FROM shop_bronze.orders_v1 ORDER BY id"

    assert gridata(settings, "sql", query, form).stdout == printed


def test_sql_without_rows_is_an_empty_array(settings: Settings, orders: Table) -> None:
    assert json.loads(gridata(settings, "sql", "SELECT * FROM shop_bronze.orders_v1", "--json").stdout) == []


def test_sql_prints_a_table_and_says_when_there_is_more(settings: Settings) -> None:
    said = gridata(settings, "sql", "SELECT range AS n FROM range(101)")

    assert " 99" in said.stdout
    assert " 100" not in said.stdout
    assert "The first 100 rows" in said.stderr


def test_sql_refuses_to_write(settings: Settings) -> None:
    with pytest.raises(UsageError, match="allowed one SELECT"):
        gridata(settings, "sql", "CREATE TABLE t AS SELECT 1")
