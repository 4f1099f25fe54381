"""Whose values are protected: what a column says, what is around it, and what an array's items say."""

from __future__ import annotations

from typing import Protocol

import pytest

from gridata_contracts.columns import walk
from gridata_contracts.model import Contract


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


WORDS = "{name: words, logicalType: array, items: {logicalType: string}}"
PARTS = "      - name: parts\n        logicalType: array\n        items:\n"


def privacy(contract: Contract, path: str) -> tuple[bool, str, bool]:
    [column] = [each for each in walk(contract.columns) if each.path == path]
    return column.pii, column.classification, column.is_protected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("tags: [pii]", (True, "confidential", True)),
        ("classification: restricted", (False, "restricted", True)),
        ("classification: confidential", (False, "confidential", True)),
        ("classification: public", (False, "public", False)),
        ("customProperties: [{property: gridata.pii, value: true}]", (True, "confidential", True)),
        ("description: A word.", (False, "internal", False)),
    ],
)
def test_array_is_as_private_as_its_items_say(build: Build, said: str, expected: tuple[bool, str, bool]) -> None:
    inner = WORDS.replace("string}", f"string, {said}}}")
    nested = WORDS.replace("{logicalType: string}", f"{{logicalType: array, items: {{logicalType: string, {said}}}}}")

    assert privacy(build((WORDS, inner)), "words") == expected
    assert privacy(build((WORDS, nested)), "words") == expected


def test_fields_of_personal_items_are_personal(build: Build) -> None:
    contract = build((PARTS, f"{PARTS}          tags: [pii]\n"))

    assert privacy(contract, "parts") == privacy(contract, "parts[*].code") == (True, "confidential", True)


def test_the_stricter_of_array_and_items_counts(build: Build) -> None:
    said = WORDS.replace("array, ", "array, classification: restricted, ").replace("string}", "string, tags: [pii]}")

    assert privacy(build((WORDS, said)), "words") == (True, "restricted", True)
