"""A rewrite of a published batch is killed between its writes, on both lanes, after compaction and snapshot expiry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

BRONZE, QUARANTINE = "ecommerce_bronze.orders_v1", "ecommerce_quarantine.orders_v1"
FOLDER = "ecommerce/orders/v1/contract.odcs.yaml"

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1200)]


def correct(lakehouse: Any, old: str, new: str) -> None:
    """Change the contract in the home, from which its jobs read it."""
    path = lakehouse.home / "contracts" / FOLDER
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def ask(lakehouse: Any, batch_id: str) -> str:
    """What `gridata replay --rewrite` does before it starts a run; the number of the rewrite."""
    from gridata_contracts.load import load_contracts
    from gridata_control.ledger import Ledger
    from gridata_control.rewrite import ask_rewrite

    ledger, catalogue = Ledger(f"sqlite:///{lakehouse.home}/ledger.db"), load_contracts(lakehouse.home / "contracts")
    asked = ask_rewrite(ledger, catalogue, ledger.batch_record(batch_id), override_gate=False, why="a wrong rule")
    ledger.close()
    return str(asked.number)


def job(lakehouse: Any, batch_id: str, lane: str, number: str, **environment: str) -> Any:
    arguments = ("--batch", batch_id, "--lane", lane, "--rewrite", number)
    return lakehouse.run("gridata-job", "ingest", *arguments, **environment)


def data_files(lakehouse: Any, table: str) -> int:
    from gridata_control.catalog import open_catalog
    from gridata_control.settings import Settings

    return len(list(open_catalog(Settings.load(lakehouse.home)).load_table(table).scan().plan_files()))


@pytest.mark.parametrize(
    ("lane", "points"),
    [
        ("duckdb", ("after-quarantine", "after-bronze")),
        pytest.param("spark", ("after-quarantine",), marks=pytest.mark.spark),
    ],
)
def test_a_rewrite_killed_here_is_finished_also_in_files_that_hold_other_batches(
    lakehouse: Any, orders_file: Path, lane: str, points: tuple[str, ...]
) -> None:
    assert lakehouse.ingest(orders_file).returncode == 0
    batch, lines = lakehouse.batch_id(), orders_file.read_bytes().splitlines(keepends=True)
    for nth in range(4):  # with the first, as many data files as maintenance compacts
        other = orders_file.with_name(f"orders-{lane}-{nth}.jsonl")
        other.write_bytes(b"".join(lines[nth * 50 : nth * 50 + 50]))
        assert lakehouse.ingest(other).returncode == 0
    first, before = set(lakehouse.snapshots(BRONZE)), lakehouse.rows(BRONZE)
    maintained = lakehouse.run("gridata-job", "maintain", "--longest-job-hours", "0", "--snapshot-days", "0")
    assert maintained.returncode == 0, maintained.stderr
    assert not first & set(lakehouse.snapshots(BRONZE)), "nothing expired, so this proves nothing"
    assert data_files(lakehouse, BRONZE) == 1, "no file holds several batches, so this proves nothing"

    for n, point in enumerate(points):
        words = ("transfer, voucher]", "transfer]") if n % 2 == 0 else ("transfer]", "transfer, voucher]")
        correct(lakehouse, *words)
        number = ask(lakehouse, batch)
        killed = job(lakehouse, batch, lane, number, GRIDATA_CRASH_AT=point)
        assert killed.returncode != 0
        half_done = [each["where"] for each in lakehouse.verify()["violations"] if each["kind"] == "HALF_REWRITTEN"]
        assert half_done == [f"batch {batch}"]

        again = job(lakehouse, batch, lane, number)

        assert again.returncode == 0, again.stderr
        assert lakehouse.verify()["violations"] == []
        rows = lakehouse.rows(BRONZE)
        assert set(rows.values()) == {1}
        assert rows < before if n % 2 == 0 else rows == before
        report = json.loads(again.stdout.splitlines()[-1])
        assert [table["adopted"] for table in report["tables"]] == [True, point == "after-bronze"]


def test_a_frozen_run_that_wakes_after_a_rewrite_writes_nothing(lakehouse: Any, orders_file: Path) -> None:
    assert lakehouse.ingest(orders_file).returncode == 0
    batch, before = lakehouse.batch_id(), lakehouse.rows(BRONZE)
    zombie = lakehouse.start_held(batch, "after-split")
    lakehouse.wait_held()
    correct(lakehouse, "transfer, voucher]", "transfer]")

    rewrite = job(lakehouse, batch, "duckdb", ask(lakehouse, batch))
    lakehouse.release()
    _, complaint = zombie.communicate(timeout=280)

    assert rewrite.returncode == 0, rewrite.stderr
    assert zombie.returncode == 3
    assert "rewrite 1 since this run began" in complaint
    assert lakehouse.rows(BRONZE) < before
    assert lakehouse.verify()["violations"] == []
