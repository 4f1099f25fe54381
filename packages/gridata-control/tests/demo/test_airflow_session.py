"""One embedded Airflow for many runs: what is asked of it, and what happens when it ends too early.

The process on the other side speaks the protocol of `gridata_dags.embedded run-many`, without Airflow.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from gridata_contracts.errors import PermanentError
from gridata_contracts.model import Pipeline, Trigger
from gridata_control.demo.airflow import airflow_session
from gridata_control.demo.progress import Progress
from gridata_control.demo.scheduled import run_scheduled
from gridata_control.dispatch import RunRequest, RunState
from gridata_control.samples.plan import UPDATE_UTC
from gridata_control.settings import Settings

PEER = """#!{python}
import json, os, sys, time
asked = []
for line in sys.stdin:
    request = json.loads(line)
    asked.append(request)
    open({asked!r}, "w").write(json.dumps(asked))
    dag_id = request["dag_id"]
    if dag_id == "ecommerce_clickstream_v1_ingest":
        print(f"pid {{os.getpid()}}", file=sys.stderr, flush=True)
        time.sleep(600)
    if dag_id == "dies":
        print("out of memory", file=sys.stderr)
        sys.exit(1)
    if dag_id == "unknown":
        refusal = dict(request=line, state="refused", exit_code=2, error="DAG: got 'unknown'")
        print(json.dumps(refusal), flush=True)
        continue
    adopted = request["run_id"].endswith("__r1") and dag_id == "table_maintenance"
    state = "failed" if adopted or dag_id == "fails" else "success"
    answer = dict(dag_id=dag_id, run_id=request["run_id"], run_type="manual", state=state, seconds=1.5,
                  adopted=adopted, tasks=[dict(task_id="ingest")])
    print(json.dumps(answer), flush=True)
print(json.dumps(dict(dag_id="ecommerce_customer_360", run_id="asset_triggered__1", run_type="asset_triggered",
                      state="success", seconds=2.0, adopted=False, tasks=[])), flush=True)
sys.exit(3 if any(request["dag_id"] == "fails" for request in asked) else 0)
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """File with the requests the peer got; the peer takes Airflow's place."""
    peer, requests = tmp_path / "peer", tmp_path / "asked.json"
    peer.write_text(PEER.format(python=sys.executable, asked=str(requests)))
    peer.chmod(0o755)
    monkeypatch.setenv("GRIDATA_AIRFLOW_PYTHON", str(peer))
    return requests


@pytest.fixture
def shown() -> tuple[Progress, io.StringIO]:
    text = io.StringIO()
    return Progress(Console(file=text, width=140)), text


def test_each_run_computes_as_of_the_demo_and_what_it_made_due_follows(
    settings: Settings, asked: Path, shown: tuple[Progress, io.StringIO]
) -> None:
    progress, text = shown
    with airflow_session(settings, "2024-01-08T00:00:00+00:00", progress) as airflow:
        run = airflow.start(RunRequest("orders", "b__r1", {"batch_id": "b", "as_of": "2026-01-01T00:00:00+00:00"}))
        assert run.state is airflow.state("orders", "b__r1") is RunState.SUCCESS
        assert airflow.state("orders", "other") is None
        airflow.follow()
    assert json.loads(asked.read_text()) == [
        {
            "dag_id": "orders",
            "run_id": "b__r1",
            "conf": {"batch_id": "b", "as_of": "2024-01-08T00:00:00+00:00"},
        }
    ]
    assert [(run.dag_id, run.run_type) for run in airflow.results] == [
        ("orders", "manual"),
        ("ecommerce_customer_360", "asset_triggered"),
    ]
    lines = text.getvalue().splitlines()
    assert lines[0].startswith(" ✓ orders ")
    assert "success: ingest" in lines[0]
    assert lines[1].startswith(" ✓ ecommerce_customer_360 ")
    assert len(lines) == 2


def test_a_failed_run_is_a_result_and_not_an_exception(
    settings: Settings, asked: Path, shown: tuple[Progress, io.StringIO]
) -> None:
    progress, text = shown
    with airflow_session(settings, "2024-01-08T00:00:00+00:00", progress) as airflow:
        assert airflow.start(RunRequest("fails", "b__r1", {})).state is RunState.FAILED
        airflow.follow()
    assert " ✗ fails" in text.getvalue()


def test_a_refused_request_says_why(settings: Settings, asked: Path, shown: tuple[Progress, io.StringIO]) -> None:
    with (
        airflow_session(settings, "2024-01-08T00:00:00+00:00", shown[0]) as airflow,
        pytest.raises(PermanentError, match="embedded Airflow: DAG: got 'unknown'"),
    ):
        airflow.start(RunRequest("unknown", "b__r1", {}))


def test_an_airflow_that_ends_too_early_is_an_error_with_the_end_of_its_log(
    settings: Settings, asked: Path, shown: tuple[Progress, io.StringIO]
) -> None:
    with (
        airflow_session(settings, "2024-01-08T00:00:00+00:00", shown[0]) as airflow,
        pytest.raises(PermanentError, match=r"ended with exit code 1; see .*demo.log:\nout of memory"),
    ):
        airflow.start(RunRequest("dies", "b__r1", {}))


def test_the_process_is_gone_when_the_demo_stops_in_the_middle(
    settings: Settings, asked: Path, shown: tuple[Progress, io.StringIO]
) -> None:
    def stop_in_the_middle() -> None:
        with airflow_session(settings, "2024-01-08T00:00:00+00:00", shown[0]) as airflow:
            airflow.start(RunRequest("orders", "b__r1", {}))
            started.append(airflow._process)
            raise KeyboardInterrupt

    started: list[subprocess.Popen[str]] = []
    with pytest.raises(KeyboardInterrupt):
        stop_in_the_middle()
    (process,) = started
    assert process.poll() is not None


def test_schedules_run_once_each_in_order_and_one_that_failed_before_runs_under_the_next_number(
    settings: Settings, asked: Path, shown: tuple[Progress, io.StringIO]
) -> None:
    pipelines = [
        Pipeline(name, "", "", Trigger(cron=cron), ())
        for name, cron in (
            ("table_maintenance", "30 2 * * *"),
            ("platform_health", "*/10 * * * *"),
            ("data_quality", "17 * * * *"),
        )
    ]
    with airflow_session(settings, UPDATE_UTC.isoformat(), shown[0]) as airflow:
        run_scheduled(airflow, pipelines, UPDATE_UTC)
    assert [(run["dag_id"], run["run_id"]) for run in json.loads(asked.read_text())] == [
        ("platform_health", "platform_health__2024-01-08T00:00:00+00:00__r1"),
        ("data_quality", "data_quality__2024-01-08T00:00:00+00:00__r1"),
        ("table_maintenance", "table_maintenance__2024-01-08T00:00:00+00:00__r1"),
        ("table_maintenance", "table_maintenance__2024-01-08T00:00:00+00:00__r2"),
    ]


def test_a_demo_that_is_asked_to_stop_takes_its_airflow_with_it(tmp_path: Path, asked: Path) -> None:
    command = [str(Path(sys.executable).with_name("gridata")), "demo", "--home", str(tmp_path / "home")]
    sizes = ["--orders", "100", "--customers", "100", "--products", "100", "--clicks", "100"]
    demo = subprocess.Popen([*command, *sizes], cwd=Path(__file__).parents[4], stderr=subprocess.PIPE, text=True)
    log = tmp_path / "home" / "airflow" / "logs" / "demo.log"
    while demo.poll() is None and not (log.exists() and "pid" in log.read_text()):
        time.sleep(0.1)
    demo.terminate()
    _, said = demo.communicate(timeout=180)
    airflow_pid = int(log.read_text().split()[-1])
    assert demo.returncode == 130
    assert said.endswith("gridata: stopped.\n")
    assert not Path(f"/proc/{airflow_pid}").exists()
