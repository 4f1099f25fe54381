"""Frames counted where they lie: the numbers are those of the same rows taken out block by block."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
import key_batches
import pyarrow as pa
import pytest
from measure_batches import COLUMNS, asked, batches, is_same
from rule_rows import AS_OF, Row, rows_for
from rule_variants import CASES

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Contract
from gridata_contracts.rules import RULES
from gridata_contracts.rules.example_contract import example_contract
from gridata_contracts.suite import Ask, suite
from gridata_jobs.checks.lookup import GivenTables, Lookup
from gridata_jobs.frames import check, rule
from gridata_jobs.frames.arrow_input import open_input
from gridata_jobs.frames.checks import Checks
from gridata_jobs.frames.comparable import comparable
from gridata_jobs.frames.on_duckdb import Counts, DuckFrame
from gridata_jobs.read.source import EXTRA, ROW_NUMBER, row_schema

PARENTS = {"shop.parents": pa.table({"id": pa.array([1, 2, 3], pa.int64())})}
COMBINATIONS = 40


def table_of(contract: Contract, rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=row_schema(contract)).drop_columns([ROW_NUMBER, EXTRA])


def assert_same_counts(
    contract: Contract, table: pa.Table, lookup: Lookup | None = None, *, measures: bool = False
) -> None:
    """Where the rows lie, and in blocks of twenty rows."""
    frame = DuckFrame(open_input(table), contract, AS_OF, lookup or GivenTables(), measures_columns=measures)
    assert comparable(duckdb.from_arrow(table), contract, ours=True) is not None
    blocks = (table.slice(at, 20) for at in range(0, len(table), 20))
    in_blocks = replace(frame, source=replace(frame.source, held=None, blocks=blocks))
    assert_same(frame.counted(), in_blocks.counted(), table)


def assert_same(found: Counts, wanted: Counts, table: pa.Table) -> None:
    assert found.rows == wanted.rows == len(table)
    for one, other in zip(found.decision.outcomes, wanted.decision.outcomes, strict=True):
        assert is_same(one.number, other.number), (one, other, table.to_pylist())
        assert replace(one, number=None) == replace(other, number=None), table.to_pylist()
    sizes = {each.column: abs(each.value) for each in sorted(wanted.measured, key=lambda each: abs(each.value))}
    for number, same in zip(found.measured, wanted.measured, strict=True):
        assert (number.column, number.metric) == (same.column, same.metric)
        # Of great numbers of either sign little is left in a sum, the rounding among it.
        assert math.isclose(
            float(number.value), float(same.value), rel_tol=1e-9, abs_tol=1e-12 * float(sizes[same.column])
        ), number


@pytest.mark.parametrize("name", [name for name in CASES if name in RULES])
def test_a_check_of_one_row_counts_the_same(name: str) -> None:
    contract = example_contract(CASES[name])

    assert_same_counts(contract, table_of(contract, rows_for(CASES[name], 1, 60)))


@pytest.mark.parametrize("name", key_batches.CASES)
def test_a_check_over_many_rows_counts_the_same(name: str) -> None:
    rule_, contract = key_batches.CASES[name], example_contract(key_batches.CASES[name])

    for rows in key_batches.batches_for(rule_, 2, 1):
        assert_same_counts(contract, table_of(contract, rows), key_batches.lookup_of(rule_))


def test_aggregates_measure_the_same() -> None:
    contract = suite(COLUMNS, asked())

    for rows in batches(1, 10):
        assert_same_counts(contract, table_of(contract, rows), measures=True)


@pytest.mark.parametrize("seed", range(COMBINATIONS))
def test_whatever_takes_rows_away_before_others_count_the_same(seed: int) -> None:
    """A rejected row is in no aggregate and repeats no key; of two rows with one key the first one stays."""
    dice = random.Random(seed)
    rows = dice.choice([0, 1, 12, 60])
    choices: dict[str, tuple[pa.DataType, list[Any]]] = {
        "id": (pa.int64(), [1, 2, 3, 4, 9, None]),
        "other": (pa.int64(), [1, 2, 3, None]),
        "price": (pa.decimal128(9, 2), [Decimal("-1.00"), Decimal("2.50"), None]),
        "text": (pa.string(), ["a", "b", "", None]),
        "tags": (pa.list_(pa.string()), [None, [], ["a"], ["b", None]]),
    }
    columns = {name: pa.array([dice.choice(some) for _ in range(rows)], kind) for name, (kind, some) in choices.items()}
    table = pa.table(columns)
    rules = [each for each in _combined(dice) if dice.random() < 0.7]
    contract = suite(_types(table), rules)

    assert_same_counts(contract, table, GivenTables(**PARENTS), measures=True)


def _combined(dice: random.Random) -> list[Ask]:
    def terms() -> dict[str, Any]:
        return dice.choice([{}, {"action": "flag"}, {"threshold": "40 %"}, {"severity": "warning"}])

    return [
        rule("is_not_null", "id", **terms()),
        rule("is_positive", "price", **terms(), **dice.choice([{}, {"nulls": "fail"}, {"where": "other > 1"}])),
        rule("is_not_empty", "text", **terms(), nulls="skip"),
        rule("is_in_set", "tags[*]", values=["a"], **terms()),
        rule("is_unique", columns=["id"], id="first", **terms()),
        rule("is_unique", columns=["other", "text"], id="second", **terms(), **dice.choice([{}, {"where": "id > 1"}])),
        rule("is_found_in", "id", table="shop.parents", key="id", **terms()),
        rule("is_increasing", "id", **terms()),
        rule("has_sum", "price", max=5),
        rule("has_distinct_count", columns=["id"], min=2),
        rule("has_approx_distinct_count", "other", max=2),
        rule("has_row_count", min=3),
    ]


def _types(table: pa.Table) -> Any:
    from gridata_jobs.frames.columns import checkable_types

    return checkable_types(table.schema)


RELATIONS: dict[str, Callable[[duckdb.DuckDBPyConnection], duckdb.DuckDBPyRelation]] = {
    "small numbers": lambda c: c.sql("SELECT 1::TINYINT AS n, 2::USMALLINT AS m, 3::UINTEGER AS k, 'a' AS text"),
    "enum": lambda c: c.sql("SELECT 'a'::ENUM('a', 'b') AS text, 1 AS n, 1 AS m, 1 AS k"),
    "naive": lambda c: c.sql("SELECT TIMESTAMP '2024-06-01 00:30:00' AS at, 'a' AS text, 1 AS n, 1 AS m, 1 AS k"),
}
OTHERWISE: dict[str, Callable[[duckdb.DuckDBPyConnection], duckdb.DuckDBPyRelation]] = {
    "json": lambda c: c.sql("""SELECT '"a"'::JSON AS text"""),
    "uuid": lambda c: c.sql("SELECT uuid() AS text"),
    "nanoseconds": lambda c: c.sql("SELECT TIMESTAMP_NS '2024-06-01 00:00:00.000000001' AS at, 'a' AS text"),
    "a collation of the column": lambda c: c.sql("SELECT 'A' COLLATE NOCASE AS text"),
    "a collation of the session": lambda c: _with(c, "SET default_collation = 'nocase'").sql("SELECT 'A' AS text"),
    "another zone": lambda c: _with(c, "SET TimeZone = 'Europe/Berlin'").sql("SELECT 'a' AS text, now() AS at"),
    "a function of one's own": lambda c: _with(c, "CREATE MACRO count_if(x) AS 42").sql("SELECT 'a' AS text"),
    "texts in a struct": lambda c: c.sql("SELECT 'a' AS text, {'k': 'a'} AS box"),
    "whole quotients": lambda c: _with(c, "SET integer_division = true").sql("SELECT 'a' AS text"),
}


def _with(connection: duckdb.DuckDBPyConnection, setting: str) -> duckdb.DuckDBPyConnection:
    connection.execute(setting)
    return connection


@pytest.mark.parametrize("name", RELATIONS)
def test_columns_of_like_types_are_counted_where_they_lie(name: str) -> None:
    with duckdb.connect() as connection:
        relation = RELATIONS[name](_with(connection, "SET TimeZone = 'UTC'"))
        contract = suite(_types(open_input(relation).held.limit(0).to_arrow_table()), [rule("is_not_null", "text")])  # type: ignore[union-attr]

        rows = comparable(relation, contract)

        assert rows is not None
        assert rows.to_arrow_table().schema.equals(table_of(contract, []).schema)


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_means_something_else_in_the_session_is_taken_out_first(name: str) -> None:
    with duckdb.connect() as connection:
        relation = OTHERWISE[name](connection)
        contract = suite(_types(relation.limit(0).to_arrow_table()), [rule("is_in_set", "text", values=["a"])])

        assert comparable(relation, contract) is None
        assert check(relation, rule("is_in_set", "text", values=["a"])).rows == 1


def test_a_collation_does_not_make_texts_equal() -> None:
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT unnest(['A', 'a']) COLLATE NOCASE AS text")

        report = check(relation, rule("is_in_set", "text", values=["a"]), rule("is_unique", columns=["text"]))

    assert report.failures == [("text.is_in_set", 1), ("text.is_unique", 0)]


def test_a_collation_within_a_struct_or_list_does_not_make_texts_equal() -> None:
    rules = rule("is_in_set", "box.k", values=["a"]), rule("is_in_set", "texts[*]", values=["a"])
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT {'k': 'A' COLLATE NOCASE} AS box, ['A' COLLATE NOCASE] AS texts")

        assert [failed for _, failed in check(relation, *rules).failures] == [1, 1]


def test_a_zone_matters_only_to_instants() -> None:
    with duckdb.connect() as connection:
        relation = _with(connection, "SET TimeZone = 'Europe/Berlin'").sql("SELECT 1 AS n")

        assert comparable(relation, suite(_types(relation.to_arrow_table()), [rule("is_positive", "n")])) is not None


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"n": [1], "wide": pa.array([Decimal(1)], pa.decimal256(50, 2))}),
        pa.table({"n": pa.array([1.0], pa.float16())}),
        pa.table({"n": [1], "half": pa.array([1.0], pa.float16())}),
        pa.table({"n": [1], "day": pa.array([86_400_000], pa.date64())}),
    ],
    ids=lambda table: str(table.schema.types[-1]),
)
def test_columns_that_duckdb_cannot_read_do_not_stand_in_the_way(table: pa.Table) -> None:
    rules = [rule("is_positive", "n"), *([rule("is_not_null", "day")] if "day" in table.column_names else [])]

    assert [failed for _, failed in check(table, *rules).failures] == [0] * len(rules)


def test_a_table_without_columns_has_a_count() -> None:
    assert check(pa.table({}), rule("has_row_count", max=0)).passed


def test_a_relation_over_a_stream_is_told_to_be_given_as_the_stream() -> None:
    table = pa.table({"n": [1, 1, 2]})
    rules = rule("is_positive", "n"), rule("is_unique", columns=["n"])
    with duckdb.connect() as connection, pytest.raises(UsageError, match="Give the stream itself"):
        check(connection.from_arrow(table.to_reader()), *rules)

    assert check(table.to_reader(), *rules).failures == [("n.is_positive", 0), ("n.is_unique", 1)]


def test_counting_leaves_nothing_behind_in_the_session() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE orders AS SELECT range AS id, range % 7 AS other FROM range(1000)")
        before = connection.sql("SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views()")
        names = before.fetchall()

        asked = rule("is_unique", columns=["other"]), rule("is_increasing", "id")
        report = Checks(*asked, rule("has_approx_distinct_count", "other", min=1)).check(connection.table("orders"))

        assert before.fetchall() == names
        assert report.results[2].value == 7
        assert connection.sql("SELECT 1 AS rows_left").fetchall() == [(1,)]


def test_a_session_that_has_a_table_of_the_name_we_ask_under_keeps_it() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE rows_left AS SELECT range AS id FROM range(10)")

        asked = rule("has_approx_distinct_count", "id", min=1), rule("is_positive", "id")
        report = check(connection.table("rows_left"), *asked)

        assert report.results[0].value == 9, "the row that is_positive rejects is not counted"
        assert connection.table("rows_left").count("*").fetchall() == [(10,)]


def test_numbers_of_columns_in_utc_need_no_other_library() -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        at = connection.sql("SELECT TIMESTAMPTZ '2024-06-01 00:00:00Z' AS at")

        report = check(at, rule("has_max", "at", max="2024-06-02T00:00:00Z"))

    assert report.results[0].value == dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
