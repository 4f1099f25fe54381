"""Every row rule on Spark: random rows of many types against the plain-Python reading, which DuckDB is held to as well.

Many cases share one job: row i of the frame holds row i of each of them in a struct of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows
from rule_rows import AS_OF, Row, rows_for
from rule_variants import CASES

from gridata_contracts import types as t
from gridata_contracts.emit.arrow import arrow_type
from gridata_contracts.reference import broken_checks
from gridata_contracts.rules import Rule
from gridata_contracts.rules.example_contract import example_contract
from gridata_contracts.sql.spark import SparkSql
from gridata_contracts.suite import Ask, suite
from gridata_contracts.types import Field, Struct
from gridata_jobs.checks.plan import compile_checks
from gridata_jobs.checks.spark import SparkChecks

pytestmark = pytest.mark.spark

ROWS_PER_CASE = 300
CASES_PER_JOB = 24


class InStruct(SparkSql):
    """Column names below one struct column."""

    def __init__(self, struct: str) -> None:
        self._struct = struct

    def name(self, identifier: str) -> str:
        return f"{self._struct}.{super().name(identifier)}"

    def field(self, parent: str, identifier: str) -> str:
        return f"{parent}.{super().name(identifier)}"


@pytest.fixture(scope="module")
def broken_on_spark(spark: SparkSession) -> dict[str, set[int]]:
    """Positions of broken rows, by case."""
    found: dict[str, set[int]] = {}
    for i in range(0, len(CASES), CASES_PER_JOB):
        found |= _broken(spark, dict(list(CASES.items())[i : i + CASES_PER_JOB]))
    return found


def rows_of(rule: Rule) -> list[Row]:
    return rows_for(rule, 1, ROWS_PER_CASE)


def _broken(spark: SparkSession, cases: Mapping[str, Rule]) -> dict[str, set[int]]:
    arrays: dict[str, pa.Array] = {"i": pa.array(range(ROWS_PER_CASE + 2))}
    for name, rule in cases.items():
        kind = Struct(tuple(Field(name, each) for name, each in rule.example.columns.items()))
        arrays[name] = pa.array(rows_of(rule), arrow_type(kind))
    words = {
        name: compile_checks(example_contract(rule), InStruct(name), AS_OF).words[0] for name, rule in cases.items()
    }
    frame = spark.createDataFrame(pa.table(arrays))
    answers = frame.selectExpr("i", *(f"({word}) AS {name}" for name, word in words.items())).toArrow().to_pylist()
    assert all(answer[name] is not None for answer in answers for name in cases)
    return {name: {answer["i"] for answer in answers if answer[name]} for name in cases}


@pytest.mark.parametrize("name", CASES)
def test_spark_decides_like_the_plain_reading(name: str, broken_on_spark: dict[str, set[int]]) -> None:
    contract, rows, found = example_contract(CASES[name]), rows_of(CASES[name]), broken_on_spark[name]

    expected = {i for i, row in enumerate(rows) if broken_checks(contract, row, AS_OF)}

    assert [rows[i] for i in sorted(found - expected)] == []  # rejected by Spark only
    assert [rows[i] for i in sorted(expected - found)] == []  # by the plain reading only


def test_packed_words_are_in_no_method_of_a_stage(spark: SparkSession) -> None:
    """The JVM compiles no method of more than 8,000 bytes: a stage with many rules in it would only be interpreted."""
    contract = suite({"value": t.Integer(64)}, [Ask("is_at_least", "value", {"value": 1}, "one")])
    rows = spark.range(3).withColumnRenamed("id", "value")

    words = SparkChecks(contract, AS_OF).with_words(rows, F.col("value").isNotNull())
    plan = words.select(F.col("_w0") + 1)._jdf.queryExecution().executedPlan().toString()

    (project,) = [line for line in plan.splitlines() if "AS _w0" in line]
    assert "*(" not in project  # which is how Spark marks what is in a stage's method
