"""`--as-of` is about the tables a query reads, not about tables whose names look like them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import LongType, NestedField

from gridata_contracts.errors import UsageError
from gridata_control.catalog.sql import query
from gridata_control.catalog.tables import ensure_table

Append = Callable[[Table, list[dict[str, object]]], int]

BRONZE, SILVER, QUARANTINE = "shop_bronze.orders_v1", "shop_silver.orders_v1", "shop_quarantine.orders_v1"


@dataclass(frozen=True)
class Past:
    """Three tables of one bare name. Bronze has two snapshots, silver followed it, quarantine is of today only.

    Attributes:
        snapshot_id: of bronze, with one row.
        between: when bronze and silver had one row each and quarantine was not there.
    """

    snapshot_id: int
    between: str


@pytest.fixture
def past(catalog: Catalog, append: Append) -> Past:
    bronze, silver = _table(catalog, BRONZE), _table(catalog, SILVER)
    first = append(bronze, [{"id": 1}])
    append(silver, [{"id": 1}])
    bronze.manage_snapshots().create_tag(first, "month-end").commit()
    time.sleep(0.01)  # snapshots and instants have milliseconds
    between = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    append(bronze, [{"id": 2}])
    append(silver, [{"id": 2}])
    append(_table(catalog, QUARANTINE), [{"id": 3}])
    return Past(first, between)


def _table(catalog: Catalog, name: str) -> Table:
    return ensure_table(catalog, name, Schema(NestedField(1, "id", LongType())), PartitionSpec(), {})


def ask(catalog: Catalog, sql: str, as_of: str | None) -> list[tuple[object, ...]]:
    with query(catalog, sql, as_of) as answer:
        return list(answer.rows)


def test_snapshot_id_instant_and_tag_of_one_table_are_not_asked_of_its_namesakes(catalog: Catalog, past: Past) -> None:
    for as_of in (str(past.snapshot_id), past.between, "month-end"):
        assert ask(catalog, f"SELECT id FROM {BRONZE}", as_of) == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        f"WITH orders_v1 AS (SELECT id FROM {BRONZE}) SELECT id FROM orders_v1",
        f"WITH RECURSIVE r AS (SELECT id FROM {BRONZE} UNION SELECT id FROM r) SELECT id FROM r",
        f"SELECT a.id FROM {BRONZE} a JOIN {SILVER} b USING (id)",
        f"SELECT id FROM {BRONZE} SEMI JOIN (SELECT id FROM {SILVER}) USING (id)",
        'SELECT "orders_v1"."id" FROM "Shop_Bronze"."ORDERS_V1"',
        f"SELECT id FROM memory.{BRONZE}",
        f"FROM {BRONZE}",
        f"SELECT id FROM {BRONZE} WHERE id IN (SELECT id FROM {SILVER})",
        f"SELECT id FROM {BRONZE} WHERE '{QUARANTINE}' <> 'FROM {QUARANTINE}' -- {QUARANTINE}",
        f"SELECT (SELECT max(id) FROM {BRONZE}) FROM (VALUES (1)) AS shop_quarantine(orders_v1)",
        f"FROM query_table('{BRONZE}')",
        f"SELECT max(id) FROM {BRONZE} WHERE " + " OR ".join(f"id = {i}" for i in range(900)),
    ],
)
def test_only_tables_that_the_query_reads_need_the_version(catalog: Catalog, past: Past, sql: str) -> None:
    assert ask(catalog, sql, past.between) == [(1,)]


def test_explain_needs_the_version_of_what_it_explains(catalog: Catalog, past: Past) -> None:
    assert ask(catalog, f"EXPLAIN ANALYZE SELECT a.id FROM {BRONZE} a JOIN {SILVER} b USING (id)", past.between)
    assert ask(catalog, f"/* ä */ EXPLAIN SELECT id FROM {BRONZE}", str(past.snapshot_id))
    with pytest.raises(UsageError, match=rf"--as-of for {QUARANTINE}"):
        ask(catalog, f"EXPLAIN SELECT id FROM {QUARANTINE}", past.between)


@pytest.mark.parametrize("sql", [f"SELECT * FROM {QUARANTINE}", f"SELECT * FROM {BRONZE} UNION FROM {QUARANTINE}"])
def test_table_that_is_read_and_has_no_such_version_is_named(catalog: Catalog, past: Past, sql: str) -> None:
    with pytest.raises(UsageError, match=rf"--as-of for {QUARANTINE}: got '{past.between[:4]}.* no readable snapshot"):
        ask(catalog, sql, past.between)


def test_list_of_tables_shows_those_there_were(catalog: Catalog, past: Past) -> None:
    sql = "SELECT table_schema FROM information_schema.tables WHERE table_schema LIKE 'shop%' ORDER BY ALL"

    assert ask(catalog, sql, past.between) == [("shop_bronze",), ("shop_silver",)]
    assert ask(catalog, sql, None) == [("shop_bronze",), ("shop_quarantine",), ("shop_silver",)]


def test_misspelt_table_beside_a_known_one_is_answered_with_the_near_name(catalog: Catalog, past: Past) -> None:
    with pytest.raises(UsageError, match=r"Did you mean .*orders_v1"):
        ask(catalog, f"SELECT * FROM {BRONZE} JOIN shop_silver.ordrs_v1 USING (id)", None)
