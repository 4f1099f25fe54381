"""What Prometheus is told: the ledger's sums at each scrape, and the sweep's own state over a real port."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import TransientError
from gridata_contracts.naming import DatasetId
from gridata_control.ledger import FileOutcome, FileState, LandedFile, Ledger, Run
from gridata_control.monitoring import LedgerCollector, SweepMetrics

See = Callable[..., list[LandedFile]]
NOTHING, _ = Catalogue.build([])


def samples(collector: LedgerCollector) -> dict[tuple[str, ...], float]:
    """Value by name and label values."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in collector.collect()
        for sample in family.samples
    }


def publish(ledger: Ledger, orders: DatasetId, files: list[LandedFile], valid: int, rejected: int) -> None:
    batch = ledger.add_batch(orders, "hash", files, datetime(2026, 1, 1, tzinfo=UTC))
    outcomes = [
        FileOutcome(file.file_id, FileState.PUBLISHED, None, valid + rejected, valid, rejected, None) for file in files
    ]
    ledger.publish(batch.id, outcomes, bronze_snapshot_id=1, quarantine_snapshot_id=2, report={})


def test_an_empty_ledger_is_up_and_says_nothing_of_datasets(ledger: Ledger) -> None:
    assert samples(LedgerCollector(ledger, NOTHING)) == {
        ("gridata_ledger_up",): 1.0,
        ("gridata_untold_runs",): 0.0,
        ("gridata_refused_runs",): 0.0,
        ("gridata_oldest_untold_seconds",): 0.0,
    }


def test_a_part_that_was_never_backed_up_tells_zero_and_nothing_where_none_is_made(ledger: Ledger) -> None:
    name, began = "gridata_backup_last_success_timestamp_seconds", datetime(2026, 1, 1, tzinfo=UTC)
    parts = ("databases", "objects", "vault")
    assert {samples(LedgerCollector(ledger, NOTHING, backed_up=parts))[name, part] for part in parts} == {0.0}

    ledger.record_backup("first", ["databases", "objects"], began)

    found = samples(LedgerCollector(ledger, NOTHING, backed_up=parts))
    assert found[name, "databases"] == found[name, "objects"] > found[name, "vault"] == 0.0
    assert not [key for key in samples(LedgerCollector(ledger, NOTHING)) if key[0].startswith("gridata_backup_")]


def test_a_backup_is_as_old_as_its_end_and_its_limit_is_told_beside_it(ledger: Ledger) -> None:
    before = datetime.now(UTC)
    ledger.record_backup("one that took a day", ["objects"], before - timedelta(days=1))

    found = samples(LedgerCollector(ledger, NOTHING, backed_up=("objects",), backup_max_age_s=7200.0))

    assert found["gridata_backup_last_success_timestamp_seconds", "objects"] >= before.timestamp()
    assert found["gridata_backup_max_age_seconds",] == 7200.0


def test_runs_that_no_catalog_knows_are_counted_and_their_age_grows(ledger: Ledger) -> None:
    ended = datetime(2026, 1, 1, tzinfo=UTC)
    told, refused, untold = (Run(name, "health", ended, ended, 0, None, {}) for name in ("told", "refused", "untold"))
    for run in (told, refused, untold, Run("going", "health", ended)):
        ledger.record_run(run)
    ledger.mark_told(told)
    ledger.mark_refused(refused, "no such aspect")

    found = samples(LedgerCollector(ledger, NOTHING, lambda: ended + timedelta(seconds=90)))

    assert found["gridata_untold_runs",] == 1
    assert found["gridata_refused_runs",] == 1
    assert found["gridata_oldest_untold_seconds",] == 90


def test_files_without_a_fate_are_counted_and_their_age_grows(ledger: Ledger, orders: DatasetId, see: See) -> None:
    see(3)
    seen_utc = ledger.files()[0].seen_at_utc

    found = samples(LedgerCollector(ledger, NOTHING, lambda: seen_utc + timedelta(seconds=90)))

    assert found["gridata_files", str(orders), "SEEN"] == 3
    assert found["gridata_landed_unprocessed_objects", str(orders)] == 3
    assert found["gridata_oldest_unprocessed_seconds", str(orders)] == pytest.approx(90, abs=1)
    assert ("gridata_freshness_seconds", str(orders)) not in found


def test_rows_are_of_all_batches_and_the_ratio_of_the_last(ledger: Ledger, orders: DatasetId, see: See) -> None:
    publish(ledger, orders, see(2, name="first"), valid=90, rejected=10)
    publish(ledger, orders, see(1, name="second"), valid=1, rejected=3)
    published_utc = max(record.published_at_utc for record in ledger.batches() if record.published_at_utc)

    found = samples(LedgerCollector(ledger, NOTHING, lambda: published_utc + timedelta(hours=2)))

    assert found["gridata_rows", str(orders), "valid"] == 181
    assert found["gridata_rows", str(orders), "rejected"] == 23
    assert found["gridata_quarantine_ratio", str(orders)] == 0.75
    assert found["gridata_freshness_seconds", str(orders)] == 7200
    assert found["gridata_batches", str(orders), "PUBLISHED"] == 2
    assert found["gridata_landed_unprocessed_objects", str(orders)] == 0
    assert ("gridata_oldest_unprocessed_seconds", str(orders)) not in found


def test_the_promise_of_a_contract_is_told_before_anything_landed(ledger: Ledger, shop_catalogue: Catalogue) -> None:
    promised = {str(each.id): each.freshness_s for each in shop_catalogue.values() if each.freshness_s is not None}

    found = samples(LedgerCollector(ledger, shop_catalogue))

    assert {labels[1]: value for labels, value in found.items() if labels[0].endswith("limit_seconds")} == promised


def test_a_ledger_that_does_not_answer_is_down_and_the_scrape_is_not(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent() -> None:
        raise TransientError("ledger: no answer")

    monkeypatch.setattr(ledger, "figures", silent)

    assert samples(LedgerCollector(ledger, NOTHING)) == {("gridata_ledger_up",): 0.0}


def test_a_sweep_that_never_succeeded_has_the_timestamp_zero() -> None:
    registry = CollectorRegistry()
    metrics = SweepMetrics(registry)
    assert registry.get_sample_value("gridata_sweep_last_success_timestamp_seconds") == 0

    metrics.done(1.5, 2)

    assert registry.get_sample_value("gridata_sweep_last_success_timestamp_seconds") == pytest.approx(
        time.time(), abs=5
    )
    assert registry.get_sample_value("gridata_sweep_batch_errors") == 2


def test_a_watching_sweep_tells_prometheus_on_its_port(shop: object, environment: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("gridata")), "sweep", "--watch", "--no-dispatch"]
    watching = subprocess.Popen([*command, "--metrics-port", str(port)], env=environment, stdout=subprocess.DEVNULL)
    try:
        found = _until_swept(f"http://127.0.0.1:{port}/metrics")
    finally:
        watching.terminate()
        assert watching.wait(30) == 0, "SIGTERM is how a pod is asked to end"

    assert found["gridata_ledger_up"] == 1
    assert found["gridata_sweep_last_success_timestamp_seconds"] > 0


def test_a_port_without_watch_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("gridata")), "sweep", "--metrics-port", "9"]

    refused = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert refused.returncode == 2
    assert "--watch" in refused.stderr


def _until_swept(url: str, within_s: float = 60) -> dict[str, float]:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            text = urllib.request.urlopen(url, timeout=5).read().decode()
        except OSError:
            time.sleep(0.1)
            continue
        found = {s.name: s.value for family in text_string_to_metric_families(text) for s in family.samples}
        if found["gridata_sweep_last_success_timestamp_seconds"]:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{url}: no round was done within {within_s} s")
