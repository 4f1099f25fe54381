"""A job is killed between its writes, its contract changes, and the retry finishes under the one it began with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

BRONZE, QUARANTINE = "ecommerce_bronze.orders_v1", "ecommerce_quarantine.orders_v1"
FOLDER = "ecommerce/orders/v1/contract.odcs.yaml"
NEW_COLUMN = """\
      - name: gift_note
        logicalType: string
        description: What the card says.
"""

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


@pytest.fixture
def contract(lakehouse: Any) -> Path:
    """The orders contract, alone in a folder of the home's, where it can change."""
    path: Path = lakehouse.home / "contracts" / FOLDER
    path.parent.mkdir(parents=True)
    shutil.copy(Path(__file__).parents[2] / "data/contracts" / FOLDER, path)
    return path


def ingest(lakehouse: Any, contract: Path, file: Path, **environment: str) -> Any:
    arguments = ("--contract", str(contract), "--file", str(file), "--home", str(lakehouse.home), "--json")
    return lakehouse.run("gridata", "ingest", *arguments, **environment)


def change(contract: Path, old: str, new: str) -> None:
    text = contract.read_text()
    assert text.count(old) >= 1
    contract.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("point", ["after-quarantine", pytest.param("after-bronze", marks=pytest.mark.thorough)])
def test_a_contract_that_changes_before_the_retry_does_not_lock_the_batch(
    lakehouse: Any, contract: Path, orders_file: Path, point: str
) -> None:
    killed = ingest(lakehouse, contract, orders_file, GRIDATA_CRASH_AT=point)
    assert killed.returncode == 4, killed.stderr
    change(contract, "version: 1.0.0", "version: 1.0.1")

    again = ingest(lakehouse, contract, orders_file)

    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["contract"]["version"] == "1.0.0"
    assert set(lakehouse.rows(BRONZE).values()) == {1}
    assert set(lakehouse.rows(QUARANTINE).values()) == {1}
    assert lakehouse.verify()["violations"] == []
    replay = lakehouse.job(lakehouse.batch_id())  # a published batch can be run again, too
    assert replay.returncode == 0, replay.stderr


@pytest.mark.parametrize("lane", ["duckdb", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.thorough])])
def test_a_batch_of_an_earlier_contract_is_finished_in_a_table_that_has_grown_since(
    lakehouse: Any, contract: Path, orders_file: Path, lane: str
) -> None:
    ingest(lakehouse, contract, orders_file, GRIDATA_CRASH_AT="after-quarantine")
    batch = lakehouse.batch_id()
    change(contract, "version: 1.0.0", "version: 1.1.0")
    change(contract, "    properties:\n", f"    properties:\n{NEW_COLUMN}")
    other = orders_file.with_name("orders-other.jsonl")
    other.write_bytes(b"".join(orders_file.read_bytes().splitlines(keepends=True)[:50]))
    grown = ingest(lakehouse, contract, other)
    assert grown.returncode == 0, grown.stderr

    finished = lakehouse.job(batch, lane)

    assert finished.returncode == 0, finished.stderr
    assert set(lakehouse.rows(BRONZE).values()) == {1}
    assert set(lakehouse.rows(QUARANTINE).values()) == {1}
    assert lakehouse.verify()["violations"] == []


@pytest.mark.thorough
def test_a_batch_without_rows_is_made_anew_under_the_contract_of_today(
    lakehouse: Any, contract: Path, orders_file: Path
) -> None:
    ingest(lakehouse, contract, orders_file, GRIDATA_CRASH_AT="after-split")
    change(contract, "version: 1.0.0", "version: 1.0.1")

    again = ingest(lakehouse, contract, orders_file)

    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["contract"]["version"] == "1.0.1"
    assert lakehouse.verify()["violations"] == []
