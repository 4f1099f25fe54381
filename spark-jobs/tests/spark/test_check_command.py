"""`gridata-job check`: what it says about all rows does not depend on the lane, nor on which rows it shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gridata_contracts.model import JsonValue
from gridata_jobs.check import check

CONTRACT = Path(__file__).parents[3] / "data/contracts/ecommerce/customers/v1/contract.odcs.yaml"
NAMES = ["valid/customers", "invalid/segment-is-in-set", "invalid/reason-field-count", "invalid/reason-empty-file"]
FILES = [CONTRACT.parent / f"samples/{name}.csv" for name in [*NAMES, "invalid/reason-header-mismatch"]]

pytestmark = pytest.mark.spark


@pytest.fixture(autouse=True)
def _running_session(spark):  # the command joins the running engine
    return spark


def summary(*words: str | Path) -> dict[str, JsonValue]:
    """The command's last line, but for lane and time."""
    given = ["--contract", CONTRACT, "--json", "--as-of", "2025-06-01T00:00:00Z", "--file", *FILES, *words]
    result = CliRunner().invoke(check, list(map(str, given)), standalone_mode=False)
    assert result.exception is None, result.output
    said: dict[str, JsonValue] = json.loads(result.stdout.splitlines()[-1])
    return {name: value for name, value in said.items() if name not in ("lane", "seconds")}


def test_totals_are_those_of_all_rows_whichever_rows_are_shown() -> None:
    expected = summary("--lane", "duckdb", "--all")

    assert expected["valid"]
    assert expected["rejected"]
    assert summary("--lane", "duckdb") == expected
    assert summary("--lane", "spark") == expected
    assert summary("--lane", "spark", "--all") == expected
