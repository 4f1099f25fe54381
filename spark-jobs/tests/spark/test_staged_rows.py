"""Rows that Spark wrote come into a table in one commit, in place of a batch's, and leave no branch behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

from gridata_contracts.errors import PermanentError
from gridata_jobs.lanes.spark_staged import staged
from gridata_jobs.maintain.procedures import compact
from gridata_jobs.publish import Side
from gridata_jobs.replace import replace_rows

pytestmark = pytest.mark.spark

TABLE, DATASET = "ecommerce_bronze.orders_v1", "ecommerce.orders.v1"


def rows_of(lake: Any, batch_id: str, numbers: list[int]) -> DataFrame:
    """Rows of the table's columns, of which only batch and number say something."""
    columns = lake.spark.table(f"{lake.settings.catalog_name}.{TABLE}").schema
    frame = lake.spark.createDataFrame([(number,) for number in numbers], "_row_number bigint")
    values = {"_row_number": F.col("_row_number"), "_batch_id": F.lit(batch_id)}
    return frame.select(*(values.get(f.name, F.lit(None)).cast(f.dataType).alias(f.name) for f in columns))


def replace(lake: Any, batch_id: str, numbers: list[int], scratch: Path, number: int = 1, **side: Any) -> Any:
    given = {"may_write": lambda: None, **side}
    place = Side(lake.bronze(DATASET), TABLE, batch_id, **given)
    name = f"{lake.settings.catalog_name}.{TABLE}"
    with staged(rows_of(lake, batch_id, numbers), place, name, len(numbers)) as new:
        return replace_rows(place, new, number, {}, scratch)


def held(lake: Any) -> list[tuple[str, int]]:
    return sorted((row["_batch_id"], row["_row_number"]) for row in lake.rows(TABLE))


def test_a_batch_in_a_compacted_file_is_replaced_and_its_neighbours_stay(
    lake: Any, orders: Any, tmp_path: Path
) -> None:
    ids = [lake.publish(DATASET, [orders.order(i), orders.order(i + 10)], key=f"{i}.jsonl") for i in range(6)]
    assert compact(lake.spark, lake.settings.catalog_name, TABLE)["files_rewritten"] == 6
    before = lake.bronze(DATASET)
    neighbours = [row for row in lake.rows(TABLE) if row["_batch_id"] != ids[2]]

    done = replace(lake, ids[2], [1, 7, 8], tmp_path)

    table = lake.bronze(DATASET)
    assert [row for row in lake.rows(TABLE) if row["_batch_id"] != ids[2]] == neighbours
    assert [n for batch, n in held(lake) if batch == ids[2]] == [1, 7, 8]
    assert table.current_snapshot().parent_snapshot_id == before.current_snapshot().snapshot_id
    assert done.snapshot_id == table.current_snapshot().snapshot_id
    assert (len(table.metadata.snapshots), set(table.refs())) == (len(before.metadata.snapshots) + 1, {"main"})

    again = replace(lake, ids[2], [1, 7, 8], tmp_path)
    assert (again.adopted, again.snapshot_id) == (True, done.snapshot_id)
    assert replace(lake, ids[2], [], tmp_path, number=2).rows == 0
    assert {batch for batch, _ in held(lake)} == set(ids) - {ids[2]}


def test_rows_come_into_a_table_that_never_had_any(lake: Any, tmp_path: Path) -> None:
    replace(lake, "b", [1, 2], tmp_path)

    assert held(lake) == [("b", 1), ("b", 2)]
    assert set(lake.bronze(DATASET).refs()) == {"main"}


def test_a_run_that_may_not_write_leaves_table_and_branches_as_they_were(
    lake: Any, orders: Any, tmp_path: Path
) -> None:
    batch_id = lake.publish(DATASET, [orders.order(1)])
    before = lake.bronze(DATASET).metadata

    def no() -> None:
        raise PermanentError("not any more")

    with pytest.raises(PermanentError, match="not any more"):
        replace(lake, batch_id, [1, 2], tmp_path, may_write=no)

    after = lake.bronze(DATASET).metadata
    assert (after.snapshots, after.refs) == (before.snapshots, before.refs)
