"""What the reader's tests share: an engine, contracts, and reading one text twice, fast and exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gridata_contracts.load import load_contract
from gridata_contracts.model import Contract, Format
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.open import open_source
from gridata_jobs.read.source import ALWAYS_FAST, NEVER_FAST, ROW_NUMBER
from gridata_jobs.read.staging import Staged

DATA = Path(__file__).parents[1] / "data"

HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: testing.things.v1
version: 1.0.0
status: active
domain: testing
description: {purpose: One row is one thing.}
team: {name: platform}
"""


@dataclass(frozen=True)
class Reading:
    """All a file's records.

    Attributes:
        rows: `repr` of each row by number: NaN equals itself, and -0.0 does not equal 0.0.
        refused: reasons by record number.
        fast: rows that came by the fast path.
    """

    rows: dict[int, str]
    refused: dict[int, list[dict[str, str | None]]]
    count: int
    fast: int


Read = Callable[..., Reading]


@pytest.fixture(scope="session")
def duck() -> Iterator[Duck]:
    duck = Duck(threads=1)
    yield duck
    duck.close()


@pytest.fixture(scope="session")
def read(duck: Duck, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Reads bytes as a file of a contract: `read(contract, data, fast=False)`."""
    folder = tmp_path_factory.mktemp("read")

    def read(contract: Contract, data: bytes, *, fast: bool = True, format_: Format | None = None) -> Reading:
        path = folder / "file"
        path.write_bytes(data)
        staged = Staged(path, format_ or contract.landing.format, len(data))
        source = open_source(staged, contract, duck, fast_from_bytes=ALWAYS_FAST if fast else NEVER_FAST)
        rows: dict[int, str] = {}
        refused: dict[int, list[dict[str, str | None]]] = {}
        count = quick = 0
        for span in source.spans():
            block = source.read(span)
            rows |= {row[ROW_NUMBER]: repr(row) for row in block.rows.to_pylist()}
            for raw in source.records(span, block.refused):
                refused[raw.row] = [reason.to_dict() for reason in raw.record.reasons]
            count += span.count
            quick += block.fast
        assert len(rows) + len(refused) == count
        return Reading(rows, refused, count, quick)

    return read


@pytest.fixture(scope="session")
def every_type() -> Contract:
    return load_contract(DATA / "every_type/v1/contract.odcs.yaml")


@pytest.fixture
def contract_of(tmp_path: Path) -> Callable[..., Contract]:
    """A contract from the YAML of its properties: `contract_of("- {name: a, logicalType: string}")`."""

    def contract_of(properties: str, *, format_: str = "jsonl", settings: str = "", quality: str = "") -> Contract:
        lines = [HEAD + "customProperties:", f"  - {{property: gridata.format, value: {format_}}}"]
        lines += [f"  {line}" for line in settings.splitlines()]
        lines += ["schema:", "  - name: things", "    properties:"]
        lines += [f"      {line}" for line in properties.strip("\n").splitlines()]
        lines += ["    quality:" if quality else ""] + [f"      {line}" for line in quality.splitlines()]
        path = tmp_path / "testing/things/v1/contract.odcs.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
        return load_contract(path)

    return contract_of
