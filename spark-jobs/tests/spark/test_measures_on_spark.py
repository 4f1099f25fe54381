"""Every rule about an aggregate on Spark, against the plain-Python reading that DuckDB is held to as well."""

from __future__ import annotations

import pyarrow as pa
import pytest
from measure_batches import COLUMNS, asked, batches, is_same, measured
from pyspark.sql import SparkSession
from rule_rows import AS_OF

from gridata_contracts.emit.arrow import arrow_type
from gridata_contracts.sql.spark import SparkSql
from gridata_contracts.suite import suite
from gridata_jobs.checks.aggregates import plan_aggregates

pytestmark = pytest.mark.spark


def test_spark_measures_like_the_plain_reading(spark: SparkSession) -> None:
    contract = suite(COLUMNS, asked())
    plan = plan_aggregates(contract, SparkSql())
    schema = pa.schema([pa.field(name, arrow_type(kind)) for name, kind in COLUMNS.items()])
    for rows in batches(1, 4):
        frame = spark.createDataFrame(pa.Table.from_pylist(rows, schema=schema)).repartition(2)
        (values,) = frame.selectExpr(*plan.aggregates()).toArrow().to_pylist()
        found = plan.judge(plan.values(list(values.values())), AS_OF)
        for check in contract.checks:
            number, wanted = found[check.id].number, measured(check, rows)
            assert is_same(number, wanted), (check.id, number, wanted, rows)
