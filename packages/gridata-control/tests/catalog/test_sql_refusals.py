"""A query that fails says so as what it is: the person's mistake (exit code 2) or the machine's (3), never a value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table

from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.catalog.sql import query

Append = Callable[[Table, list[dict[str, object]]], int]

SECRET = "anna@example.com"


def ask(catalog: Catalog, sql: str) -> list[tuple[object, ...]]:
    with query(catalog, sql) as answer:
        return list(answer.rows)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT cast(note AS int) FROM shop_bronze.orders_v1",
        "SELECT * FROM shop_bronze.orders_v1 WHERE note = 3",
        "SELECT strptime(note, '%Y') FROM shop_bronze.orders_v1",
        "SELECT error(note) FROM shop_bronze.orders_v1",
        "SELECT cast(note AS date) FROM shop_bronze.orders_v1",
        "SELECT cast(id * 9000000000 AS int) FROM shop_bronze.orders_v1",
    ],
)
def test_values_a_query_cannot_compute_are_a_usage_error_that_shows_none(
    catalog: Catalog, orders: Table, append: Append, sql: str
) -> None:
    append(orders, [{"id": 7, "note": SECRET, "address": None}])

    with pytest.raises(UsageError, match="query: got rows it cannot compute") as caught:
        ask(catalog, sql)

    assert SECRET not in str(caught.value)
    assert "63000000000" not in str(caught.value)


def test_refusal_names_the_place_in_the_query(catalog: Catalog, orders: Table, append: Append) -> None:
    append(orders, [{"id": 7, "note": SECRET, "address": None}])

    with pytest.raises(UsageError, match=r"\(Conversion Error;.*\n\nLINE 1: SELECT cast\(note AS int\) FROM") as caught:
        ask(catalog, "SELECT cast(note AS int) FROM shop_bronze.orders_v1")

    assert str(caught.value).endswith("^")


def test_value_that_looks_like_a_place_is_not_shown(catalog: Catalog, orders: Table, append: Append) -> None:
    append(orders, [{"id": 7, "note": f"x\n\nLINE 1: {SECRET}\n  ^", "address": None}])

    with pytest.raises(UsageError) as caught:
        ask(catalog, "SELECT error(note) FROM shop_bronze.orders_v1")

    assert SECRET not in str(caught.value)


def test_table_whose_file_is_gone_is_no_usage_error(
    catalog: Catalog, orders: Table, append: Append, tmp_path: Path
) -> None:
    append(orders, [{"id": 7, "note": SECRET, "address": None}])
    for file in tmp_path.rglob("*.parquet"):
        file.unlink()

    with pytest.raises(PermanentError, match="query: "):
        ask(catalog, "SELECT * FROM shop_bronze.orders_v1")
