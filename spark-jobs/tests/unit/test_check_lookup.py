"""`gridata-job check --home`: references are asked of a home's tables, or named as not asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Contract
from gridata_contracts.suite import Ask, suite
from gridata_contracts.types import String
from gridata_control.catalog import open_catalog
from gridata_control.settings import Settings
from gridata_jobs.check import check
from gridata_jobs.check_lookup import NotedLookup
from gridata_jobs.checks.lookup import GivenTables

TABLE = "shop_bronze.parents_v1"
COLUMNS = """\
- name: id
  logicalType: string
  quality: [{type: custom, engine: gridata, implementation: {rule: is_found_in, table: shop_bronze.parents_v1}}]
"""
NOT_ASKED = [{"check": "id.is_found_in", "table": TABLE}]

Said = Callable[..., list[Any]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    catalog = open_catalog(Settings.load(home, {}))
    catalog.create_namespace("shop_bronze")
    rows = pa.table({"id": ["a"]})
    catalog.create_table(TABLE, rows.schema).append(rows)
    return home


@pytest.fixture
def said(contract_of: Callable[..., Contract], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    """The command's lines about two rows, of which one refers to nothing."""
    monkeypatch.delenv("GRIDATA_CATALOG_URI", raising=False)
    contract, file = contract_of(COLUMNS), tmp_path / "rows.jsonl"
    file.write_text('{"id": "a"}\n{"id": "z"}\n')
    given = ["--contract", str(contract.path), "--file", str(file), "--lane", "duckdb"]

    def said(*words: object) -> list[Any]:
        result = CliRunner().invoke(check, [*given, *map(str, words)], standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return [json.loads(line) if "--json" in words else line for line in result.stdout.splitlines()]

    return said


def test_references_are_asked_of_the_tables_of_the_home(said: Said, home: Path) -> None:
    found, missing, summary = said("--home", home, "--all", "--json")

    assert ("flags" in found, missing["flags"]) == (False, ["id.is_found_in"])
    assert (summary["not_asked"], [each["check"] for each in summary["broken"]]) == ([], ["id.is_found_in"])


def test_without_a_home_the_summary_names_what_was_not_asked(said: Said) -> None:
    assert said("--json")[-1]["not_asked"] == NOT_ASKED
    told, last = said()
    assert told.startswith(f"NOT ASKED: id.is_found_in looks values up in {TABLE}: got no --home")
    assert last.startswith("1 file, 2 rows: 2 valid")


def test_a_home_that_has_no_such_table_yet_is_named(said: Said, home: Path) -> None:
    told, _ = said("--home", home, "--as-of", "2020-01-01T00:00:00Z")

    assert told.endswith(f"got no version of it in {home} at 2020-01-01T00:00:00+00:00. Ingest it first.")


def test_a_folder_without_tables_is_refused_and_stays_as_it_was(said: Said, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()

    with pytest.raises(UsageError, match="has no tables"):
        said("--home", folder)
    assert list(folder.iterdir()) == []


def test_checks_about_earlier_batches_are_named_as_not_asked() -> None:
    contract = suite({"id": String()}, [Ask("has_row_count_ratio", None, {"max": 2})])
    (told,) = NotedLookup(GivenTables(), "").not_asked(contract)

    assert str(told).endswith("a batch is compared with earlier ones when it is ingested.")
