"""Names: every one is the dataset id with other separators, and no two datasets share one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gridata_contracts import naming
from gridata_contracts.errors import UsageError
from gridata_contracts.naming import DatasetId, parse_dataset_id

ids = st.builds(
    DatasetId,
    st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9]{0,3}(_[a-z0-9]{1,3}){0,3}", fullmatch=True),
    st.integers(1, 120),
)

NAMES: dict[str, Callable[[DatasetId], str]] = {
    "id": str,
    "landing prefix": naming.landing_prefix,
    "bronze": naming.bronze_table,
    "quarantine": naming.quarantine_table,
    "DAG": naming.ingest_dag_id,
    "asset": lambda dataset: naming.asset_uri(naming.bronze_table(dataset)),
    "role": naming.vault_role,
    "contract": lambda dataset: str(naming.contract_path(dataset)),
    "batch": naming.batch_prefix,
}


@given(ids)
def test_dataset_id_survives_being_text(dataset: DatasetId) -> None:
    assert parse_dataset_id(str(dataset)) == dataset


@given(ids, ids)
def test_no_two_datasets_share_a_name(one: DatasetId, other: DatasetId) -> None:
    assume(one != other)

    assert [kind for kind, name in NAMES.items() if name(one) == name(other)] == []


@given(ids, ids)
def test_no_landing_prefix_starts_with_another(one: DatasetId, other: DatasetId) -> None:
    assume(one != other)

    assert not naming.landing_prefix(one).startswith(naming.landing_prefix(other))


@given(ids)
def test_table_ids_split_into_namespace_and_name(dataset: DatasetId) -> None:
    assert naming.split_table(naming.bronze_table(dataset)) == (f"{dataset.domain}_bronze", dataset.stem)
    assert naming.layer_of(naming.quarantine_table(dataset)) == "quarantine"


@pytest.mark.parametrize(
    "text",
    ["", "orders", "a.b", "A.b.v1", "a.b.v0", "a.b.v01", "a_b.c.v1", "a.b_.v1", "a.b__c.v1", "a.b.v1\n", "a.b.v1.x"],
)
def test_what_is_no_dataset_id_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="allowed <domain>"):
        parse_dataset_id(text)


def test_names_are_those_of_the_worked_examples() -> None:
    orders = parse_dataset_id("ecommerce.orders.v1")
    key = naming.landing_prefix(orders) + "2024-01-01/orders.jsonl"

    assert [
        naming.landing_prefix(orders),
        naming.reasons_key(key),
        naming.reasons_key("raw/ecommerce/orders/2024-01-01/orders.jsonl"),
        naming.bronze_table(orders),
        naming.quarantine_table(orders),
        naming.ingest_dag_id(orders),
        naming.asset_uri(naming.bronze_table(orders)),
        naming.vault_role(orders),
        naming.file_id("landing", "a", "1"),
    ] == [
        "landing/ecommerce/orders/v1/",
        "rejected/ecommerce/orders/v1/2024-01-01/orders.jsonl.reasons.jsonl",
        "rejected/raw/ecommerce/orders/2024-01-01/orders.jsonl.reasons.jsonl",
        "ecommerce_bronze.orders_v1",
        "ecommerce_quarantine.orders_v1",
        "ecommerce_orders_v1_ingest",
        "x-iceberg://gridata/ecommerce_bronze/orders_v1",
        "ecommerce-orders-v1",
        hashlib.sha256(b"landing\0a\x001").hexdigest(),
    ]


@pytest.mark.parametrize("letter", ["y", "ü", "€", "\U0001f600"])
@pytest.mark.parametrize("folder", ["", "f" * 200 + "/", "f" * 255 + "/g" * 250 + "/"])
def test_the_reason_file_of_any_name_that_can_land_has_a_name_that_can_be_written(letter: str, folder: str) -> None:
    for size in range(230, 256):
        name = letter * ((size - 6) // len(letter.encode())) + ".jsonl"
        other = name.replace(letter, "z", 1)
        keys = {naming.reasons_key(f"landing/ecommerce/orders/v1/{folder}{each}") for each in (name, other)}

        assert len(keys) == 2
        for key in keys:
            assert key.startswith("rejected/")
            assert key.endswith(".reasons.jsonl")
            assert len(key.encode()) <= naming.KEY_MAX_BYTES
            assert max(len(part.encode()) for part in key.split("/")) <= naming.NAME_MAX_BYTES


@given(
    st.lists(st.text("ab", max_size=3), min_size=3, max_size=3),
    st.lists(st.text("ab", max_size=3), min_size=3, max_size=3),
)
def test_file_id_tells_bucket_key_and_version_apart(one: list[str], other: list[str]) -> None:
    assert (naming.file_id(*one) == naming.file_id(*other)) == (one == other)


def test_batch_id_depends_on_files_their_order_and_the_contract() -> None:
    orders = parse_dataset_id("ecommerce.orders.v1")
    made = {naming.batch_id(orders, h, files) for h in "xy" for files in (["a", "b"], ["b", "a"], ["a"])}

    assert len(made) == 6
    assert naming.batch_id(orders, "x", ["a", "b"]) in made
    assert all(batch.startswith(naming.batch_prefix(orders)) for batch in made)
    assert naming.run_id("b", 2) == "b__r2"


@pytest.mark.parametrize(
    ("name", "domain"),
    [("ecommerce_bronze.orders_v1", "ecommerce"), ("ecommerce.orders.v1", "ecommerce"), ("gridata_ops.x", "platform")],
)
def test_what_is_written_has_a_domain(name: str, domain: str) -> None:
    assert naming.domain_of(name) == domain


@pytest.mark.parametrize("name", ["gridata.metrics", "ecommerce_eu_gold.x", "x", "ecommerce.orders.v0"])
def test_a_table_without_a_domain_is_refused_since_jobs_run_in_their_domains_namespace(name: str) -> None:
    with pytest.raises(UsageError):
        naming.domain_of(name)
