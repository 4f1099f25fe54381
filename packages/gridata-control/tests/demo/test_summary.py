"""What a person reads at the end."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from rich.console import Console

from gridata_contracts.reasons import ReasonCode
from gridata_control.demo.result import AnswerCheck, DemoResult, RunResult, TableResult
from gridata_control.demo.summary import next_commands, print_summary
from gridata_control.samples.answer_key import ExpectedReason

WHOLE = """\

4,542 records from 2 datasets in 143 s
files: 1 empty, 15 published, 1 quarantined, 2 refused, 1 put again unchanged; DAG runs: 1; column lineage edges: 412

Datasets
  dataset                   lane    files  rows in  valid  quarantined
  ──
  ecommerce.clickstream.v1  spark       3    3,003  2,943   60 (2.0 %)
  ecommerce.orders.v1       duckdb     11    1,539  1,465   74 (4.8 %)

Tables
  table                         rows  snapshots     current snapshot
  ──
  ecommerce_bronze.orders_v1   1,465          2  5025275720294463889
  ecommerce_silver.orders      1,428          2  2125813987576799919
  ecommerce_gold.customer_360      0          0                    -

Most frequent reasons
  dataset                   records  reason         check or column
  ──
  ecommerce.clickstream.v1        9  NOT_AN_OBJECT  the record
  ecommerce.orders.v1             8  INVALID_JSON   the record
  ecommerce.orders.v1             2  CHECK_FAILED   items[*].name.is_not_blank

Quarantine against the answer key
  ✓ equal: all 171 reasons were found, row by row, and no other

Where everything lies
  home        /home/me/demo
  answer key  /home/me/demo/sample/answer_key.jsonl

What to try next
  # all tables
  gridata tables --home /home/me/demo
"""


def _printed(result: DemoResult, width: int = 130) -> str:
    text = io.StringIO()
    print_summary(result, Console(file=text, width=width), "gridata", "--home /home/me/demo")
    return "\n".join(re.sub("─+", "──", line).rstrip() for line in text.getvalue().split("\n"))


def test_the_summary_reads_as_recorded(recorded: DemoResult) -> None:
    lines = WHOLE.splitlines()
    assert _printed(recorded).splitlines()[: len(lines)] == lines


def test_nothing_is_cut_or_folded_in_a_terminal_of_80_columns(recorded: DemoResult) -> None:
    large = replace(
        recorded.datasets[0], dataset="ecommerce.clickstream.v1", rows_in=500_400, valid=490_400, quarantined=10_000
    )
    table = TableResult("ecommerce_quarantine.clickstream_v1", 490_400, 9033013453957509364, 1, 9033013453957509364)
    text = _printed(replace(recorded, datasets=(large,), tables=(table,)), width=80)
    assert "  ecommerce.clickstream.v1  spark      3  500,400  490,400  10,000 (2.0 %)" in text
    assert "  ecommerce_quarantine.clickstream_v1  490,400          1  9033013453957509364" in text


def test_every_command_stays_on_one_line_so_that_it_can_be_copied(recorded: DemoResult) -> None:
    lines = _printed(recorded, width=60).splitlines()
    for _, arguments in next_commands(recorded):
        assert f"  gridata {arguments} --home /home/me/demo" in lines


def test_the_past_is_offered_with_a_snapshot_that_exists(recorded: DemoResult) -> None:
    assert any("--as-of 2409593086009552676" in arguments for _, arguments in next_commands(recorded))
    now_only = replace(recorded, tables=recorded.tables[:1])
    assert not any("--as-of" in arguments for _, arguments in next_commands(now_only))


def test_a_difference_is_told_reason_by_reason_and_no_name_moves_the_cursor(recorded: DemoResult) -> None:
    missing = ExpectedReason("landing/a\n\x1b[2J.jsonl", 3, ReasonCode.CHECK_FAILED, "tax.is_between", "tax")
    extra = ExpectedReason("landing/b.jsonl", None, ReasonCode.UNREADABLE_FILE)
    text = _printed(replace(recorded, answer_key=AnswerCheck(5, 5, (missing,), (extra,))))
    assert "✗ different: 5 reasons expected, 5 found, 1 missing, 1 not in the answer key" in text
    assert r"missing     landing/a\n\x1b[2J.jsonl, row 3: CHECK_FAILED tax.is_between" in text
    assert "unexpected  landing/b.jsonl, whole file: UNREADABLE_FILE" in text
    assert "\x1b" not in text


def test_a_run_that_failed_now_is_named_and_one_that_failed_then_is_not(recorded: DemoResult) -> None:
    now = RunResult("table_maintenance", "scheduled__r2", "manual", "failed", 3.0, False, ("maintain",))
    then = RunResult("table_maintenance", "scheduled__r1", "manual", "failed", 0.1, True, ("maintain",))
    result = replace(recorded, runs=(*recorded.runs, then, now))
    assert not result.passed
    assert "✗ table_maintenance scheduled__r2: failed" in _printed(result)
    assert "scheduled__r1" not in _printed(result)
    assert replace(recorded, runs=(*recorded.runs, then)).passed


def test_the_json_holds_what_the_summary_shows(recorded: DemoResult) -> None:
    content = recorded.to_json()
    assert content["files"] == {"EMPTY": 1, "PUBLISHED": 15, "QUARANTINED": 1, "REFUSED": 2, "known": 1}
    assert content["tables"][0] == {  # type: ignore[index]
        "table": "ecommerce_bronze.orders_v1",
        "rows": 1465,
        "snapshot_id": 5025275720294463889,
        "snapshots": 2,
        "first_snapshot_id": 7724181630894904335,
    }
    assert content["answer_key"] == {
        "equal": True,
        "expected": 171,
        "found": 171,
        "missing": 0,
        "unexpected": 0,
        "first_missing": [],
        "first_unexpected": [],
    }
    assert (content["lineage_edges"], content["seconds"], content["passed"]) == (412, 143.2, True)
