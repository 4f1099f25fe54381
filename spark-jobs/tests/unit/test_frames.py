"""Checks on frames of every kind but Spark's, without a contract and without the platform."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridata_contracts.errors import ContractError, UsageError
from gridata_jobs.frames import Checks, arrow_input, check, rule, run_standard_checks, split
from gridata_jobs.frames.checks import schema_of_frame

NOW = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
ORDERS = pa.table(
    {
        "order_id": ["a", "b", "b", None, "e"],
        "total": pa.array(
            [Decimal("1.50"), Decimal("-2.00"), Decimal("3.00"), Decimal("4.00"), None], pa.decimal128(9, 2)
        ),
        "email": ["x@example.com", "bad", "y@example.com", None, "z@example.com"],
        "ordered_at": pa.array([NOW, NOW, NOW, NOW + dt.timedelta(days=9), None], pa.timestamp("us", tz="UTC")),
    }
)
KINDS: dict[str, Callable[[], Any]] = {
    "arrow table": lambda: ORDERS,
    "arrow stream": lambda: ORDERS.to_reader(max_chunksize=2),
    "pandas": lambda: ORDERS.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda: pl.from_arrow(ORDERS),
    "polars, lazy": lambda: pl.from_arrow(ORDERS).lazy(),  # type: ignore[union-attr]
    "duckdb": lambda: duckdb.sql("FROM ORDERS"),
}
RULES = (
    rule("is_not_null", "order_id"),
    rule("is_at_least", "total", value=0, severity="warning"),
    rule("is_unique", columns=["order_id"]),
    rule("is_email", "email", threshold="50 %"),
    rule("has_sum", "total", min=0, max=5),
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_frame_gets_the_same_counts(kind: str) -> None:
    report = check(KINDS[kind](), *RULES)

    assert report.failures == [
        ("order_id.is_not_null", 1),
        ("total.is_at_least", 1),
        ("order_id.is_unique", 1),
        ("email.is_email", 1),
        ("total.has_sum", 0),
    ]
    assert [each.passed for each in report.results] == [False, False, False, True, True]
    assert report.results[-1].value == Decimal("2.50")  # of rows that no rule about single rows rejects
    assert (report.rows, report.passed) == (5, False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_split_loses_no_row_and_keeps_the_kind_of_the_frame(kind: str) -> None:
    parts = split(KINDS[kind](), *RULES)

    if kind.startswith(("pandas", "polars")):
        assert type(parts.valid).__module__.startswith(kind.partition(",")[0])
    valid, rejected = _rows(parts.valid), _rows(parts.rejected)
    assert [row["order_id"] for row in valid] == ["a", "b", "e"]
    assert [row["_flags"] for row in valid] == [None, ["total.is_at_least", "email.is_email"], None]
    assert [row["order_id"] for row in rejected] == ["b", None]
    assert [[(why["code"], why["check"]) for why in row["_reasons"]] for row in rejected] == [
        [("DUPLICATE_KEY", "order_id.is_unique")],
        [("MISSING_REQUIRED", "order_id.is_not_null")],
    ]


def test_rows_that_wait_for_a_broken_threshold_are_rejected_with_what_they_got(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_input, "BLOCK_ROWS", 2)
    parts = split(ORDERS, rule("is_email", "email", threshold=0), rule("is_at_least", "total", value=0, threshold=5))

    assert parts.valid.column("order_id").to_pylist() == ["a", "b", None, "e"]
    (why,) = parts.rejected.to_pylist()[0]["_reasons"][:1]
    assert (why["column"], why["expected"], why["got"]) == ("email", "an e-mail address", "bad")


def test_no_reason_shows_a_value_of_a_masked_column() -> None:
    parts = Checks(rule("is_email", "email"), masked=["email"]).split(ORDERS)

    assert [why["got"] for row in parts.rejected.to_pylist() for why in row["_reasons"]] == ["***"]


def test_checks_over_many_rows_see_all_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_input, "BLOCK_ROWS", 2)
    frame = pa.table({"day": [1, 2, 3, 5, 6], "key": ["a", "b", "c", "a", "d"]})
    parts = split(frame, rule("is_sequential", "day"), rule("is_not_repeated", columns=["key"]))

    assert [row["day"] for row in parts.rejected.to_pylist()] == [1, 5]
    assert parts.valid.column("day").to_pylist() == [2, 3, 6]


def test_paths_into_structs_and_arrays_are_checked() -> None:
    items = [[{"price": 1}, {"price": -1}], [], None, [{"price": 2}]]
    parts = split(pa.table({"items": items}), rule("is_not_negative", "items[*].price"))

    (row,) = parts.rejected.to_pylist()
    assert row["_reasons"][0]["got"] == "1, -1"
    assert len(parts.valid) == 3


def test_look_ups_read_the_given_tables() -> None:
    asked = Checks(
        rule("is_found_in", "order_id", table="shop.known", key="id"),
        tables={"shop.known": pa.table({"id": ["a", "b"]})},
    )

    assert asked.check(ORDERS).failures == [("order_id.is_found_in", 1)]


def test_numbers_of_every_column_come_from_the_same_pass() -> None:
    report = Checks(rule("is_not_null", "order_id", action="flag"), measures_columns=True).check(ORDERS)

    numbers = {(one.column, one.metric): one.value for one in report.measured}
    assert numbers["email", "completeness"] == 0.8
    assert (numbers["total", "min"], numbers["total", "max"]) == (-2.0, 4.0)


def test_an_empty_frame_has_a_report_and_two_empty_parts() -> None:
    parts = split(ORDERS.slice(0, 0), *RULES, rule("has_row_count", min=1))

    assert (len(parts.valid), len(parts.rejected), parts.report.rows) == (0, 0, 0)
    assert parts.report.failures[-1] == ("row.has_row_count", 1)
    assert parts.valid.column_names == [*ORDERS.column_names, "_flags"]


def test_a_split_on_disk_is_the_split_in_memory(tmp_path: Path) -> None:
    report = Checks(*RULES).write_split(ORDERS, tmp_path / "valid.parquet", tmp_path / "rejected.parquet")
    parts = split(ORDERS, *RULES)

    assert report == parts.report
    for name in ("valid", "rejected"):  # rows that had to wait for the end stand at the end
        on_disk, in_memory = pq.read_table(tmp_path / f"{name}.parquet"), getattr(parts, name)
        assert sorted(on_disk.to_pylist(), key=str) == sorted(in_memory.to_pylist(), key=str)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rejected.parquet", "valid.parquet"]


def test_a_split_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> pa.RecordBatchReader:
        def batches() -> Any:
            yield from ORDERS.to_batches()
            raise OSError("the source went away")

        return pa.RecordBatchReader.from_batches(ORDERS.schema, batches())

    with pytest.raises(OSError, match="the source went away"):
        Checks(*RULES).write_split(broken(), tmp_path / "valid.parquet", tmp_path / "rejected.parquet")
    assert list(tmp_path.iterdir()) == []


def test_values_of_types_we_lack_are_compared_as_the_nearest_we_have() -> None:
    frame = pa.table(
        {
            "small": pa.array([1, 200], pa.uint8()),
            "huge": pa.array([1, 2**64 - 1], pa.uint64()),
            "word": pa.array(["a", "b"]).dictionary_encode(),
            "naive": pa.array([NOW.replace(tzinfo=None)] * 2, pa.timestamp("ns")),
            "number": pa.array([1.5, float("nan")], pa.float32()),
        }
    )
    asked = [
        rule("is_at_most", "small", value=100), rule("is_at_most", "huge", value=2**63),
        rule("is_in_set", "word", values=["a"]), rule("is_not_nan", "number"),
        rule("is_at_most", "naive", value="2025-06-01T00:00:00Z"),
    ]  # fmt: skip

    assert [failed for _, failed in check(frame, *(_flagging(each) for each in asked)).failures] == [1, 1, 1, 1, 0]


def test_what_cannot_be_checked_is_said_before_a_row_is_read() -> None:
    with pytest.raises(UsageError, match="got checks of blob of type binary, allowed text"):
        check(pa.table({"blob": [b"x"]}), rule("is_not_null", "blob"))
    with pytest.raises(UsageError, match="got columns _reasons, allowed any other names"):
        check(pa.table({"_reasons": ["x"]}), rule("has_row_count", min=1))
    with pytest.raises(UsageError, match=r"got builtins\.list, allowed a DataFrame of Spark"):
        check([1, 2], rule("has_row_count", min=1))


def test_columns_and_types_of_a_frame_are_checked_whatever_they_hold() -> None:
    frame = pa.table({"id": ["a"], "blob": [b"x"]})
    report = check(
        frame, rule("has_columns", columns=["id", "total"]), rule("has_column_type", column="blob", type="text"),
        rule("has_column_count", min=2, max=2),
    )  # fmt: skip

    assert [(each.check, each.failed, each.value) for each in report.results] == [
        ("id+total.has_columns", 1, "no total"), ("blob.has_column_type", 1, "blob of another type"),
        ("row.has_column_count", 0, None),
    ]  # fmt: skip
    assert "got no total, expected columns id, total" in str(report)


def test_what_a_frame_cannot_be_asked_is_not_passed_over_in_silence() -> None:
    with pytest.raises(UsageError, match=r"got no table shop\.known, allowed those that were given: none"):
        check(ORDERS, rule("is_found_in", "order_id", table="shop.known", key="id"))
    with pytest.raises(UsageError, match="got a frame, allowed batches of a dataset"):
        check(ORDERS, rule("has_row_count_ratio", max=2))


def test_names_that_differ_in_case_only_are_refused_because_the_engines_take_them_for_one() -> None:
    with pytest.raises(UsageError, match="got columns a, A more than once"):
        check(pd.DataFrame({"a": [1], "A": [-1]}), rule("is_between", "A", min=0))
    with pytest.raises(UsageError, match="got columns _ROW_NUMBER, allowed any other"):
        check(pa.table({"_ROW_NUMBER": [1]}), rule("has_row_count", min=1))
    with pytest.raises(UsageError, match="got checks of u of type struct"):
        check(pa.table({"u": [{"a": 1, "A": -1}]}), rule("is_not_null", "u"))


@pytest.mark.parametrize("masked", [["e_mail"], ["EMAIL"], "email"])
def test_a_mask_of_no_column_is_refused_before_it_masks_nothing(masked: Any) -> None:
    with pytest.raises(UsageError, match="allowed a list of columns: order_id, total, email"):
        Checks(rule("is_email", "email"), masked=masked).check(ORDERS)


def test_calls_that_would_be_passed_over_or_destroy_something_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it is about the whole frame"):
        check(ORDERS, rule("has_row_count", "nope", min=1))
    with pytest.raises(UsageError, match="twice, allowed two files"):
        Checks(*RULES).write_split(ORDERS, tmp_path / "a.parquet", tmp_path / "." / "a.parquet")
    with pytest.raises(UsageError, match="allowed a datetime with a time zone"):
        Checks(*RULES, as_of=dt.datetime(2025, 1, 1))  # noqa: DTZ001 # that is the point


def test_standard_checks_run_where_an_id_is_no_key() -> None:
    assert ("id.is_not_null", 1) in run_standard_checks(pd.DataFrame({"id": [1.0, None]}))
    assert ("id.is_not_null", 0) in run_standard_checks(pa.table({"id": [[1], [2]]}))


def test_a_pandas_frame_keeps_its_index_its_types_and_columns_that_arrow_cannot_hold() -> None:
    frame = pd.DataFrame({"a": [1, -2, 3], "mixed": [1, "x", 2j]}, index=["p", "q", "r"])
    parts = split(frame, rule("is_positive", "a"))

    assert list(parts.valid.index) == ["p", "r"]
    assert parts.rejected.loc["q", "mixed"] == "x"
    assert parts.valid["a"].dtype == frame["a"].dtype
    with pytest.raises(UsageError, match="got checks of mixed of type null"):
        check(frame, rule("is_not_null", "mixed"))


def test_what_is_no_frame_or_no_rule_is_one_sentence(tmp_path: Path) -> None:
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    for frame in (twice, pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])):
        with pytest.raises(UsageError, match="got columns a more than once"):
            check(frame, rule("has_row_count", min=1))
    for series in (pd.Series([1]), pl.Series([1])):
        with pytest.raises(UsageError, match="allowed a DataFrame of Spark"):
            check(series, rule("has_row_count", min=1))
    with pytest.raises(UsageError, match=r"got 'is_positive', allowed what rule\(\) gives"):
        check(ORDERS, "is_positive")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="allowed a file in a folder that is there"):
        Checks(*RULES).write_split(ORDERS, tmp_path / "no" / "valid.parquet", tmp_path / "rejected.parquet")


def test_every_problem_of_the_checks_is_told_at_once() -> None:
    with pytest.raises(ContractError) as error:
        check(
            ORDERS,
            rule("is_betwen", "total", min=1),
            rule("is_between", "totl", min=1),
            rule("is_between", "total", min="x"),
        )

    assert len(error.value.problems) == 3
    assert "Did you mean 'is_between'?" in str(error.value)
    assert "Did you mean 'total'?" in str(error.value)


def test_columns_nobody_asks_about_are_kept_whatever_they_hold() -> None:
    frame = pa.table({"id": [1, -2], "blob": [b"x", b"y"], "odd.name": [1, 2]})
    parts = split(frame, rule("is_positive", "id"))

    assert parts.valid.to_pylist() == [{"id": 1, "blob": b"x", "odd.name": 1, "_flags": None}]
    assert parts.rejected.column("blob").to_pylist() == [b"y"]


def test_standard_checks_follow_from_names_and_types() -> None:
    failures = dict(run_standard_checks(ORDERS))

    assert failures["order_id.is_not_null"] == 1
    assert failures["order_id.is_unique"] == 1
    assert failures["total.is_not_negative"] == 1
    assert failures["email.is_email"] == 1
    assert failures["row.has_row_count"] == 0


def test_a_relation_is_not_read_to_learn_its_columns() -> None:
    assert schema_of_frame(duckdb.sql("SELECT range AS n FROM range(1000000000000)")).names == ["n"]


def test_a_report_reads_as_a_table_and_as_plain_values() -> None:
    report = check(ORDERS, *RULES)

    assert "broken   order_id.is_not_null  1 of 5 rows, expected a value" in str(report)
    assert "5 rows, 3 of 5 checks broken" in str(report)
    assert report.to_dict()["results"][0]["check"] == "order_id.is_not_null"  # type: ignore[index,call-overload]


def _flagging(asked: Any) -> Any:
    return rule(asked.rule, asked.column, **asked.arguments, action="flag")


def _rows(frame: Any) -> list[dict[str, Any]]:
    if isinstance(frame, pd.DataFrame):
        frame = pa.Table.from_pandas(frame, preserve_index=False)
    rows: list[dict[str, Any]] = frame.to_dicts() if isinstance(frame, pl.DataFrame) else frame.to_pylist()
    return rows


@pytest.mark.parametrize("as_of", ["2020-01-01T00:00:00Z", dt.date(2020, 1, 1), dt.datetime(2020, 1, 1)])  # noqa: DTZ001
def test_an_instant_of_another_kind_is_refused(as_of: Any) -> None:
    with pytest.raises(UsageError, match=r"as_of: got .*, allowed a datetime with a time zone"):
        Checks(rule("is_positive", "n"), as_of=as_of)


def test_a_table_of_another_kind_is_refused() -> None:
    with pytest.raises(UsageError, match=r"tables\['my\.x'\]: got builtins\.list, allowed an Arrow table"):
        Checks(rule("is_positive", "n"), tables={"my.x": [1]})  # type: ignore[dict-item]


def test_all_checks_that_need_a_history_are_told_at_once() -> None:
    asked = rule("has_psi", "n", id="one", max=0.1), rule("has_row_count_in_season", id="two", period=7)

    with pytest.raises(UsageError, match="checks one, two: got a frame"):
        check(pa.table({"n": [1.0]}), *asked)
