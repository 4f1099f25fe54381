"""Rules about text, text of other types, and time: Spark against the plain reading on the pools DuckDB is held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from rule_rows import AS_OF
from text_calls import POOLS, contract_of, items_contract
from time_pools import time_contract, time_rows

from gridata_contracts import types as t
from gridata_contracts.emit import arrow
from gridata_contracts.model import Contract
from gridata_contracts.reference import broken_checks
from gridata_contracts.sql.spark import SparkSql
from gridata_jobs.checks.plan import compile_checks

pytestmark = pytest.mark.spark


def broken_on_spark(contract: Contract, rows: Sequence[Mapping[str, Any]], spark: SparkSession) -> list[set[str]]:
    table = pa.Table.from_pylist(list(rows), schema=arrow.schema(contract))
    frame = spark.createDataFrame(table.append_column("_i", pa.array(range(len(rows)))))
    plan = compile_checks(contract, SparkSql(), AS_OF)
    words = [f"({word}) AS w{i}" for i, word in enumerate(plan.words)]
    found = sorted(frame.selectExpr("_i", *words).toArrow().to_pylist(), key=lambda row: row["_i"])
    return [{check.id for check in plan.broken(tuple(row.values())[1:])} for row in found]


def assert_same_verdicts(contract: Contract, rows: Sequence[Mapping[str, Any]], spark: SparkSession) -> None:
    found = broken_on_spark(contract, rows, spark)
    expected = [{check.id for check in broken_checks(contract, row, AS_OF)} for row in rows]
    by_id = {check.id: (check.rule, check.arguments) for check in contract.checks}
    differ = [(row, [by_id[c] for c in f ^ e]) for row, f, e in zip(rows, found, expected, strict=True) if f != e]
    assert differ == []


@pytest.mark.parametrize("pool", POOLS)
def test_spark_reads_text_like_the_plain_reading(pool: str, spark: SparkSession) -> None:
    assert_same_verdicts(contract_of(pool), [{"value": text} for text in [None, *POOLS[pool]()]], spark)


@pytest.mark.parametrize("kind", [t.Timestamp(), t.Date()], ids=["timestamp", "date"])
def test_spark_reads_time_like_the_plain_reading(kind: t.LogicalType, spark: SparkSession) -> None:
    assert_same_verdicts(time_contract(kind), time_rows(kind, 500), spark)


def test_spark_reads_json_in_items_like_the_plain_reading(spark: SparkSession) -> None:
    rows = [{"items": [{"text": text}]} for text in POOLS["json"]()[::10]]
    assert_same_verdicts(
        items_contract(), [{"items": None}, {"items": []}, {"items": [None, {"text": None}]}, *rows], spark
    )
