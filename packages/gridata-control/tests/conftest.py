"""A home with two small datasets, empty store and ledger."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.load import load_contracts
from gridata_contracts.naming import DatasetId, file_id
from gridata_control.landing import LocalStore
from gridata_control.ledger import FileState, LandedFile, Ledger, NewFile
from gridata_control.settings import Settings

START = datetime(2026, 1, 1, tzinfo=UTC)
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: shop.{name}.v1
name: {name}
version: 1.0.0
status: active
domain: shop
description: {{purpose: One row per thing sold.}}
team: {{name: shop-team}}
slaProperties:
  - {{property: retention, value: 90, unit: d, element: landing}}
  - {{property: retention, value: 30, unit: d, element: quarantine}}
customProperties:
  - {{property: gridata.format, value: {format}}}
  - {{property: gridata.aliases, value: [raw/shop/{name}/]}}
  - {{property: gridata.sameContent, value: {same_content}}}
schema:
  - name: {name}
    logicalType: object
    physicalType: table
    properties:
      - {{name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: amount, logicalType: integer}}
"""


def write_contract(folder: Path, name: str, format_: str = "jsonl", same_content: str = "publish") -> Path:
    path = folder / "shop" / name / "v1" / "contract.odcs.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CONTRACT.format(name=name, format=format_, same_content=same_content))
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    with _servers("postgres").postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Any) -> str:
    """A new, empty database of a real Postgres."""
    return str(postgres_server.make_database())


@pytest.fixture(scope="session")
def minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real MinIO: `minio.endpoint`, `minio.make_bucket(name)`, `minio.environment`."""
    with _servers("minio").minio(tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="module")
def start_minio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """`start_minio({"MINIO_…": …})`: a MinIO of one's own, gone with the module."""
    with ExitStack() as stack:
        yield lambda settings: stack.enter_context(_servers("minio").minio(tmp_path_factory.mktemp("minio"), settings))


def _servers(name: str) -> Any:
    """A module of tests/servers, which stands beside the packages and is none."""
    folder = str(Path(__file__).parents[3] / "tests")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(f"servers.{name}")


@pytest.fixture
def add_contract(tmp_path: Path) -> Callable[..., Path]:
    """Writes one more contract of the shop: `add_contract("returns", "jsonl", "publish")`."""
    return functools.partial(write_contract, tmp_path / "contracts")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_contract(tmp_path / "contracts", "orders")
    write_contract(tmp_path / "contracts", "events", "csv", "duplicate")
    (tmp_path / "pipelines").mkdir()
    return tmp_path / "home"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return {
        "GRIDATA_HOME": str(home),
        "GRIDATA_CONTRACTS": str(home.parent / "contracts"),
        "GRIDATA_PIPELINES": str(home.parent / "pipelines"),
        "GRIDATA_SETTLE_S": "0",
    }


@pytest.fixture
def shop(environment: dict[str, str], ledger_url: str) -> Settings:
    return Settings.load(environ=environment | {"GRIDATA_LEDGER_URL": ledger_url})


@pytest.fixture
def shop_catalogue(shop: Settings) -> Catalogue:
    return load_contracts(shop.contracts_dir)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def ledger_url(request: pytest.FixtureRequest, home: Path) -> str:
    """Every claim about the ledger holds on both databases; Postgres in the integration lane."""
    if request.param == "sqlite":
        return f"sqlite:///{home}/ledger.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    ledger = Ledger(ledger_url)
    ledger.migrate()
    yield ledger
    ledger.close()


@pytest.fixture
def store(shop: Settings) -> LocalStore:
    return LocalStore(shop.home / "store", settle_s=0)


@pytest.fixture
def orders() -> DatasetId:
    return DatasetId("shop", "orders", 1)


@pytest.fixture
def see(ledger: Ledger, orders: DatasetId) -> Callable[..., list[LandedFile]]:
    """Puts SEEN files of the orders dataset into the ledger: `see(3)`, or with names and sizes."""

    def see(count: int = 1, size_bytes: int = 10, name: str = "file") -> list[LandedFile]:
        keys = [f"landing/shop/orders/v1/{name}{i}.jsonl" for i in range(count)]
        files = [LandedFile(file_id("local", key, "v"), "local", key, "v", size_bytes) for key in keys]
        entries = [
            NewFile(file, None, START + timedelta(seconds=i), orders, FileState.SEEN) for i, file in enumerate(files)
        ]
        assert ledger.see(entries) == count
        return files

    return see
