"""`--as-of` finds exactly the version readers saw, or says what there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table

from gridata_contracts.errors import UsageError
from gridata_control.catalog.snapshots import history, load, resolve_as_of, table_ids

Append = Callable[[Table, list[dict[str, object]]], int]

ONE = {"id": 1, "note": "first", "address": None}
TWO = {"id": 2, "note": "second", "address": None}


def test_instant_means_the_snapshot_that_was_current_then(orders: Table, append: Append) -> None:
    first, second = append(orders, [ONE]), append(orders, [TWO])
    committed = history(orders)[1].committed_utc

    assert resolve_as_of(orders, committed.isoformat()) == second
    assert resolve_as_of(orders, (committed - timedelta(milliseconds=1)).isoformat()) == first
    assert resolve_as_of(orders, committed.strftime("%Y-%m-%dT%H:%M:%S.%f")) == second  # no zone means UTC


def test_tag_and_snapshot_id_name_a_version(orders: Table, append: Append) -> None:
    first = append(orders, [ONE])
    orders.manage_snapshots().create_tag(first, "2024-01").commit()
    append(orders, [TWO])

    assert resolve_as_of(orders, "2024-01") == first
    assert resolve_as_of(orders, str(first)) == first


def test_no_as_of_means_the_current_snapshot(orders: Table, append: Append) -> None:
    assert resolve_as_of(orders, None) is None
    assert append(orders, [ONE]) == resolve_as_of(orders, None)


@pytest.mark.parametrize("as_of", ["yesterday", "123", "2024-13-01"])
def test_unknown_version_says_what_is_allowed(orders: Table, append: Append, as_of: str) -> None:
    append(orders, [ONE])

    with pytest.raises(UsageError, match=r"allowed an instant from 20.*Z, a snapshot id, or one of \['main'\]"):
        resolve_as_of(orders, as_of)


def test_instant_before_the_first_snapshot_is_refused(orders: Table, append: Append) -> None:
    append(orders, [ONE])

    with pytest.raises(UsageError, match="no readable snapshot covers"):
        resolve_as_of(orders, "2001-01-01")


def test_history_counts_rows_and_names_tags(orders: Table, append: Append) -> None:
    first = append(orders, [ONE, TWO])
    orders.manage_snapshots().create_tag(first, "kept").commit()
    orders.delete("id = 1")

    versions = history(orders)

    assert [(version.rows, version.refs, version.current) for version in versions] == [
        (2, ("kept",), False),
        (1, ("main",), True),
    ]


def test_unknown_table_suggests_the_near_one(catalog: Catalog, orders: Table) -> None:
    assert table_ids(catalog) == ["shop_bronze.orders_v1"]
    with pytest.raises(UsageError, match=r"got 'shop_bronze.order_v1'.*Did you mean shop_bronze.orders_v1"):
        load(catalog, "shop_bronze.order_v1")
    with pytest.raises(UsageError, match=r"got 'orders_v1'.*Did you mean shop_bronze.orders_v1"):
        load(catalog, "orders_v1")
