"""What `gridata-job check --explain` says of a contract, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gridata_contracts import types as t
from gridata_contracts.errors import UsageError
from gridata_contracts.suite import Ask, suite
from gridata_jobs.check import check
from gridata_jobs.checks.explain import explain, explanation_text
from gridata_jobs.checks.regrouping import Regrouping

EVERY_KEY = Path(__file__).parents[1] / "data/every_key/v1/contract.odcs.yaml"
COLUMNS: dict[str, t.LogicalType] = {"id": t.String(), "kind": t.String(), "n": t.Integer()}


def said(*words: str) -> str:
    result = CliRunner().invoke(check, ["--contract", str(EVERY_KEY), *words], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_explanation_needs_no_file_and_counts_scans_and_shuffles_of_each_lane() -> None:
    duckdb, spark = map(json.loads, said("--explain", "--json").splitlines())

    assert duckdb["totals"] == {"scans": 1, "groupings": 11, "of_all_rows": 0}
    assert spark["totals"] == {"scans": 1, "shuffles": 11, "of_all_rows": 0}
    assert (spark["scan"]["row_rules"], spark["scan"]["words"], spark["scan"]["aggregates"]) == (2, 1, 0)
    assert {each["table"] for each in spark["lookups"]} == {"shop_bronze.kinds_v1", "shop_bronze.unborn_v1"}
    rises = next(table for table in spark["tables"] if "rises" in table["checks"])
    assert rises == {
        "checks": ["rises"],
        "columns": ["n", "kind", "at"],
        "where": "kind <> 'c'",
        "in_scan": False,
        "statistics": 0,
        "regroupings": [{"keys": ["kind"], "checks": ["rises"]}],
    }


def test_explanation_for_people_says_what_each_table_costs_and_the_total_last() -> None:
    lines = said("--explain", "--lane", "spark").splitlines()

    assert lines[0] == "spark:"
    assert lines[1].startswith("  scan: 2 row rules in 1 packed word; 0 aggregates and ")
    assert "  table of keys (price, kind): one_price" in lines
    assert "    one shuffle by kind: one_price" in lines
    assert "  look-up in shop_bronze.kinds_v1 (id): known, one shuffle of its keys" in lines
    assert lines[-1] == "  total: 1 scan, 11 shuffles"


def test_checks_of_one_table_share_a_shuffle_where_their_keys_do() -> None:
    asked = [
        Ask("is_increasing", "n", {"group": ["kind"]}),
        Ask("is_sequential", "n", {"group": ["kind"]}),
        Ask("is_not_repeated", None, {"columns": ["kind", "n"]}),
    ]
    contract = suite(COLUMNS, asked)

    on_duckdb, on_spark = explain(contract, "duckdb"), explain(contract, "spark")

    assert len(on_spark.tables) == 1
    ids = tuple(check.id for check in contract.checks)
    assert on_duckdb.regroupings == (Regrouping(("kind",), ids[:2]), Regrouping(("kind", "n"), ids[2:]))
    assert on_spark.regroupings == (Regrouping(("kind",), ids),)


def test_a_rule_without_group_brings_all_rows_into_one_task_and_no_other_rule_with_it() -> None:
    asked = [Ask("is_increasing", "n"), Ask("is_not_repeated", None, {"columns": ["n"]})]

    found = explain(suite(COLUMNS, asked), "spark")

    assert [table.regroupings[0].keys for table in found.tables] == [(), ("n",)]
    assert explanation_text(found).splitlines()[-1] == (
        "  total: 1 scan, 2 shuffles, 1 of them of all rows into one task"
    )


def test_without_files_and_without_explain_the_next_step_is_told() -> None:
    with pytest.raises(UsageError, match="--file: got none, allowed one or more"):
        said()
