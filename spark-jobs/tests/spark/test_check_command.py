"""`gridata-job check`: what it says about all rows does not depend on the lane, nor on which rows it shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from gridata_control.catalog import open_catalog
from gridata_control.settings import Settings
from gridata_jobs.check import check

CONTRACT = Path(__file__).parents[3] / "data/contracts/ecommerce/customers/v1/contract.odcs.yaml"
NAMES = ["valid/customers", "invalid/segment-is-in-set", "invalid/reason-field-count", "invalid/reason-empty-file"]
FILES = [CONTRACT.parent / f"samples/{name}.csv" for name in [*NAMES, "invalid/reason-header-mismatch"]]

pytestmark = pytest.mark.spark


@pytest.fixture(autouse=True)
def _running_session(spark):  # the command joins the running engine
    return spark


def run(*words: object) -> dict[str, Any]:
    """The command's last line, but for lane and time."""
    result = CliRunner().invoke(check, list(map(str, words)), standalone_mode=False)
    assert result.exception is None, result.output
    said: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return {name: value for name, value in said.items() if name not in ("lane", "seconds")}


def test_totals_are_those_of_all_rows_whichever_rows_are_shown() -> None:
    given = ["--contract", CONTRACT, "--json", "--as-of", "2025-06-01T00:00:00Z", "--file", *FILES]

    expected = run(*given, "--lane", "duckdb", "--all")

    assert expected["valid"]
    assert expected["rejected"]
    assert run(*given, "--lane", "duckdb") == expected
    assert run(*given, "--lane", "spark") == expected
    assert run(*given, "--lane", "spark", "--all") == expected


def test_references_are_asked_on_spark_of_the_tables_of_the_home(tmp_path: Path) -> None:
    catalog = open_catalog(Settings.load(tmp_path / "home", {}))
    catalog.create_namespace("ecommerce_bronze")
    others = pa.table({"customer_id": ["C000002"]})
    catalog.create_table("ecommerce_bronze.customers_v1", others.schema).append(others)
    contract = CONTRACT.parents[2] / "orders/v1/contract.odcs.yaml"
    file = contract.parent / "samples/valid/orders.jsonl"
    given = ["--contract", contract, "--file", file, "--json", "--as-of", datetime.now(UTC).isoformat()]

    asked, *unasked = (
        run(*given, "--lane", lane, *words)
        for lane, words in (("spark", ["--home", tmp_path / "home"]), ("spark", []), ("duckdb", []))
    )

    assert "customer_id.is_found_in" not in {each["check"] for each in asked["not_asked"]}
    assert "customer_id.is_found_in" in {each["check"] for each in asked["broken"]}
    assert unasked[0]["not_asked"] == unasked[1]["not_asked"]
    assert "customer_id.is_found_in" in {each["check"] for each in unasked[0]["not_asked"]}
