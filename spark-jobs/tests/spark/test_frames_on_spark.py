"""Checks on Spark's frames, classic and Connect: what DuckDB says of the same rows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from gridata_contracts.errors import PermanentError, UsageError
from gridata_contracts.suite import Ask
from gridata_jobs.frames import Checks, check, rule, run_standard_checks, split
from gridata_jobs.frames.two_folders import TwoFolders

pytestmark = pytest.mark.spark

ROWS = pa.table(
    {
        "order_id": ["a", "b", "b", None, "e"],
        "total": [1.5, -2.0, 3.0, 4.0, None],
        "w0": pa.array([1, 2, 3, 4, 5], pa.int16()),
        "checks": ["x", "y", None, "z", ""],
        "items": [[{"price": 1}, {"price": -1}], [], None, [{"price": 2}], [{"price": None}]],
    }
)
RULES = (
    rule("is_not_null", "order_id"),
    rule("is_at_least", "total", value=0, severity="warning"),
    rule("is_at_most", "w0", value=4, threshold="10 %"),
    rule("is_not_empty", "checks", threshold=3),
    rule("is_not_negative", "items[*].price", action="flag"),
    rule("is_unique", columns=["order_id"]),
    rule("is_sequential", "w0"),
    rule("has_mean", "total", max=1),
    rule("has_only_columns", columns=["order_id", "total"]),
)


def test_classic_frames_get_the_verdicts_of_the_other_engine(spark: SparkSession) -> None:
    assert check(_frame(spark), *RULES) == check(ROWS, *RULES)


def test_a_split_parts_the_rows_as_the_other_engine_does(spark: SparkSession) -> None:
    with split(_frame(spark), *RULES) as parts:
        valid, rejected = parts.valid.toArrow(), parts.rejected.toArrow()
        report = parts.report
    expected = split(ROWS, *RULES)

    assert report == expected.report
    assert _bag(valid) == _bag(expected.valid)
    assert _bag(rejected) == _bag(expected.rejected)
    assert len(rejected) == 3


COUNTED = {
    "nothing takes rows away": (
        rule("is_unique", columns=["order_id"], action="flag"),
        rule("is_unique", columns=["order_id"], id="where", where="w0 > 2", action="flag"),
        rule("has_distinct_count", columns=["w0"], min=5),
    ),
    "a row check does": (rule("is_positive", "total"), rule("is_unique", columns=["order_id"])),
    "a key does, and is the last": (rule("has_mean", "total", max=1), rule("is_unique", columns=["order_id"])),
    "a key does, and others come after it": (
        rule("is_unique", columns=["order_id"]),
        rule("is_unique", columns=["checks"]),
        rule("has_distinct_count", columns=["w0"], max=4),
    ),
    "many keys after a row check": (
        rule("is_positive", "total"),
        *(rule("is_unique", columns=[name], id=f"unique_{name}") for name in ("order_id", "w0", "checks")),
    ),
    "a threshold": (
        rule("is_unique", columns=["order_id"], threshold=1),
        rule("has_distinct_count", columns=["w0"], min=5),
    ),
}


@pytest.mark.parametrize("name", COUNTED)
def test_keys_are_counted_as_they_are_marked(name: str, spark: SparkSession) -> None:
    """Without a split nothing is marked; the numbers are those of the split and of the other engine."""
    rules = COUNTED[name]
    with split(_frame(spark), *rules) as parts:
        assert check(_frame(spark), *rules) == parts.report
    assert check(_frame(spark), *rules) == check(ROWS, *rules)


def test_a_key_may_be_called_count(spark: SparkSession) -> None:
    frame = spark.sql("SELECT 1 AS Count, 2 AS n FROM range(3)")

    assert check(frame, rule("is_unique", columns=["Count"]), rule("is_unique", columns=["n"], id="n")).failures == [
        ("Count.is_unique", 2),
        ("n", 0),
    ]


AT_ONCE = tuple(
    each for each in RULES if each.rule not in ("is_unique", "is_sequential") and "threshold" not in each.terms
)
"""Those after which no row waits for the end."""


@pytest.mark.parametrize("rules", [RULES, AT_ONCE], ids=["rows wait", "at once"])
def test_written_parts_are_those_of_the_split(rules: tuple[Ask, ...], spark: SparkSession, tmp_path: Path) -> None:
    valid, rejected = tmp_path / "valid", tmp_path / "rejected"
    expected = split(ROWS, *rules)
    for _ in range(2):  # the second one replaces what the first one wrote
        report = Checks(*rules).write_split(_frame(spark), valid, rejected)

        assert report == expected.report
        for folder, added in ((valid, "_flags"), (rejected, "_reasons")):
            assert _read(spark, folder).columns == [*ROWS.column_names, added]
            assert (folder / "_SUCCESS").exists()
        assert _bag(_read(spark, valid).toArrow()) == _bag(expected.valid)
        assert _bag(_read(spark, rejected).toArrow()) == _bag(expected.rejected)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["rejected", "valid"]
    assert spark.conf.get("spark.sql.maxConcurrentOutputFileWriters") == "0"


def test_written_parts_come_from_one_evaluation(spark: SparkSession, tmp_path: Path) -> None:
    seen = spark.sparkContext.accumulator(0)

    def count(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            seen.add(batch.num_rows)
            yield batch

    frame = spark.range(1000).mapInArrow(count, "id bigint")
    rules = (
        rule("is_at_least", "id", value=10),
        rule("has_mean", "id", min=500),
        rule("is_at_most", "id", value=5, action="flag"),
    )
    report = Checks(*rules, measures_columns=True).write_split(frame, tmp_path / "valid", tmp_path / "rejected")

    assert seen.value == 1000
    assert [each.failed for each in report.results] == [10, 0, 994]
    assert report.results[1].value == 504.5
    assert (spark.read.parquet(str(tmp_path / "valid")).count(), report.rows) == (990, 1000)


@pytest.mark.parametrize(("value", "counts"), [(0, (5, 0)), (9, (0, 5))])
def test_a_part_without_rows_is_a_folder_with_the_columns(
    value: int, counts: tuple[int, int], spark: SparkSession, tmp_path: Path
) -> None:
    paths = tmp_path / "valid", tmp_path / "rejected"
    Checks(rule("is_at_least", "w0", value=value), rule("has_mean", "total", max=9)).write_split(_frame(spark), *paths)

    for path, added, count in zip(paths, ("_flags", "_reasons"), counts, strict=True):
        assert spark.read.parquet(str(path)).columns == [*ROWS.column_names, added]
        assert _read(spark, path).count() == count


@pytest.mark.parametrize(
    ("valid", "rejected"), [("x", "x"), ("x", "x/"), ("./x", "x"), ("x/valid", "x"), ("x", "x/rejected")]
)
def test_folders_that_are_not_two_are_refused_before_anything_is_written(
    valid: str, rejected: str, spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(UsageError, match="allowed two"):
        Checks(*AT_ONCE).write_split(_frame(spark), f"{tmp_path}/{valid}", f"{tmp_path}/{rejected}")

    assert list((tmp_path / "x").iterdir()) == []


def test_folders_of_two_file_systems_are_refused(spark: SparkSession, tmp_path: Path) -> None:
    for other, message in (("http://127.0.0.1:1/r", "one file system"), ("nosuch://x/r", "that the session opens")):
        with pytest.raises(UsageError, match=message):
            Checks(*AT_ONCE).write_split(_frame(spark), str(tmp_path / "v"), other)


def test_a_write_that_fails_leaves_what_was_there(spark: SparkSession, tmp_path: Path) -> None:
    paths = tmp_path / "deep" / "valid", tmp_path / "other" / "rejected"
    Checks(*AT_ONCE).write_split(_frame(spark), *paths)
    with pytest.raises(PySparkException):
        Checks(rule("is_positive", "id")).write_split(spark.sql("SELECT id, 1 / (id - 5) AS x FROM range(9)"), *paths)

    assert _read(spark, paths[0]).count() + _read(spark, paths[1]).count() == 5
    assert sorted(each.name for each in tmp_path.iterdir()) == ["deep", "other"]
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["valid"]


def test_parts_that_cannot_be_moved_leave_what_was_there(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = tmp_path / "valid", tmp_path / "rejected"
    Checks(*AT_ONCE).write_split(_frame(spark), *paths)
    rename = TwoFolders._rename

    def fails(folders: TwoFolders, source: object, target: object) -> None:
        if str(source).endswith("told"):
            raise PermanentError("got no rename")
        rename(folders, source, target)

    monkeypatch.setattr(TwoFolders, "_rename", fails)
    with pytest.raises(PermanentError):
        Checks(rule("is_positive", "id")).write_split(spark.sql("SELECT id FROM range(9)"), *paths)

    assert "total" in _read(spark, paths[1]).columns  # the rejected rows of before
    (part,) = (each for each in tmp_path.iterdir() if each.name.endswith(".part"))
    assert _read(spark, part / "told").count() == 1


def test_a_folder_may_take_the_place_of_the_frame_it_was_made_of(spark: SparkSession, tmp_path: Path) -> None:
    paths = tmp_path / "valid", tmp_path / "rejected"
    _frame(spark).write.parquet(str(paths[0]))

    Checks(*AT_ONCE).write_split(spark.read.parquet(str(paths[0])), *paths)

    assert _read(spark, paths[0]).count() + _read(spark, paths[1]).count() == len(ROWS)


def test_a_frame_without_broken_rows_stays_whole(spark: SparkSession) -> None:
    with split(_frame(spark), rule("is_not_null", "w0")) as parts:
        assert (parts.valid.count(), parts.rejected.count()) == (5, 0)


def test_columns_nobody_asks_about_are_kept_whatever_they_hold(spark: SparkSession) -> None:
    frame = spark.sql("SELECT id, map('k', id) AS m, binary('x') AS b, timestamp_ntz'2025-01-01' AS t FROM range(2)")
    with split(frame, rule("is_positive", "id")) as parts:
        assert parts.valid.select("id", "m").collect() == [(1, {"k": 1})]
        assert parts.rejected.columns == ["id", "m", "b", "t", "_reasons"]
    with pytest.raises(UsageError, match="got checks of t of type null"):
        check(frame, rule("is_not_null", "t"))


def test_standard_checks_run_on_spark(spark: SparkSession) -> None:
    assert dict(run_standard_checks(_frame(spark)))["order_id.is_not_null"] == 1


def test_sessions_that_read_times_differently_are_refused(spark: SparkSession) -> None:
    frame = spark.sql("SELECT timestamp'2025-01-01 00:00:00' AS t")
    zone = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", "Europe/Berlin")
    try:
        with pytest.raises(UsageError, match=r"got spark\.sql\.session\.timeZone = Europe/Berlin, allowed UTC"):
            check(frame, rule("is_not_after_as_of", "t"))
    finally:
        spark.conf.set("spark.sql.session.timeZone", str(zone))


def test_counting_keeps_nothing_in_the_executors_memory(spark: SparkSession) -> None:
    before = _kept(spark)
    check(_frame(spark), *RULES)

    assert _kept(spark) == before


def test_spark_connect_gives_the_same_report_and_parts(tmp_path: Path) -> None:
    script = tmp_path / "on_connect.py"
    script.write_text(_ON_CONNECT)
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
        env={**os.environ, "SPARK_TESTING": "1"},  # any free port, so that two runs on one machine do not meet
        timeout=240,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("the same on Spark Connect")


_ON_CONNECT = """
import sys
sys.path.insert(0, ".")
from pyspark.sql import SparkSession
from test_frames_on_spark import ROWS, RULES, _bag
from gridata_jobs.frames import check, split

spark = SparkSession.builder.remote("local[2]").getOrCreate()
assert "connect" in type(spark).__module__
for name, value in {"spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "2"}.items():
    spark.conf.set(name, value)
frame = spark.createDataFrame(ROWS)
assert check(frame, *RULES) == check(ROWS, *RULES)
with split(frame, *RULES) as parts:
    expected = split(ROWS, *RULES)
    assert parts.report == expected.report
    assert _bag(parts.valid.toArrow()) == _bag(expected.valid)
    assert _bag(parts.rejected.toArrow()) == _bag(expected.rejected)
spark.stop()
print("the same on Spark Connect")
"""


def _read(spark: SparkSession, folder: Path) -> DataFrame:
    return spark.read.parquet(str(folder))


def _frame(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(ROWS).coalesce(1)


def _kept(spark: SparkSession) -> int:
    """Frames that the executors keep; Spark has no public way to ask."""
    return int(spark.sparkContext._jsc.getPersistentRDDs().size())


def _bag(table: pa.Table) -> Counter[str]:
    """Rows whatever their order."""
    return Counter(map(str, table.to_pylist()))
