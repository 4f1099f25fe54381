"""Expressions on Spark: two hundred random ones over random rows in one job, against the plain-Python reference."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

from gridata_contracts.expressions import emit, evaluate
from gridata_contracts.sql.spark import SparkSql

pytestmark = pytest.mark.spark


def verdicts(spark, arrow_schema, expressions, rows):
    """Row by row, what Spark says about each expression."""
    numbered = arrow_schema.append(pa.field("_row", pa.int64()))
    table = pa.Table.from_pylist([{**row, "_row": i} for i, row in enumerate(rows)], numbered)
    columns = [F.expr(emit(each, SparkSql())).alias(f"_e{i}") for i, each in enumerate(expressions)]
    found = spark.createDataFrame(table).select("_row", *columns).toArrow().sort_by("_row").to_pylist()
    return [[row[f"_e{i}"] for i in range(len(expressions))] for row in found]


def test_spark_decides_every_row_as_the_reference_does(spark, samples, arrow_schema):
    by_chance = samples(random.Random(2024))
    expressions, rows = by_chance.expressions(200), by_chance.rows(60)

    found = verdicts(spark, arrow_schema, expressions, rows)

    for i, expression in enumerate(expressions):
        expected = [evaluate(expression, row) for row in rows]
        assert [row[i] for row in found] == expected, expression.text


def test_text_that_looks_like_a_variable_of_spark_stays_text(spark, arrow_schema, read_expression):
    expressions = [read_expression("text = '${spark.app.name}'"), read_expression("contains(text, '${')")]

    found = verdicts(spark, arrow_schema, expressions, [{"text": "${spark.app.name}"}])

    assert found == [[True, True]]
