"""Every rule over many rows on Spark: batches against the plain-Python reading, which DuckDB is held to as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pytest
from key_batches import CASES, Expected, batches_for, expected, lookup_of
from pyspark.sql import SparkSession
from rule_rows import AS_OF, Row

from gridata_contracts.emit.arrow import arrow_type
from gridata_contracts.measures.measure import judged
from gridata_contracts.rules import Rule
from gridata_contracts.rules.example_contract import example_contract
from gridata_contracts.sql.spark import SparkSql
from gridata_jobs.checks.decision import Measured, Tally
from gridata_jobs.checks.second_look import plan_second_look
from gridata_jobs.checks.spark_second_look import SparkSecondLook

pytestmark = pytest.mark.spark

PLACE = ("_span", "_row_number")


def looked(spark: SparkSession, rule: Rule, rows: list[Row]) -> tuple[set[int], Mapping[str, Measured], Tally]:
    kinds = rule.example.columns
    arrays: dict[str, pa.Array] = {
        "_span": pa.array([i // 5 for i in range(len(rows))], pa.int32()),
        "_row_number": pa.array(range(len(rows)), pa.int64()),
        **{name: pa.array([row.get(name) for row in rows], arrow_type(kind)) for name, kind in kinds.items()},
    }
    frame = spark.createDataFrame(pa.table(arrays)).repartition(3)
    look, tally = SparkSecondLook(plan_second_look(example_contract(rule), SparkSql(), AS_OF), lookup_of(rule)), Tally()
    try:
        marks, measured = look.look(frame, PLACE, tally)
        broken = {row["_row_number"] for each in marks for row in each.collect()}
    finally:
        look.close(frame)
    return broken, measured, tally


def batches(rule: Rule) -> Iterator[list[Row]]:
    """The example's bad batch, and a random one."""
    _, bad, *others = batches_for(rule, 1, 4)
    yield bad
    yield max(others, key=len)


@pytest.mark.parametrize("name", CASES)
def test_spark_decides_batches_like_the_plain_reading(name: str, spark: SparkSession) -> None:
    rule = CASES[name]
    for rows in batches(rule):
        wanted = expected(example_contract(rule), rule, rows)

        broken, measured, _ = looked(spark, rule, rows)

        assert broken == wanted.broken, rows
        for one in measured.values():
            assert_same_number(wanted, one, rows)


def assert_same_number(wanted: Expected, found: Measured, rows: Any) -> None:
    assert judged(found.number) == judged(wanted.number), rows
    assert found.holds is wanted.good
