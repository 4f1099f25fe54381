from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gridata_jobs.metrics import JobMetrics, peak_memory_bytes


def samples(path: Path) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for name, value in sorted(sample.labels.items()) if name not in ("job", "dataset"))): (
            sample.value
        )
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }


def test_rows_and_bytes_add_up_per_layer_and_table(tmp_path: Path) -> None:
    metrics = JobMetrics("ingest", "ecommerce.orders.v1")
    metrics.rows(3, layer="bronze", table="ecommerce_bronze.orders_v1")
    metrics.rows(4, layer="bronze", table="ecommerce_bronze.orders_v1")
    metrics.rows(1, layer="quarantine", table="ecommerce_quarantine.orders_v1", kind="rejected")
    metrics.bytes(10, layer="landing", table="ecommerce.orders.v1")

    found = samples(metrics.publish(tmp_path, success=True))

    assert found["gridata_job_rows", "valid", "bronze", "ecommerce_bronze.orders_v1"] == 7
    assert found["gridata_job_rows", "rejected", "quarantine", "ecommerce_quarantine.orders_v1"] == 1
    assert found["gridata_job_bytes", "landing", "ecommerce.orders.v1"] == 10
    assert found["gridata_job_success",] == 1


def test_a_step_that_raises_is_still_timed() -> None:
    metrics = JobMetrics("ingest")
    with pytest.raises(ZeroDivisionError), metrics.step("read"):
        _ = 1 / 0
    steps = metrics.report()["steps"]
    assert isinstance(steps, dict)
    assert list(steps) == ["read"]


def test_runs_on_two_datasets_keep_their_own_files(tmp_path: Path) -> None:
    for dataset in ("a", "b"):
        JobMetrics("ingest", dataset).publish(tmp_path, success=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ingest-a.prom", "ingest-b.prom"]


def test_a_gateway_that_does_not_answer_does_not_fail_the_job(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    JobMetrics("ingest").publish(tmp_path, success=True, pushgateway_url="http://127.0.0.1:9")
    assert [record.message for record in caplog.records] == ["metrics not pushed"]


def test_memory_of_a_living_child_counts() -> None:
    before = peak_memory_bytes()["children"]
    program = "x = bytearray(200_000_000); print('up', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        after = peak_memory_bytes()["children"]
        child.communicate("\n")
    assert after >= before + 150_000_000 or after >= 200_000_000


def test_memory_is_not_that_of_whoever_started_the_job() -> None:
    ballast = bytearray(400 * 2**20)
    ballast[:: 2**12] = b"x" * len(ballast[:: 2**12])  # touched, so that it is resident
    tell = "from gridata_jobs.metrics import peak_memory_bytes; print(peak_memory_bytes()['python'])"

    said = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True).stdout

    assert peak_memory_bytes()["python"] > 400 * 2**20
    assert int(said) < 300 * 2**20
