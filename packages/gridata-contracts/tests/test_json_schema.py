"""JSON Schemas for producers: committed, current, and no stricter than the contract."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.document import read_document
from gridata_contracts.emit import json_schema
from gridata_contracts.model import Contract, Format
from gridata_contracts.rules import RULES, Level

Build = Callable[..., Contract]

ROOT = Path(__file__).parents[3]
SAYABLE = {"is_not_null", "is_in_set", "has_pattern", "has_length", "has_items", "is_not_blank"}


def rows(path: Path) -> list[Any]:
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_committed_schemas_are_what_the_contracts_say(contracts: Catalogue) -> None:
    assert json_schema.drift(contracts.values(), ROOT / "data" / "schemas") == []


def test_drift_names_the_missing_the_old_and_the_orphan(contracts: Catalogue, tmp_path: Path) -> None:
    first, second, *_ = contracts.values()
    (tmp_path / json_schema.file_name(first.id)).write_text(json_schema.text(first) + " ")
    (tmp_path / "shop.gone.v1.schema.json").write_text("{}")

    messages = json_schema.drift([first, second], tmp_path)

    assert [message.split(": got ")[1].split(",")[0] for message in messages] == [
        "a missing or old schema",
        "a missing or old schema",
        "a schema without a contract",
    ]


def test_schema_is_a_json_schema(contract: Contract) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema.schema(contract))


def test_schema_accepts_valid_samples(contract: Contract) -> None:
    if contract.landing.format is Format.JSONL:
        validator = jsonschema.Draft202012Validator(json_schema.schema(contract))
        for path in (contract.path.parent / "samples" / "valid").iterdir():
            for row in rows(path):
                assert [error.message for error in validator.iter_errors(row)] == []


def test_schema_refuses_samples_of_every_rule_it_can_say(contract: Contract) -> None:
    if contract.landing.format is not Format.JSONL:
        return
    validator = jsonschema.Draft202012Validator(json_schema.schema(contract))
    checks = {check.id: check for check in contract.checks}
    folder = contract.path.parent / "samples" / "invalid"
    for name, entries in read_document(folder / "expected.yaml").data.items():
        entry: Any = entries[0]  # type: ignore[index]
        check = checks.get(entry.get("check"))
        if check is not None and check.rule in SAYABLE and entry["verdict"] == "rejected":
            assert not validator.is_valid(rows(folder / name)[entry["row"] - 1]), name


@pytest.mark.parametrize(
    ("rule", "arguments"), [("is_between", "min: 1, exclusive_min: true"), ("is_equal_to", "value: 1")]
)
def test_rule_with_an_argument_it_cannot_say_is_listed_in_words(build: Build, rule: str, arguments: str) -> None:
    size = "{name: size, logicalType: integer, physicalType: int"
    quality = f", quality: [{{type: custom, engine: gridata, implementation: {{rule: {rule}, {arguments}}}}}]"
    contract = build((size, size + quality))

    schema: Any = json_schema.schema(contract)

    assert schema["x-gridata"]["rules"][0]["check"] == f"size.{rule}"


def test_rules_it_cannot_say_are_listed_in_words(contract: Contract) -> None:
    schema: Any = json_schema.schema(contract)
    listed = {rule["check"] for rule in schema["x-gridata"]["rules"]}

    across = {
        check.id for check in contract.checks if "column" in check.rule or RULES[check.rule].level is not Level.ROW
    }
    assert across <= listed


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        (1.5, True),
        ("1.50", True),
        ("1.500", True),
        ("1.505", False),
        ("01.5", False),
        (-3, True),
        ("1e3", False),
        (10**10, False),
    ],
)
def test_decimal_is_a_number_or_text_with_its_digits(build: Any, value: object, valid: bool) -> None:
    validator = jsonschema.Draft202012Validator(json_schema.schema(build()))

    assert validator.is_valid({"thing_id": "a", "price": value}) is valid
