"""Rules about text, text of other types, and time: DuckDB against the plain reading on pools of hard cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest
from rule_rows import AS_OF
from text_calls import POOLS, contract_of, items_contract
from time_pools import time_contract, time_rows

from gridata_contracts import types as t
from gridata_contracts.model import Contract
from gridata_contracts.reference import broken_checks
from gridata_contracts.sql.duckdb import DuckDb
from gridata_jobs.checks.plan import compile_checks
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.source import row_schema


def broken_on_duckdb(contract: Contract, rows: Sequence[Mapping[str, Any]], duck: Duck) -> list[set[str]]:
    numbered = [{"_row_number": i, **row} for i, row in enumerate(rows)]
    table = pa.Table.from_pylist(numbered, schema=row_schema(contract))
    plan = compile_checks(contract, DuckDb(), AS_OF)
    words = ", ".join(f"{word} AS w{i}" for i, word in enumerate(plan.words))
    found = duck.select(f"SELECT {words} FROM rows ORDER BY _row_number", rows=table).to_pylist()
    return [{check.id for check in plan.broken(tuple(row.values()))} for row in found]


def assert_same_verdicts(contract: Contract, rows: Sequence[Mapping[str, Any]], duck: Duck) -> None:
    found = broken_on_duckdb(contract, rows, duck)
    expected = [{check.id for check in broken_checks(contract, row, AS_OF)} for row in rows]
    by_id = {check.id: (check.rule, check.arguments) for check in contract.checks}
    differ = [(row, [by_id[c] for c in f ^ e]) for row, f, e in zip(rows, found, expected, strict=True) if f != e]
    assert differ == []


@pytest.mark.parametrize("pool", POOLS)
def test_duckdb_reads_text_like_the_plain_reading(pool: str, duck: Duck) -> None:
    assert_same_verdicts(contract_of(pool), [{"value": text} for text in [None, *POOLS[pool]()]], duck)


@pytest.mark.parametrize("kind", [t.Timestamp(), t.Date()], ids=["timestamp", "date"])
def test_duckdb_reads_time_like_the_plain_reading(kind: t.LogicalType, duck: Duck) -> None:
    assert_same_verdicts(time_contract(kind), time_rows(kind, 500), duck)


def test_duckdb_reads_json_in_items_like_the_plain_reading(duck: Duck) -> None:
    rows = [{"items": [{"text": text}]} for text in POOLS["json"]()[::10]]
    assert_same_verdicts(
        items_contract(), [{"items": None}, {"items": []}, {"items": [None, {"text": None}]}, *rows], duck
    )
