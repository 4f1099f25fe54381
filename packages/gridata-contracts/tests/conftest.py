from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.load import load_contract, load_contracts
from gridata_contracts.model import Contract

ROOT = Path(__file__).parents[3]

MINIMAL = """\
apiVersion: v3.1.0
kind: DataContract
id: shop.things.v1
version: 1.0.0
status: active
domain: shop
description: {purpose: One row is one thing.}
team: {name: shop-team}
customProperties:
  - {property: gridata.format, value: jsonl}
schema:
  - name: things
    properties:
      - {name: thing_id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: size, logicalType: integer, physicalType: int}
      - {name: price, logicalType: number, physicalType: 'decimal(12,2)'}
      - {name: made_on, logicalType: date}
      - {name: sold_at, logicalType: timestamp}
      - name: parts
        logicalType: array
        items:
          logicalType: object
          properties:
            - {name: code, logicalType: string}
            - {name: weight, logicalType: number, physicalType: double}
            - {name: cost, logicalType: number, physicalType: 'decimal(12,2)'}
      - {name: words, logicalType: array, items: {logicalType: string}}
"""
"""A correct contract that tests change in one place."""


@pytest.fixture
def minimal() -> str:
    return MINIMAL


Build = Callable[..., Contract]


@pytest.fixture(scope="session")
def contracts() -> Catalogue:
    return load_contracts(ROOT / "data" / "contracts")


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Loads MINIMAL after replacing each old text with the new one; every old text must be there."""

    def build_contract(*changes: tuple[str, str]) -> Contract:
        text = MINIMAL
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.yaml"
        path.write_text(text)
        return load_contract(path)

    return build_contract


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `contract` runs once for every contract of the repository."""
    if "contract" in metafunc.fixturenames:
        found = load_contracts(ROOT / "data" / "contracts").values()
        metafunc.parametrize("contract", found, ids=[str(each.id) for each in found])
