"""A data file of bronze disappears or is cut off: told by name, and mended from landing as the runbook says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

BRONZE, QUARANTINE = "ecommerce_bronze.orders_v1", "ecommerce_quarantine.orders_v1"

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


def take_batch_out(lakehouse: Any, table: str, batch_id: str) -> None:
    """The snippet of docs/runbooks/lost-data-file.md."""
    from gridata_control.catalog import open_catalog
    from gridata_control.settings import Settings

    open_catalog(Settings.load(lakehouse.home)).load_table(table).delete(f"_batch_id = '{batch_id}'")


@pytest.mark.parametrize("damage", ["gone", pytest.param("cut off", marks=pytest.mark.thorough)])
def test_a_lost_data_file_is_told_by_name_and_its_rows_come_back_from_landing(
    lakehouse: Any, orders_file: Path, damage: str
) -> None:
    lakehouse.ingest(orders_file)
    batch, before = lakehouse.batch_id(), (lakehouse.rows(BRONZE), lakehouse.rows(QUARANTINE))
    [file] = (lakehouse.home / "warehouse/ecommerce_bronze/orders_v1/data").glob("*.parquet")
    content = file.read_bytes()
    file.unlink()
    if damage == "cut off":
        file.write_bytes(content[: len(content) // 2])

    replay = lakehouse.job(batch)
    lost = [each for each in lakehouse.verify()["violations"] if each["kind"] == "LOST_DATA_FILE"]

    assert replay.returncode == 3
    assert f"gridata: table {BRONZE}: " in replay.stderr
    assert "fault of Gridata" not in replay.stderr
    assert [each["where"] for each in lost] == [f"{BRONZE}: file://{file}"]
    assert batch in lost[0]["expected"]

    take_batch_out(lakehouse, BRONZE, batch)
    again = lakehouse.job(batch)

    assert again.returncode == 0, again.stderr
    assert (lakehouse.rows(BRONZE), lakehouse.rows(QUARANTINE)) == before
    assert lakehouse.verify()["violations"] == []
