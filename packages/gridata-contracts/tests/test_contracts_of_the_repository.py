from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.columns import walk
from gridata_contracts.document import read_document
from gridata_contracts.lint import lint
from gridata_contracts.load import load_contract
from gridata_contracts.model import Contract, Severity
from gridata_contracts.naming import parse_dataset_id
from gridata_contracts.policy import load_policy
from gridata_contracts.rules import RULES, Level
from gridata_contracts.types import List
from gridata_contracts.vocabulary import load_vocabulary

ROOT = Path(__file__).parents[3]
ORDERS = parse_dataset_id("ecommerce.orders.v1")


def test_contract_is_a_document_of_the_open_data_contract_standard(contract: Contract) -> None:
    standard = json.loads(resources.files("open_data_contract_standard").joinpath("schema.json").read_text())

    errors = list(jsonschema.Draft201909Validator(standard).iter_errors(read_document(contract.path).data))

    assert [error.message for error in errors] == []


def test_contract_keeps_the_rules_and_words_of_the_house(contract: Contract) -> None:
    policy = load_policy(ROOT / "policies" / "contracts" / "policy.yaml")
    vocabulary = load_vocabulary(ROOT / "data" / "vocabulary.yaml")

    assert lint([contract.path], policy, vocabulary).problems == ()


def test_check_ids_are_unique_and_row_checks_come_first(contract: Contract) -> None:
    levels = [RULES[check.rule].level for check in contract.checks]

    assert len({check.id for check in contract.checks}) == len(contract.checks)
    assert levels == sorted(levels, key=lambda level: level is not Level.ROW)


def test_same_document_has_same_hash_whatever_its_layout(contract: Contract, tmp_path: Path) -> None:
    copy = tmp_path / "copy.yaml"
    copy.write_text("# another comment\n\n" + contract.path.read_text())

    assert load_contract(copy).hash == contract.hash


def test_orders_has_forty_row_rules_and_rules_on_items(contracts: Catalogue) -> None:
    rows = [check for check in contracts[ORDERS].checks if RULES[check.rule].level is Level.ROW]

    assert len(rows) >= 40
    assert sum((check.column or "").startswith("items[*].") for check in rows) >= 10
    assert {check.severity for check in rows} == {Severity.ERROR, Severity.WARNING}


def test_personal_columns_of_customers_are_marked(contracts: Catalogue) -> None:
    customers = contracts[parse_dataset_id("ecommerce.customers.v1")]

    personal = {column.path for column in walk(customers.columns) if column.pii}

    assert personal == {"email", "first_name", "last_name", "birth_date", "phone", "postal_code"}


def test_personal_fields_inside_objects_are_marked(contracts: Catalogue) -> None:
    personal = {column.path for column in walk(contracts[ORDERS].columns) if column.pii}

    assert personal == {"shipping.address.street", "shipping.address.postal_code", "notes"}


def test_clickstream_runs_on_the_spark_lane(contracts: Catalogue) -> None:
    assert contracts[parse_dataset_id("ecommerce.clickstream.v1")].lane == "spark"


def test_landing_key_finds_its_contract_by_prefix_and_by_alias(contracts: Catalogue) -> None:
    keys = {
        "landing/ecommerce/orders/v1/2024-01-01/orders.jsonl": "ecommerce.orders.v1",
        "raw/ecommerce/orders/2024-01-01/orders.jsonl": "ecommerce.orders.v1",
        "landing/ecommerce/customers/v1/customers.csv": "ecommerce.customers.v1",
        "landing/ecommerce/orders/v10/orders.jsonl": None,
        "landing/ecommerce/orders/orders.jsonl": None,
        "raw/ecommerce/ordersx/a": None,
    }

    found = {key: contracts.by_landing_key(key) for key in keys}

    assert {key: each and str(each.id) for key, each in found.items()} == keys


def test_every_list_column_has_the_fields_of_its_items_as_children(contract: Contract) -> None:
    for column in walk(contract.columns):
        if isinstance(column.type, List) and column.children:
            assert [child.path for child in column.children] == [f"{column.path}[*].{c.name}" for c in column.children]
