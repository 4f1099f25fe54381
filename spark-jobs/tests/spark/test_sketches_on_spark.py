"""Sketches taken by Spark are those that plain Python counts, which DuckDB is held to as well."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from rule_rows import AS_OF
from sketch_pools import POOLS, contract_of_pool, expected_sketch, values_of

from gridata_contracts.emit.arrow import arrow_type
from gridata_contracts.sql.spark import SparkSql
from gridata_jobs.checks.decision import Tally
from gridata_jobs.checks.lookup import GivenTables
from gridata_jobs.checks.second_look import plan_second_look
from gridata_jobs.checks.spark_second_look import SparkSecondLook

pytestmark = pytest.mark.spark

PLACE = ("_span", "_row_number")


@pytest.mark.parametrize("pool", POOLS)
def test_spark_takes_the_sketches_that_plain_python_counts(pool: str, spark: SparkSession) -> None:
    contract, values = contract_of_pool(pool), values_of(pool)
    columns: dict[str, pa.Array] = {
        "_span": pa.array([0] * len(values), pa.int32()),
        "_row_number": pa.array(range(len(values)), pa.int64()),
        "value": pa.array(values, arrow_type(POOLS[pool][0])),
    }
    frame = spark.createDataFrame(pa.table(columns)).repartition(3)
    look = SparkSecondLook(plan_second_look(contract, SparkSql(), AS_OF), GivenTables())

    _, measured = look.look(frame, PLACE, Tally())
    look.close(frame)

    assert {name: one.sketch for name, one in measured.items()} == {
        check.id: expected_sketch(check.rule, POOLS[pool][0], values) for check in contract.checks
    }
