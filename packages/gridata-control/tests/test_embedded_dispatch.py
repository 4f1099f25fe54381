"""Without Airflow: the DAG runs in a process of its own, one at a time, and a killed one is started again."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Pipeline, Step, Trigger
from gridata_contracts.naming import DatasetId, run_id
from gridata_control.dispatch import EmbeddedDispatcher, RunState, dispatch_ready, reconcile
from gridata_control.dispatch.embedded import airflow_python
from gridata_control.dispatch.lease import held
from gridata_control.ledger import Batch, BatchState, LandedFile, Ledger
from gridata_control.settings import Settings

See = Callable[..., list[LandedFile]]
PIPELINE = Pipeline(
    "shop_orders", "", "shop", Trigger(landing=("shop.orders.v1",)), (Step(name="ingest", job="ingest"),)
)
FAKE_PYTHON = """\
#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    environment = {{name: value for name, value in os.environ.items() if name.startswith("GRIDATA_")}}
    log.write(json.dumps([sys.argv[1:], environment]) + "\\n")
if {publishes}:
    from gridata_control.ledger import FileOutcome, FileState, Ledger
    ledger = Ledger(os.environ["GRIDATA_LEDGER_URL"])
    batch = ledger.batch(json.loads(sys.argv[-1])["batch_id"])
    ledger.publish(
        batch.id, [FileOutcome(f.file_id, FileState.PUBLISHED, None, 1, 1, 0, None) for f in batch.files], 1, None, {{}}
    )
sys.exit({code})
"""


@pytest.fixture
def batch(ledger: Ledger, orders: DatasetId, see: See) -> Batch:
    return ledger.add_batch(orders, "hash", see(1), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Stands where the airflow project's Python is; writes what it was called with."""
    monkeypatch.setenv("GRIDATA_JOB_COMMAND", "some-job --flag")

    def make(code: int = 0, *, publishes: bool = True) -> Path:
        script, log = tmp_path / "python", tmp_path / "calls.jsonl"
        script.write_text(FAKE_PYTHON.format(python=sys.executable, log=str(log), code=code, publishes=publishes))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("GRIDATA_AIRFLOW_PYTHON", str(script))
        return log

    return make


def test_the_dag_runs_with_the_batch_and_these_settings(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path]
) -> None:
    log = runner()

    [run] = dispatch_ready(ledger, EmbeddedDispatcher(shop), [PIPELINE])

    assert (run.run_id, run.state) == (run_id(batch.id, 1), RunState.SUCCESS)
    [arguments, environment] = json.loads(log.read_text())
    assert arguments[:-1] == [
        "-m",
        "gridata_dags.embedded",
        "run",
        "--follow",
        "--dag-id",
        "shop_orders",
        "--run-id",
        run.run_id,
        "--conf",
    ]
    assert json.loads(arguments[-1])["batch_id"] == batch.id
    assert environment["GRIDATA_JOB_COMMAND"] == "some-job --flag"
    assert environment.items() >= shop.environment().items()
    record = ledger.batch_record(batch.id)
    assert (record.state, record.run_number, record.claimed_until_utc) == (BatchState.PUBLISHED, 1, None)


@pytest.mark.parametrize("code", [0, 1])
def test_a_run_that_publishes_nothing_fails_the_batch(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path], code: int
) -> None:
    runner(code, publishes=False)
    dispatch_ready(ledger, EmbeddedDispatcher(shop), [PIPELINE])

    assert ledger.batch_record(batch.id).state is BatchState.FAILED


def test_a_batch_that_another_process_runs_is_left_alone(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path]
) -> None:
    log = runner()
    with held(ledger, batch.id) as ours:
        assert ours
        assert dispatch_ready(ledger, EmbeddedDispatcher(shop), [PIPELINE]) == []
    assert not log.exists()


def test_the_batch_of_a_killed_process_runs_again_once_its_claim_expired(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path]
) -> None:
    runner()
    dispatcher = EmbeddedDispatcher(shop)
    ledger.claim(batch.id, lease_s=60)
    ledger.mark_dispatched(batch.id, "shop_orders", 1)
    assert reconcile(ledger, dispatcher) == []  # its claim is alive
    ledger.extend_claim(batch.id, lease_s=-1)

    assert reconcile(ledger, dispatcher) == [batch.id]
    [run] = dispatch_ready(ledger, dispatcher, [PIPELINE])

    assert run.run_id == run_id(batch.id, 2)
    assert ledger.batch_record(batch.id).state is BatchState.PUBLISHED


def test_a_claim_is_renewed_while_the_work_lasts(ledger: Ledger, batch: Batch) -> None:
    with held(ledger, batch.id, lease_s=0.3):
        first = ledger.batch_record(batch.id).claimed_until_utc
        deadline = datetime.now(UTC).timestamp() + 20
        while ledger.batch_record(batch.id).claimed_until_utc == first and datetime.now(UTC).timestamp() < deadline:
            pass
        assert ledger.batch_record(batch.id).claimed_until_utc != first
    assert ledger.batch_record(batch.id).claimed_until_utc is None


def test_the_airflow_project_of_the_repository_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRIDATA_AIRFLOW_PYTHON", raising=False)
    python = tmp_path / "airflow/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    (tmp_path / "deep/down").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep/down")

    assert airflow_python() == python
    monkeypatch.setenv("GRIDATA_AIRFLOW_PYTHON", "/elsewhere/python")
    assert os.fspath(airflow_python()) == "/elsewhere/python"


def test_a_missing_airflow_python_says_what_to_do(
    ledger: Ledger, shop: Settings, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDATA_AIRFLOW_PYTHON", "/nowhere/python")
    monkeypatch.setenv("GRIDATA_JOB_COMMAND", "some-job")
    with pytest.raises(UsageError, match="make setup"):
        dispatch_ready(ledger, EmbeddedDispatcher(shop), [PIPELINE])
