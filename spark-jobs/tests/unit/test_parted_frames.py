"""Relations parted where they lie: the same parts as of their rows taken out, of one evaluation."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from gridata_contracts.suite import suite
from gridata_jobs.checks.verdicts import FLAGS
from gridata_jobs.frames import rule, split
from gridata_jobs.frames.columns import checkable_types
from gridata_jobs.frames.comparable import with_words


def test_a_collation_does_not_part_texts_otherwise() -> None:
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT unnest(['A', 'a']) COLLATE NOCASE AS text")

        with split(relation, rule("is_in_set", "text", values=["a"])) as parts:
            assert parts.valid.column("text").to_pylist() == ["a"]


def test_a_relation_that_says_something_else_each_time_is_parted_by_what_is_written() -> None:
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT CAST(floor(random() * 4) AS INTEGER) AS n FROM range(100000)")

        with split(
            relation, rule("is_at_least", "n", value=2), rule("is_at_most", "n", value=2, action="flag")
        ) as parts:
            valid, rejected = parts.valid, parts.rejected

    assert set(rejected.column("n").to_pylist()) == {0, 1}
    assert {(n, bool(flags)) for n, flags in zip(*valid.select(["n", FLAGS]).to_pydict().values(), strict=True)} == {
        (2, False),
        (3, True),
    }
    assert len(valid) + len(rejected) == 100_000


def test_rows_of_more_words_than_one_are_parted_where_they_lie_as_elsewhere() -> None:
    asked = [rule("is_at_least", "n", value=low, id=f"from_{low}") for low in range(0, 140, 2)]
    asked += [rule("has_length", "text", min=0, max=low, id=f"at_most_{low}", action="flag") for low in range(70)]
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT range AS n, repeat('x', range::INT % 90) AS text FROM range(1000) ORDER BY 1")
        asks = suite(checkable_types(relation.limit(0).to_arrow_table().schema), asked)
        assert with_words(relation, asks, ["1::BIGINT"]) is not None

        with split(relation, *asked) as here, split(relation.to_arrow_table(), *asked) as there:
            assert here.report.failures == there.report.failures
            assert here.valid.equals(there.valid)
            assert here.rejected.equals(there.rejected)


def test_both_parts_keep_what_the_frame_says_of_its_columns_whichever_of_them_are_checked() -> None:
    schema = pa.schema([pa.field("n", pa.int64(), metadata={"PARQUET:field_id": "7"})], metadata={"who": "me"})
    table = pa.table({"n": [1, -1]}, schema=schema)

    with split(table, rule("is_positive", "n")) as parts:
        for part in (parts.valid, parts.rejected):
            assert part.schema.metadata == {b"who": b"me"}
            assert part.schema.field("n").metadata == {b"PARQUET:field_id": b"7"}


@pytest.mark.parametrize(("kind", "bound"), [("DATE", "2030-01-01"), ("TIMESTAMP", "2030-01-01T00:00:00Z")])
def test_a_day_that_python_cannot_hold_is_rejected_with_a_reason(kind: str, bound: str) -> None:
    days = ", ".join(f"{kind} '{day}'" for day in ("infinity", "2024-01-01", "290000-12-31"))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        relation = connection.sql(f"SELECT unnest([{days}]) AS d")

        with split(relation, rule("is_at_most", "d", value=bound)) as parts:
            assert len(parts.valid) == 1
            reasons = [reason["got"] for row in parts.rejected.column("_reasons").to_pylist() for reason in row]

    assert reasons == ["beyond the years 1 to 9999"] * 2
