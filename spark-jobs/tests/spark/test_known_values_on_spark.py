"""Rules about forms on Spark: every published example of any of them is decided like by the plain reading."""

from __future__ import annotations

import pyarrow as pa
import pytest
from known_values import CONTRACTS, VALUES
from pyspark.sql import SparkSession
from rule_rows import AS_OF

from gridata_contracts.reference import broken_checks
from gridata_contracts.sql.spark import SparkSql
from gridata_jobs.checks.plan import compile_checks

pytestmark = pytest.mark.spark

CASES_PER_JOB = 24


@pytest.fixture(scope="module")
def broken_on_spark(spark: SparkSession) -> dict[str, set[str | None]]:
    """Broken values by case."""
    frame, names = spark.createDataFrame(pa.table({"value": pa.array(VALUES, pa.string())})), [*CONTRACTS]
    found: dict[str, set[str | None]] = {}
    for i in range(0, len(names), CASES_PER_JOB):
        some = names[i : i + CASES_PER_JOB]
        words = (f"({compile_checks(CONTRACTS[name], SparkSql(), AS_OF).words[0]}) AS {name}" for name in some)
        answers = frame.selectExpr("value", *words).toArrow().to_pylist()
        found |= {name: {answer["value"] for answer in answers if answer[name]} for name in some}
    return found


@pytest.mark.parametrize("name", CONTRACTS)
def test_spark_decides_published_examples_like_the_plain_reading(
    name: str, broken_on_spark: dict[str, set[str | None]]
) -> None:
    expected = {value for value in VALUES if broken_checks(CONTRACTS[name], {"value": value}, AS_OF)}

    assert broken_on_spark[name] == expected
