"""What `--explain` says of shuffles, held against the physical plans of the same checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import key_batches
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from gridata_contracts import types as t
from gridata_contracts.emit.arrow import arrow_type
from gridata_contracts.model import Contract
from gridata_contracts.rules import RULES
from gridata_contracts.rules.example_contract import example_contract
from gridata_contracts.rules.keyed import Figure
from gridata_contracts.sql.spark import SparkSql
from gridata_contracts.suite import Ask, suite
from gridata_jobs.checks.decision import Tally
from gridata_jobs.checks.explain import explain
from gridata_jobs.checks.lookup import GivenTables, Lookup
from gridata_jobs.checks.second_look import plan_second_look
from gridata_jobs.checks.spark import SparkChecks
from gridata_jobs.checks.spark_second_look import SparkSecondLook

pytestmark = pytest.mark.spark

AS_OF = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
COLUMNS: dict[str, t.LogicalType] = {"id": t.String(), "kind": t.String(), "n": t.Integer(), "m": t.Integer()}
KINDS = GivenTables(**{"shop_bronze.kinds_v1": pa.table({"id": ["a", "b"]})})
BY_KIND = {"group": ["kind"]}
CASES = {
    "unique keys, one after the other": [
        Ask("is_unique", None, {"columns": ["id"]}),
        Ask("is_unique", None, {"columns": ["kind", "n"]}, terms={"where": "m > 2"}),
        Ask("is_increasing", "n", BY_KIND, terms={"action": "flag"}),
    ],
    "one set of keys": [Ask("is_increasing", "n", BY_KIND), Ask("is_sequential", "n", {**BY_KIND, "step": 2})],
    "keys within keys": [
        Ask("is_not_repeated", None, {"columns": ["kind", "n", "m"]}),
        Ask("is_increasing", "n", {"group": ["m"], "order_by": "kind"}, id="by_m"),
        Ask("is_increasing", "n", {"group": ["kind"], "order_by": "m"}, id="by_kind"),
        Ask("is_same_for_key", "n", {"columns": ["kind", "m"]}),
    ],
    "different keys": [
        Ask("is_primary_key", None, {"columns": [name]}, terms={"action": "flag"}) for name in ("id", "kind", "n")
    ],
    "keys within keys beside others": [
        Ask("is_primary_key", None, {"columns": columns}, terms={"action": "flag"})
        for columns in (["id", "kind"], ["n", "m"], ["id"], ["kind", "m"], ["m"], ["id", "n"])
    ],
    "different conditions": [
        Ask("is_not_repeated", None, {"columns": ["id"]}),
        Ask("is_not_repeated", None, {"columns": ["id"]}, id="big", terms={"where": "n > 2"}),
    ],
    "all rows": [Ask("is_increasing", "n"), Ask("is_not_repeated", None, {"columns": ["n"]})],
    "numbers": [
        Ask("has_entropy", None, {"columns": ["kind"], "max": 1}),
        Ask("has_distinct_count", None, {"columns": ["kind", "n"], "max": 1}),
        Ask("has_distinct_values_equal_to_set", "kind", {"values": ["a", "b"]}),
        Ask("has_consistent_casing", "kind"),
        Ask("has_median", "n", {"min": 0}),
        Ask("has_skewness", "n", {"min": 0}),
        Ask("is_within_mad", "n", {"max": 3}),
    ],
    "look-ups": [
        Ask("is_found_in", "kind", {"table": "shop_bronze.kinds_v1", "key": "id"}),
        Ask("is_not_found_in", "id", {"table": "shop_bronze.kinds_v1", "key": "id"}, terms={"action": "fail_batch"}),
        Ask("has_share_found_in", "kind", {"table": "shop_bronze.kinds_v1", "key": "id", "min": 0}),
        Ask("is_not_repeated", None, {"columns": ["kind", "n"]}),
    ],
}


@pytest.fixture(autouse=True)
def _plans_are_final_when_made(spark: SparkSession) -> Iterator[None]:
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    yield
    spark.conf.unset("spark.sql.adaptive.enabled")


@pytest.fixture
def rows(spark: SparkSession) -> DataFrame:
    count = 400
    columns: dict[str, pa.Array] = {
        "_span": pa.array([i // 100 for i in range(count)], pa.int32()),
        "_row_number": pa.array(range(count), pa.int64()),
        "id": pa.array([f"i{i % 390}" for i in range(count)]),
        "kind": pa.array(["abcd"[i % 4] for i in range(count)]),
        "n": pa.array([i % 7 for i in range(count)], pa.int64()),
        "m": pa.array([i % 5 for i in range(count)], pa.int64()),
    }
    return spark.createDataFrame(pa.table(columns)).repartition(3)


@pytest.mark.parametrize("name", CASES)
def test_shuffles_said_are_those_of_the_physical_plan(name: str, rows: DataFrame) -> None:
    assert_said(suite(COLUMNS, CASES[name]), rows, KINDS)


@pytest.mark.parametrize("name", [name for name in key_batches.CASES if name in RULES])
def test_shuffles_said_of_each_rule_are_those_of_its_physical_plan(name: str, spark: SparkSession) -> None:
    rule = RULES[name]
    batch = max(key_batches.batches_for(rule, 1, 4), key=len)
    columns: dict[str, pa.Array] = {
        "_span": pa.array([i // 5 for i in range(len(batch))], pa.int32()),
        "_row_number": pa.array(range(len(batch)), pa.int64()),
        **{of: pa.array([row.get(of) for row in batch], arrow_type(kind)) for of, kind in rule.example.columns.items()},
    }
    rows = spark.createDataFrame(pa.table(columns)).repartition(3)

    assert_said(example_contract(rule), rows, key_batches.lookup_of(rule))


def assert_said(contract: Contract, rows: DataFrame, lookup: Lookup) -> None:
    found = explain(contract, "spark")
    exchanges = list(planned(contract, rows, lookup))
    hashed = [line for line in exchanges if "hashpartitioning" in line]
    single = [line for line in exchanges if "SinglePartition" in line]
    assert len(hashed) == found.total - found.of_all_rows, exchanges
    assert len(single) >= found.of_all_rows, exchanges  # numbers of the batch end in one row as well


def planned(contract: Contract, rows: DataFrame, lookup: Lookup) -> Iterator[str]:
    """Every exchange of the queries that decide the checks."""
    place = ["_span", "_row_number"]
    repeated, survivors = SparkChecks(contract, AS_OF).repeated_keys(rows, place)
    second = plan_second_look(contract, SparkSql(), AS_OF)
    look = SparkSecondLook(second, lookup)
    try:
        marks, _ = look.look(survivors, place, Tally())
        for frame in [*repeated, *marks]:
            yield from exchanges_of(frame)
        for table in second.tables:
            for asked in table.figures:
                evaluation = RULES[asked.check.rule].evaluation
                assert isinstance(evaluation, Figure)
                yield from exchanges_of(rows.sparkSession.sql(evaluation.query(asked.rows)))
    finally:
        look.close(rows)
        for frame in repeated:
            frame.unpersist()


def exchanges_of(frame: DataFrame) -> Iterator[str]:
    """Lines of the executed plan that move rows between tasks; of other frames that executors keep, none."""
    frame.collect()
    lines = frame._jdf.queryExecution().executedPlan().toString().splitlines()
    kept = int(lines[0].startswith("InMemoryTableScan"))  # the frame is one of those itself
    above: list[int] = []
    for line in lines:
        depth = len(line) - len(line.lstrip(" :+-"))
        while above and depth <= above[-1]:
            above.pop()
        if "InMemoryRelation" in line:
            above.append(depth)
        if " Exchange " in f" {line.lstrip(' :+-')}" and "ReusedExchange" not in line and len(above) <= kept:
            yield line.strip()
