"""SQL over the tables is right under evolution, deletes and time travel, and reaches nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import LongType, NestedField, StringType

from gridata_contracts.errors import UsageError
from gridata_control.catalog.sql import query
from gridata_control.catalog.tables import ensure_table

Append = Callable[[Table, list[dict[str, object]]], int]

ONE: dict[str, object] = {"id": 1, "note": "first", "address": {"city": "Bern", "street": "A"}}
TWO: dict[str, object] = {"id": 2, "note": None, "address": {"city": "Oslo", "street": None}}


def ask(catalog: Catalog, sql: str, as_of: str | None = None) -> list[tuple[object, ...]]:
    with query(catalog, sql, as_of) as answer:
        return list(answer.rows)


def test_filter_on_a_column_that_is_not_selected_is_applied(catalog: Catalog, orders: Table, append: Append) -> None:
    append(orders, [ONE, TWO])

    assert ask(catalog, "SELECT id FROM shop_bronze.orders_v1 WHERE note IS NULL") == [(2,)]
    assert ask(catalog, "SELECT count(*) FROM shop_bronze.orders_v1 WHERE address.city = 'Bern'") == [(1,)]
    assert ask(catalog, "SELECT id FROM shop_bronze.orders_v1 WHERE note IN ('first', 'x')") == [(1,)]


def test_one_table_can_be_read_twice_in_a_query(catalog: Catalog, orders: Table, append: Append) -> None:
    append(orders, [ONE, TWO])

    rows = ask(catalog, "SELECT a.id, b.id FROM shop_bronze.orders_v1 a JOIN shop_bronze.orders_v1 b ON a.id > b.id")

    assert rows == [(2, 1)]


def test_renamed_column_keeps_its_values_and_a_readded_one_does_not_resurrect_them(
    catalog: Catalog, orders: Table, append: Append
) -> None:
    append(orders, [ONE])
    with orders.update_schema() as update:
        update.rename_column("note", "remark")
    with orders.update_schema() as update:
        update.add_column("note", StringType())
    append(orders, [{"id": 3, "remark": None, "note": "new", "address": None}])

    rows = ask(catalog, "SELECT id, remark, note FROM shop_bronze.orders_v1 ORDER BY id")

    assert rows == [(1, "first", None), (3, None, "new")]


def test_widened_column_reads_old_and_new_files(catalog: Catalog, append: Append) -> None:
    from pyiceberg.types import IntegerType

    narrow = ensure_table(
        catalog, "shop_bronze.counts_v1", Schema(NestedField(1, "n", IntegerType())), PartitionSpec(), {}
    )
    append(narrow, [{"n": 7}])
    wide = ensure_table(catalog, "shop_bronze.counts_v1", Schema(NestedField(1, "n", LongType())), PartitionSpec(), {})
    append(wide, [{"n": 2**40}])

    assert ask(catalog, "SELECT sum(n) FROM shop_bronze.counts_v1") == [(2**40 + 7,)]


def test_deleted_rows_are_gone_now_and_there_in_the_past(catalog: Catalog, orders: Table, append: Append) -> None:
    before = append(orders, [ONE, TWO])
    orders.delete("id = 1")

    assert ask(catalog, "SELECT id FROM shop_bronze.orders_v1") == [(2,)]
    assert ask(catalog, "SELECT count(*) FROM shop_bronze.orders_v1", str(before)) == [(2,)]


def test_past_snapshot_is_read_with_the_columns_it_had(catalog: Catalog, orders: Table, append: Append) -> None:
    append(orders, [ONE])
    then = datetime.now(UTC)
    with orders.update_schema() as update:
        update.add_column("channel", StringType())
    append(orders, [{**TWO, "channel": "web"}])

    assert len(ask(catalog, "SELECT * FROM shop_bronze.orders_v1")[0]) == 4
    assert ask(catalog, "SELECT * FROM shop_bronze.orders_v1", then.isoformat()) == [
        (1, "first", {"city": "Bern", "street": "A"})
    ]


def test_table_without_snapshots_has_no_rows(catalog: Catalog, orders: Table) -> None:
    assert ask(catalog, "SELECT * FROM shop_bronze.orders_v1") == []


def test_all_tables_are_listed_on_request(catalog: Catalog, orders: Table) -> None:
    rows = ask(
        catalog, "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema LIKE 'shop%'"
    )

    assert rows == [("shop_bronze", "orders_v1")]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{home}/stolen.csv'",
        "ATTACH '{home}/catalog.db'",
        "INSTALL httpfs",
        "LOAD json",
        "SET memory_limit = '99GB'",
        "CREATE TABLE t AS SELECT 1",
        "DELETE FROM shop_bronze.orders_v1",
        "SELECT 1; SELECT 2",
        "EXPORT DATABASE '{home}/all'",
        "PRAGMA database_list",
        "",
        "SELECT * FROM read_text('{home}/catalog.db')",
        "SELECT * FROM '{home}/catalog.db'",
        "SELECT * FROM glob('{home}/*')",
        "SELECT * FROM read_parquet('{home}/warehouse/*.parquet')",
        "SELECT * FROM shop_bronze.orders_v9",
        "SELECT colour FROM shop_bronze.orders_v1",
        "SELEC 1",
    ],
)
def test_everything_but_a_select_over_the_tables_is_a_usage_error(
    catalog: Catalog, orders: Table, tmp_path: Path, sql: str
) -> None:
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(UsageError, match="query: "):
        ask(catalog, sql.format(home=tmp_path))

    assert sorted(tmp_path.rglob("*")) == before


def test_explain_does_not_read(catalog: Catalog, orders: Table) -> None:
    assert ask(catalog, "EXPLAIN SELECT * FROM shop_bronze.orders_v1")
