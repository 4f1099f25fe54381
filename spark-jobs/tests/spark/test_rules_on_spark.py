"""Every row rule on Spark: random rows against the plain-Python reading, which DuckDB is held to as well.

Many rules share one job: row i of the frame holds row i of each of them in a struct of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from rule_rows import AS_OF, Row, rows_for

from gridata_contracts.emit.arrow import arrow_type
from gridata_contracts.reference import broken_checks
from gridata_contracts.rules import RULES, Level, Rule
from gridata_contracts.rules.example_contract import example_contract
from gridata_contracts.sql.spark import SparkSql
from gridata_contracts.types import Field, Struct
from gridata_jobs.checks.plan import compile_checks

pytestmark = pytest.mark.spark

ROWS_PER_RULE = 300
RULES_PER_JOB = 24
ROW_RULES = [rule for rule in RULES.values() if rule.level is Level.ROW]


class InStruct(SparkSql):
    """Column names below one struct column."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def name(self, identifier: str) -> str:
        return f"{self._rule.name}.{super().name(identifier)}"

    def field(self, parent: str, identifier: str) -> str:
        return f"{parent}.{super().name(identifier)}"


@pytest.fixture(scope="module")
def broken_on_spark(spark: SparkSession) -> dict[str, set[int]]:
    """Positions of broken rows, by rule."""
    found: dict[str, set[int]] = {}
    for i in range(0, len(ROW_RULES), RULES_PER_JOB):
        found |= _broken(spark, ROW_RULES[i : i + RULES_PER_JOB])
    return found


def rows_of(rule: Rule) -> list[Row]:
    return rows_for(rule, 1, ROWS_PER_RULE)


def _broken(spark: SparkSession, rules: Sequence[Rule]) -> dict[str, set[int]]:
    arrays = {"i": pa.array(range(ROWS_PER_RULE + 2))}
    for rule in rules:
        kind = Struct(tuple(Field(name, each) for name, each in rule.example.columns.items()))
        arrays[rule.name] = pa.array(rows_of(rule), arrow_type(kind))
    words = {rule.name: compile_checks(example_contract(rule), InStruct(rule), AS_OF).words[0] for rule in rules}
    frame = spark.createDataFrame(pa.table(arrays))
    answers = frame.selectExpr("i", *(f"({word}) AS {name}" for name, word in words.items())).toArrow().to_pylist()
    assert all(answer[rule.name] is not None for answer in answers for rule in rules)
    return {rule.name: {answer["i"] for answer in answers if answer[rule.name]} for rule in rules}


@pytest.mark.parametrize("rule", ROW_RULES, ids=lambda rule: rule.name)
def test_spark_decides_like_the_plain_reading(rule: Rule, broken_on_spark: dict[str, set[int]]) -> None:
    contract, rows, found = example_contract(rule), rows_of(rule), broken_on_spark[rule.name]

    expected = {i for i, row in enumerate(rows) if broken_checks(contract, row, AS_OF)}

    assert [rows[i] for i in sorted(found - expected)] == []  # rejected by Spark only
    assert [rows[i] for i in sorted(expected - found)] == []  # by the plain reading only
