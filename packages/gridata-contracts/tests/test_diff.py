"""Which changes of a contract evolve in place and which need a new major version."""

from __future__ import annotations

from typing import Protocol

import pytest

from gridata_contracts.diff import compare, is_breaking
from gridata_contracts.errors import UsageError
from gridata_contracts.model import Contract


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


Changes = tuple[tuple[str, str], ...]

NEW_VERSION = ("version: 1.0.0", "version: 1.1.0")
SIZE = "{name: size, logicalType: integer, physicalType: int}"
PRICE = "{name: price, logicalType: number, physicalType: 'decimal(12,2)'}"
WEIGHT = "{name: weight, logicalType: number, physicalType: double}"
CODE = "{name: code, logicalType: string}"
MADE = "{name: made_on, logicalType: date}"


def rule(call: str, severity: str = "error") -> tuple[str, str]:
    quality = f"[{{type: custom, engine: gridata, severity: {severity}, implementation: {{{call}}}}}]"
    return SIZE, f"{SIZE[:-1]}, quality: {quality}}}"


ALLOWED: dict[str, tuple[Changes, Changes]] = {
    "optional column": ((), ((MADE, f"{MADE}\n      - {{name: color, logicalType: string}}"),)),
    "optional column with a rule": (
        (),
        ((MADE, f"{MADE}\n      - {{name: color, logicalType: string, logicalTypeOptions: {{maxLength: 9}}}}"),),
    ),
    "nested field": ((), ((CODE, f"{CODE}\n            - {{name: color, logicalType: string}}"),)),
    "int to long": ((), ((SIZE, SIZE.replace("physicalType: int", "physicalType: long")),)),
    "float to double": (((WEIGHT, WEIGHT.replace("double", "float")),), ()),
    "wider decimal": ((), ((PRICE, PRICE.replace("12,2", "18,2")),)),
    "no longer required": (((SIZE, f"{SIZE[:-1]}, required: true}}"),), ()),
    "rule dropped": ((rule("rule: is_between, min: 1"),), ()),
    "lower minimum": ((rule("rule: is_between, min: 1"),), (rule("rule: is_between, min: 0"),)),
    "bound dropped": ((rule("rule: is_between, min: 1, max: 9"),), (rule("rule: is_between, min: 1"),)),
    "more values": ((rule("rule: is_in_set, values: [1, 2]"),), (rule("rule: is_in_set, values: [3, 2, 1]"),)),
    "fewer forbidden values": (
        (rule("rule: is_not_in_set, values: [1, 2]"),),
        (rule("rule: is_not_in_set, values: [2]"),),
    ),
    "new warning": ((), (rule("rule: is_between, min: 1", "warning"),)),
    "error to warning": ((rule("rule: is_between, min: 1"),), (rule("rule: is_between, min: 1", "warning"),)),
    "description": ((), ((MADE, "{name: made_on, logicalType: date, description: The day.}"),)),
    "zone for naive text": (
        (),
        (("logicalType: timestamp}", "logicalType: timestamp, logicalTypeOptions: {defaultTimezone: Etc/UTC}}"),),
    ),
}

REFUSED: dict[str, tuple[Changes, Changes, str]] = {
    "dropped column": ((), ((f"\n      - {MADE}", ""),), "made_on: dropped"),
    "renamed column": (
        (),
        (("name: made_on", "name: produced_on"),),
        "made_on: dropped, renamed to produced_on perhaps",
    ),
    "renamed nested field": ((), (("name: code", "name: kode"),), "parts[*].code: dropped, renamed to parts[*].kode"),
    "long to int": (((SIZE, SIZE.replace(": int}", ": long}")),), (), "size: long → int"),
    "double to float": ((), ((WEIGHT, WEIGHT.replace("double", "float")),), "parts[*].weight: double → float"),
    "narrower decimal": ((), ((PRICE, PRICE.replace("12,2", "10,2")),), "price: decimal(12,2) → decimal(10,2)"),
    "another scale": ((), ((PRICE, PRICE.replace("12,2", "13,3")),), "price: decimal(12,2) → decimal(13,3)"),
    "integer to text": ((), ((SIZE, "{name: size, logicalType: string}"),), "size: int → string"),
    "another item type": (
        (),
        (("items: {logicalType: string}", "items: {logicalType: date}"),),
        "words: items string → date",
    ),
    "new required column": (
        (),
        ((MADE, f"{MADE}\n      - {{name: color, logicalType: string, required: true}}"),),
        "color: added as string, required",
    ),
    "now required": ((), ((SIZE, f"{SIZE[:-1]}, required: true}}"),), "size: now required"),
    "new rule": ((), (rule("rule: is_between, min: 1"),), "size.is_between: added: at least 1"),
    "higher minimum": (
        (rule("rule: is_between, min: 1"),),
        (rule("rule: is_between, min: 2"),),
        "size.is_between: at least 1 → at least 2",
    ),
    "fewer values": (
        (rule("rule: is_in_set, values: [1, 2]"),),
        (rule("rule: is_in_set, values: [1]"),),
        "size.is_in_set: one of 1, 2 → one of 1",
    ),
    "warning to error": (
        (rule("rule: is_between, min: 1", "warning"),),
        (rule("rule: is_between, min: 1"),),
        "size.is_between: warning → error",
    ),
    "another pattern": (
        ((CODE, "{name: code, logicalType: string, logicalTypeOptions: {pattern: a}}"),),
        ((CODE, "{name: code, logicalType: string, logicalTypeOptions: {pattern: b}}"),),
        "parts[*].code.has_pattern: text matching a → text matching b",
    ),
    "another key": (
        (),
        ((", primaryKey: true, primaryKeyPosition: 1}", "}"),),
        "primary_key: ('thing_id',) → none",
    ),
    "another format": ((), (("value: jsonl", "value: json"),), "gridata.format: jsonl → json"),
    "unknown fields refused": (
        (),
        (("value: jsonl}", "value: jsonl}\n  - {property: gridata.unknownFields, value: reject}"),),
        "gridata.unknownFields: keep → reject",
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_change_that_keeps_every_file_and_row_readable_is_allowed(build: Build, name: str) -> None:
    before, after = ALLOWED[name]

    changes = compare(build(*before), build(NEW_VERSION, *after))

    assert not is_breaking(changes), changes


@pytest.mark.parametrize("name", REFUSED)
def test_breaking_change_is_refused_and_named(build: Build, name: str) -> None:
    before, after, message = REFUSED[name]

    changes = compare(build(*before), build(NEW_VERSION, *after))

    assert any(str(change).startswith(f"refused {message}") for change in changes), list(map(str, changes))


@pytest.mark.parametrize("name", REFUSED)
def test_new_major_version_may_change_anything(build: Build, name: str) -> None:
    before, after, _ = REFUSED[name]
    major = (("version: 1.0.0", "version: 2.0.0"), ("shop.things.v1", "shop.things.v2"))

    changes = compare(build(*before), build(*major, *after))

    assert changes
    assert not is_breaking(changes)


def test_contract_does_not_differ_from_itself(contract: Contract) -> None:
    assert compare(contract, contract) == []


def test_change_without_a_new_version_number_is_refused(build: Build) -> None:
    changes = compare(build(), build((SIZE, SIZE.replace(": int}", ": long}"))))

    assert [str(change) for change in changes] == [
        "allowed size: int → long.",
        "refused version: 1.0.0 → 1.0.0 although the contract changed. Set 1.1.0.",
    ]


def test_contracts_of_different_datasets_do_not_compare(build: Build) -> None:
    other = build(("shop.things.v1", "shop.others.v1"), ("- name: things", "- name: others"))

    with pytest.raises(UsageError, match="allowed two versions of one dataset"):
        compare(build(), other)
