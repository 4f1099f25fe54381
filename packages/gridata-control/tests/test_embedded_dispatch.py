"""Without Airflow: the DAG runs in a process of its own, one at a time, and a killed one is started again."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Pipeline, Step, Trigger
from gridata_contracts.naming import DatasetId, run_id
from gridata_control.batch_errors import BatchErrors
from gridata_control.dispatch import (
    Dispatched,
    Dispatcher,
    EmbeddedDispatcher,
    RunState,
    dispatch_batch,
    dispatch_ready,
    reconcile,
)
from gridata_control.dispatch.embedded import airflow_python
from gridata_control.dispatch.lease import held
from gridata_control.dispatch.outbox import dag_ids
from gridata_control.ledger import Asked, Batch, BatchState, FileOutcome, FileState, LandedFile, Ledger
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
from datetime import UTC, datetime
from gridata_control.ledger import FileOutcome, FileState, Ledger, Publication, Run
ledger = Ledger(os.environ["GRIDATA_LEDGER_URL"])
batch = ledger.batch(json.loads(sys.argv[-1])["batch_id"])
dag_id, run_id, does = sys.argv[6], sys.argv[8], {does!r}
if does in ("publish", "publish, then fail"):
    ledger.publish(
        batch.id, [FileOutcome(f.file_id, FileState.PUBLISHED, None, 1, 1, 0, None) for f in batch.files], 1, None, {{}}
    )
if does == "hold":
    ledger.hold(batch.id, None, {{}}, "gate closed: too many rows fail")
if does.startswith("rewrite"):
    number = json.loads(sys.argv[-1])["rewrite"]
    if does == "rewrite, gate closed":
        ledger.abandon_rewrite(batch.id, number, "gate closed: too many rows fail")
    else:
        ledger.start_rewrite(batch.id, number)
    if does == "rewrite":
        files = [FileOutcome(f.file_id, FileState.PUBLISHED, None, 1, 0, 1, None) for f in batch.files]
        ledger.finish_rewrite(batch.id, number, Publication(files, 2, 3, {{}}), run_id)
said = {{"say": ("ingest", 4, "the store does not answer"), "publish, then fail": ("process_orders", 3, "no column")}}
if does in said:
    job, exit_code, error = said[does]
    now = datetime.now(UTC)
    ledger.record_run(Run(run_id, job, now, now, exit_code, batch.id if job == "ingest" else None, {{"error": error}}))
if does == "be killed":
    ledger.record_run(Run(run_id, "ingest", datetime.now(UTC), batch_id=batch.id))
if does == "crash":
    print("ModuleNotFoundError: No module named 'airflow'", file=sys.stderr)
    sys.exit(1)
if does == "refuse":
    print(json.dumps(dict(request="…", state="refused", exit_code=2, error="DAG: got 'x'")))
    sys.exit(2)
if does == "die":
    os.kill(os.getpid(), 9)
task = dict(task_id="ingest", state="failed" if {code} else "success", tries=1, exit_code={task_code}, report=None)
answer = dict(dag_id=dag_id, run_id=run_id, state=task["state"], exit_code={code}, tasks=[task])
print(json.dumps(answer))
print(json.dumps(dict(answer, dag_id="downstream", run_id="asset_triggered__1")))
print("running", dag_id, run_id, file=sys.stderr)
sys.exit({code})
"""


def dispatch_all(
    ledger: Ledger,
    dispatcher: Dispatcher,
    pipelines: Sequence[Pipeline],
    stopping: Callable[[], bool] = lambda: False,
) -> list[Dispatched]:
    """The runs; the first error, if any, is raised."""
    errors = BatchErrors()
    runs = dispatch_ready(ledger, dispatcher, pipelines, errors, stopping)
    errors.raise_first()
    return runs


def look_after(ledger: Ledger, dispatcher: Dispatcher) -> list[str]:
    """The batches whose run is over; why is in the ledger."""
    return reconcile(ledger, dispatcher, BatchErrors())


@pytest.fixture
def batch(ledger: Ledger, orders: DatasetId, see: See) -> Batch:
    return ledger.add_batch(orders, "hash", see(1), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Stands where the airflow project's Python is; writes what it was called with."""
    monkeypatch.setenv("GRIDATA_JOB_COMMAND", "some-job --flag")

    def make(does: str = "publish", code: int = 0, task_code: int = 0) -> Path:
        script, log = tmp_path / "python", tmp_path / "calls.jsonl"
        values = {"python": sys.executable, "log": str(log), "does": does, "code": code, "task_code": task_code}
        script.write_text(FAKE_PYTHON.format(**values))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("GRIDATA_AIRFLOW_PYTHON", str(script))
        return log

    return make


def test_the_dag_runs_with_the_batch_and_these_settings(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path]
) -> None:
    log = runner()

    [run] = dispatch_all(ledger, EmbeddedDispatcher(shop), [PIPELINE])

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
    conf = json.loads(arguments[-1])
    assert (conf["batch_id"], "override_gate" in conf) == (batch.id, False)
    assert environment["GRIDATA_JOB_COMMAND"] == "some-job --flag"
    assert environment.items() >= shop.environment().items()
    record = ledger.batch_record(batch.id)
    assert (record.state, record.run_number, record.claimed_until_utc) == (BatchState.PUBLISHED, 1, None)


Case = tuple[str, int, int, int, str]
ENDS: dict[str, Case] = {  # what the runner does, its exit code, its task's, then what we say of it
    "nothing at all": ("nothing", 0, 0, 3, "ended as success without publishing the batch"),
    "a job that said why": ("say", 4, 4, 4, "ingest ended with exit code 4: the store does not answer"),
    "a job that was killed": ("be killed", 4, -9, 4, "ingest was killed by SIGKILL"),
    "a runner that was killed": ("die", 0, 0, 4, "embedded Airflow was killed by SIGKILL"),
    "a runner that cannot start": ("crash", 0, 0, 3, "exit code 1: ModuleNotFoundError: No module named 'airflow'"),
    "a request that is refused": ("refuse", 0, 0, 3, "exit code 2: DAG: got 'x'"),
}


@pytest.mark.parametrize("case", ENDS.values(), ids=ENDS)
def test_what_a_failed_run_said_reaches_ledger_and_caller_with_its_exit_code(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path], case: Case
) -> None:
    does, code, task_code, expected, message = case
    runner(does, code, task_code)

    [run] = dispatch_all(ledger, EmbeddedDispatcher(shop), [PIPELINE])

    record = ledger.batch_record(batch.id)
    assert (record.state, run.exit_code) == (BatchState.FAILED, expected)
    assert message in str(record.error)
    assert run.error == record.error
    assert ("gridata replay" in str(record.error)) == (expected == 4)


def test_a_transform_that_fails_after_the_publication_is_told_with_its_own_words(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path]
) -> None:
    runner("publish, then fail", 3)

    [run] = dispatch_all(ledger, EmbeddedDispatcher(shop), [PIPELINE])

    assert ledger.batch_record(batch.id).state is BatchState.PUBLISHED
    assert (run.state, run.exit_code) == (RunState.FAILED, 3)
    assert run.error == "process_orders ended with exit code 3: no column"


def test_a_batch_that_its_gate_holds_is_told_as_a_check_that_said_no(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path]
) -> None:
    runner("hold", 3, 1)

    [run] = dispatch_all(ledger, EmbeddedDispatcher(shop), [PIPELINE])

    assert ledger.batch_record(batch.id).state is BatchState.HELD
    assert (run.exit_code, run.error) == (1, "gate closed: too many rows fail")
    assert dispatch_all(ledger, EmbeddedDispatcher(shop), [PIPELINE]) == []


REWRITES: dict[str, tuple[str, int, int, int, str | None]] = {
    "done": ("rewrite", 0, 0, 0, None),
    "a closed gate": ("rewrite, gate closed", 3, 1, 1, "rewrite 1 was not done, the batch stays as published: gate"),
    "killed": ("rewrite, killed", 4, -9, 4, "rewrite 1 is half done: ingest was killed by SIGKILL"),
    "not begun": ("nothing", 0, 0, 3, "rewrite 1 has not begun"),
}


@pytest.mark.parametrize("case", REWRITES.values(), ids=REWRITES)
def test_the_end_of_a_rewrite_is_told_and_the_batch_stays_published(
    ledger: Ledger,
    shop: Settings,
    batch: Batch,
    runner: Callable[..., Path],
    case: tuple[str, int, int, int, str | None],
) -> None:
    does, code, task_code, expected, message = case
    outcomes = [FileOutcome(f.file_id, FileState.PUBLISHED, None, 1, 1, 0, None) for f in batch.files]
    ledger.publish(batch.id, outcomes, 1, None, {})
    number = ledger.ask_rewrite(batch.id, Asked("corrected", override_gate=False, by="anna", why=None)).number
    log, record = runner(does, code, task_code), ledger.batch_record(batch.id)

    run = dispatch_batch(ledger, EmbeddedDispatcher(shop), dag_ids([PIPELINE]), record, number)

    assert run is not None
    assert run.exit_code == expected
    assert (run.error is None) if message is None else (message in str(run.error))
    assert ledger.batch_record(batch.id).state is BatchState.PUBLISHED
    assert json.loads(json.loads(log.read_text())[0][-1])["rewrite"] == number


def test_a_batch_whose_gate_is_overridden_tells_every_run_so(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path]
) -> None:
    ledger.hold(batch.id, None, {}, "gate closed")
    ledger.clear_hold(batch.id, override_gate=True)
    log = runner()

    dispatch_all(ledger, EmbeddedDispatcher(shop), [PIPELINE])

    [arguments, _] = json.loads(log.read_text())
    assert json.loads(arguments[-1])["override_gate"] is True


def test_the_runners_answers_are_read_and_only_its_words_for_people_are_shown(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    runner()

    [run] = dispatch_all(ledger, EmbeddedDispatcher(shop), [PIPELINE])

    shown = capfd.readouterr()
    assert (shown.out, shown.err) == ("", f"running shop_orders {run.run_id}\n")
    assert [(each.dag_id, each.run_id, each.state) for each in run.followed] == [
        ("downstream", "asset_triggered__1", RunState.SUCCESS)
    ]


def test_a_batch_that_another_process_runs_is_left_alone(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path]
) -> None:
    log = runner()
    with held(ledger, batch.id) as ours:
        assert ours
        assert dispatch_all(ledger, EmbeddedDispatcher(shop), [PIPELINE]) == []
    assert not log.exists()


def test_the_batch_of_a_killed_process_runs_again_once_its_claim_expired(
    ledger: Ledger, shop: Settings, batch: Batch, runner: Callable[..., Path]
) -> None:
    runner()
    dispatcher = EmbeddedDispatcher(shop)
    ledger.claim(batch.id, lease_s=60)
    ledger.mark_dispatched(batch.id, "shop_orders", 1)
    assert look_after(ledger, dispatcher) == []  # its claim is alive
    ledger.extend_claim(batch.id, lease_s=-1)

    assert look_after(ledger, dispatcher) == [batch.id]
    [run] = dispatch_all(ledger, dispatcher, [PIPELINE])

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
        dispatch_all(ledger, EmbeddedDispatcher(shop), [PIPELINE])
