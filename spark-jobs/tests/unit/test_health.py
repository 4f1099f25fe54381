from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest

from gridata_contracts.naming import parse_dataset_id
from gridata_control.landing import open_store
from gridata_control.ledger import FileState, LandedFile, NewFile, open_ledger
from gridata_control.settings import Settings
from gridata_jobs import health
from gridata_jobs.arguments import JobArguments
from gridata_jobs.health import Limits


def faults(settings: Settings) -> dict[str, str]:
    report = health.run(settings, JobArguments(datetime.now(UTC)))
    findings = report["findings"]
    assert isinstance(findings, list)
    found = [one for one in findings if isinstance(one, dict)]
    assert report["failed"] == sum(not one["passed"] for one in found)
    assert [one["check"] for one in found] == ["ledger", "catalog", "store", "disk", "sweep", "batches"]
    return {str(one["check"]): str(one["detail"]) for one in found if not one["passed"]}


@pytest.fixture(autouse=True)
def roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests say does not hang on the disk of the machine they run on."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(100, 40, 60))


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_full_disk_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(100, 97, 3))
    assert faults(Settings.load(tmp_path, {})) == {"disk": "3% of 0 GiB free, 5% needed"}


def test_a_fresh_home_is_healthy(tmp_path: Path) -> None:
    assert faults(Settings.load(tmp_path, {})) == {}


def test_a_version_no_sweep_saw_in_time_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.load(tmp_path, {})
    open_store(settings).put("landing/ecommerce/orders/v1/a.jsonl", BytesIO(b"{}\n"))
    monkeypatch.setattr(health, "Limits", lambda: Limits(sweep_lag=timedelta(0)))
    assert list(faults(settings)) == ["sweep"]


def test_files_that_no_batch_took_for_hours_are_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.load(tmp_path, {})
    landed = LandedFile("f" * 64, "local", "landing/ecommerce/orders/v1/a.jsonl", "v", 1)
    now = datetime.now(UTC)
    open_ledger(settings).see([NewFile(landed, None, now, parse_dataset_id("ecommerce.orders.v1"), FileState.SEEN)])
    monkeypatch.setattr(health, "Limits", lambda: Limits(batch_age=timedelta(0)))
    assert faults(settings)["batches"].startswith("0 batches FAILED, 0 HELD; 0 unpublished and 1 files unbatched")


def test_a_batch_that_a_gate_holds_is_a_fault_until_somebody_decides(tmp_path: Path) -> None:
    settings, dataset = Settings.load(tmp_path, {}), parse_dataset_id("ecommerce.orders.v1")
    landed, now = LandedFile("f" * 64, "local", "landing/ecommerce/orders/v1/a.jsonl", "v", 1), datetime.now(UTC)
    ledger = open_ledger(settings)
    ledger.see([NewFile(landed, None, now, dataset, FileState.SEEN)])
    batch = ledger.add_batch(dataset, "h", [landed], now)
    ledger.hold(batch.id, None, {}, "gate closed")
    assert faults(settings)["batches"].startswith("0 batches FAILED, 1 HELD;")


def test_a_part_that_does_not_answer_does_not_hide_the_others(tmp_path: Path) -> None:
    nobody = "postgresql+psycopg2://127.0.0.1:9/catalog"
    assert list(faults(replace(Settings.load(tmp_path, {}), catalog_uri=nobody))) == ["catalog"]
