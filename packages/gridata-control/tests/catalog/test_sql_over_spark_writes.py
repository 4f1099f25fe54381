"""What Spark does to a table — delete files, nested evolution, renames — is what SQL sees."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gridata_control.catalog import open_catalog
from gridata_control.catalog.snapshots import history
from gridata_control.catalog.sql import query
from gridata_control.catalog.values import plain
from gridata_control.settings import Settings

TABLE = "shop_silver.lived"
SPARK = """
import json, sys
from pathlib import Path
from gridata_control.settings import Settings
from gridata_jobs.spark import spark_session
with spark_session(Settings.load(Path(sys.argv[1]), environ={}), "test") as spark:
    for statement in json.loads(sys.argv[2]):
        rows = spark.sql(statement).collect()
print(json.dumps([list(row) for row in rows]))
"""
STATEMENTS = [
    "CREATE NAMESPACE shop_silver",
    f"""CREATE TABLE {TABLE} (id bigint, s struct<a: int, b: string>, l array<struct<x: int>>, note string)
    USING iceberg TBLPROPERTIES (
        'format-version' = '2', 'write.delete.mode' = 'merge-on-read', 'write.update.mode' = 'merge-on-read')""",
    f"""INSERT INTO {TABLE} SELECT id, named_struct('a', CAST(id AS int), 'b', 'v'),
    array(named_struct('x', CAST(id AS int))), 'old' FROM range(10)""",
    f"DELETE FROM {TABLE} WHERE id IN (3, 4)",
    f"ALTER TABLE {TABLE} ADD COLUMN s.c string",
    f"ALTER TABLE {TABLE} ADD COLUMN l.element.y int",
    f"ALTER TABLE {TABLE} RENAME COLUMN note TO remark",
    f"ALTER TABLE {TABLE} ADD COLUMN note string",
    f"ALTER TABLE {TABLE} ALTER COLUMN s.a TYPE bigint",
    f"UPDATE {TABLE} SET s = named_struct('a', CAST(99 AS bigint), 'b', 'u', 'c', 'new') WHERE id = 5",
    f"SELECT id, s.a, s.b, s.c, l[0].x, l[0].y, remark, note FROM {TABLE} ORDER BY id",
]


@pytest.mark.spark
def test_delete_files_and_nested_evolution_read_as_spark_reads_them(tmp_path: Path) -> None:
    catalog = open_catalog(Settings.load(tmp_path, environ={}))
    said = subprocess.run(
        [sys.executable, "-c", SPARK, str(tmp_path), json.dumps(STATEMENTS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    expected = json.loads(said.stdout)

    with query(catalog, f"SELECT id, s.a, s.b, s.c, l[1].x, l[1].y, remark, note FROM {TABLE} ORDER BY id") as answer:
        got = [[plain(value) for value in row] for row in answer.rows]

    assert got == expected
    assert len(got) == 8
    versions = history(catalog.load_table(TABLE))
    assert [version.rows for version in versions] == [10, 8, 8]
    assert versions[-1].summary["total-delete-files"] == "2"
    with query(catalog, f"SELECT count(*), max(s.a) FROM {TABLE}", str(versions[0].snapshot_id)) as answer:
        assert list(answer.rows) == [(10, 9)]
