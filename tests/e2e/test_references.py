"""A row that refers to nothing is flagged and stays, once the table it refers to is there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gridata_control.catalog import open_catalog
from gridata_control.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

CONTRACTS = Path(__file__).parents[2] / "data/contracts/ecommerce"
GRIDATA = Path(sys.executable).with_name("gridata")
SAMPLES = {"customers": "customers.csv", "orders": "orders.jsonl"}


def ingest(home: Path, dataset: str, file: Path, lane: str) -> dict[str, object]:
    contract = CONTRACTS / dataset / "v1/contract.odcs.yaml"
    arguments = ["--contract", str(contract), "--file", str(file), "--home", str(home), "--lane", lane, "--json"]
    done = subprocess.run([str(GRIDATA), "ingest", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, object] = json.loads(done.stdout)
    return report


def sample(dataset: str) -> Path:
    return CONTRACTS / dataset / "v1/samples/valid" / SAMPLES[dataset]


def flags(home: Path) -> dict[str, list[str]]:
    """By order and file, the checks that its row fails."""
    table = open_catalog(Settings.load(home)).load_table("ecommerce_bronze.orders_v1")
    rows = table.scan(selected_fields=("order_id", "_source_uri", "_flags")).to_arrow().to_pylist()
    return {f"{Path(row['_source_uri']).name} {row['order_id']}": row["_flags"] or [] for row in rows}


@pytest.mark.parametrize("lane", ["duckdb", "spark"])
def test_an_order_of_an_unknown_customer_is_flagged_and_published(tmp_path: Path, lane: str) -> None:
    first = json.loads(sample("orders").read_text().splitlines()[0])
    late = tmp_path / "late.jsonl"
    known, unknown = {**first, "order_id": "O900000001"}, {**first, "order_id": "O900000002", "customer_id": "C999999"}
    late.write_text("".join(json.dumps(order) + "\n" for order in (known, unknown)))
    home = tmp_path / "home"

    ingest(home, "orders", sample("orders"), "duckdb")  # no table of customers yet: nothing to look up in
    ingest(home, "customers", sample("customers"), "duckdb")
    report = ingest(home, "orders", late, lane)

    assert (report["valid"], report["rejected"]) == (2, 0)
    found = flags(home)
    assert {order for order, ids in found.items() if "customer_id.is_found_in" in ids} == {"late.jsonl O900000002"}
    assert len(found) > 2
