"""The embedded runner as a process: real DAG files, real metadata database, a stand-in only for gridata-job."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from documents_copy import RETRIES, batch, copy_pipelines
from job_script import FakeJobs, wait_gone
from web_receiver import Receiver

ORDERS, CUSTOMERS, C360 = "ecommerce_orders_pipeline", "ecommerce_customers_v1_ingest", "ecommerce_customer_360"
AS_OF = "2024-06-30T00:00:00+00:00"


class Embedded:
    """One embedded Airflow home, run by one process after the other."""

    def __init__(self, folder: Path, slack_connection: str = "") -> None:
        self.jobs = FakeJobs(folder / "jobs")
        self.home = folder / "airflow"
        self._processes: list[subprocess.Popen[str]] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "GRIDATA"))},
            **self.jobs.environment,
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW_CONN_SLACK_API_DEFAULT": slack_connection,
            "GRIDATA_PIPELINES": str(copy_pipelines(folder / "pipelines")),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gridata_dags.embedded", *arguments]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self._processes.append(subprocess.Popen(command, env=self.environment, text=True, **pipes))
        return self._processes[-1]

    def end_all(self) -> None:
        """End what a failed test may have left running: it would hold the home's lock."""
        for process in self._processes:
            process.kill()
            process.communicate()
        self.jobs.end_all()

    def call(
        self, *arguments: str, requests: list[dict[str, Any]] | None = None
    ) -> tuple[int, list[dict[str, Any]], str]:
        """Exit code, answers, error output."""
        process = self.start(*arguments)
        stdout, stderr = process.communicate("".join(f"{json.dumps(each)}\n" for each in requests or []), timeout=280)
        return process.returncode, [json.loads(line) for line in stdout.splitlines()], stderr


def request(dag_id: str, batch_id: str, attempt: int = 1, **conf: str | bool) -> dict[str, Any]:
    return {"dag_id": dag_id, "run_id": f"{batch_id}__r{attempt}", "conf": {"batch_id": batch_id, **conf}}


def task(outcome: dict[str, Any], task_id: str) -> dict[str, Any]:
    return next(each for each in outcome["tasks"] if each["task_id"] == task_id)


@pytest.fixture(scope="module")
def slack() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, slack: Receiver) -> Iterator[Embedded]:
    runner = Embedded(tmp_path_factory.mktemp("embedded"), slack.slack_connection)
    yield runner
    runner.end_all()


Story = tuple[int, list[dict[str, Any]], str]
PLANS = {
    "exit 4 until 2": ("success", 0, 2),
    "exit 4": ("failed", 4, 1 + RETRIES),
    "exit 3": ("failed", 3, 1),
    "exit 1": ("failed", 3, 1),
    "exit 2": ("failed", 3, 1),
    "silent": ("failed", 3, 1),
}


@pytest.fixture(scope="module")
def first(embedded: Embedded) -> Story:
    """One process: three batches, then what they made due."""
    orders, late, customers = batch("orders", 1), batch("orders", 2), batch("customers", 1)
    overriding = request(ORDERS, late, override_gate=True, rewrite=2)
    requests = [request(ORDERS, orders, as_of=AS_OF), request(CUSTOMERS, customers), overriding]
    return embedded.call("run-many", "--follow", requests=requests)


@pytest.fixture(scope="module")
def second(first: Story, embedded: Embedded) -> Story:
    """A second process on the same home: a run of the first, jobs that fail in every way, requests to refuse."""
    for number, plan in enumerate(PLANS, start=10):
        embedded.jobs.plan("ingest", plan, batch("orders", number))
    failing = [request(ORDERS, batch("orders", number)) for number in range(10, 10 + len(PLANS))]
    wrong_batch = {"dag_id": CUSTOMERS, "run_id": "x__r1", "conf": {"batch_id": batch("orders", 1)}}
    no_batch = {"dag_id": CUSTOMERS, "run_id": "y__r1", "conf": {}}
    refused = [wrong_batch, no_batch, {"dag_id": "nobody", "run_id": "z__r1"}, {"run": 1}]
    return embedded.call("run-many", requests=[request(ORDERS, batch("orders", 1)), *failing, *refused])


def test_batches_run_under_their_own_run_ids_and_tasks_in_their_order(first: Story) -> None:
    code, outcomes, _ = first

    assert code == 0, outcomes
    assert [(each["dag_id"], each["run_id"], each["state"]) for each in outcomes[:3]] == [
        (ORDERS, f"{batch('orders', 1)}__r1", "success"),
        (CUSTOMERS, f"{batch('customers', 1)}__r1", "success"),
        (ORDERS, f"{batch('orders', 2)}__r1", "success"),
    ]
    ingest, process = (task(outcomes[0], name)["report"] for name in ("ingest", "process_orders"))
    assert ingest["options"] == {"--batch": batch("orders", 1), "--run-id": f"{batch('orders', 1)}__r1"}
    assert process["options"] == {"--as-of": AS_OF, "--run-id": f"{batch('orders', 1)}__r1"}


def test_only_a_run_told_to_override_the_gate_or_to_rewrite_tells_its_ingest_so(first: Story) -> None:
    _, outcomes, _ = first
    told, untold = (task(outcomes[i], "ingest")["report"]["options"] for i in (2, 1))
    after = task(outcomes[2], "process_orders")["report"]["options"]

    assert (told["--override-gate"], told["--rewrite"]) == ("true", "2")
    assert not {"--override-gate", "--rewrite"} & (untold | after).keys()


def test_published_assets_make_their_consumer_due_and_it_runs_once_for_all_of_them(first: Story) -> None:
    _, outcomes, _ = first

    assert [each["due"] for each in outcomes[:3]] == [[C360], [C360], [C360]]
    (consumer,) = outcomes[3:]
    assert (consumer["dag_id"], consumer["run_type"], consumer["state"]) == (C360, "asset_triggered", "success")
    assert [(each["asset"].split("/", 3)[3], each["run_id"]) for each in consumer["triggered_by"]] == [
        ("ecommerce_bronze/customers_v1", f"{batch('customers', 1)}__r1"),
        ("ecommerce_silver/orders", f"{batch('orders', 1)}__r1"),
        ("ecommerce_silver/orders", f"{batch('orders', 2)}__r1"),
    ]
    assert consumer["due"] == []


def test_a_given_instant_flows_down_to_what_the_run_triggers(first: Story) -> None:
    _, outcomes, _ = first

    assert task(outcomes[3], "customer_360")["report"]["options"]["--as-of"] == AS_OF


def test_standard_output_holds_answers_and_nothing_else(first: Story, embedded: Embedded) -> None:
    """The fixture has parsed every line of it as JSON."""
    _, _, stderr = first

    assert "ingest began" in (embedded.home / "logs" / "embedded.log").read_text()
    assert [line.split()[0] for line in stderr.splitlines()] == ["running"] * 3


def test_a_second_process_adopts_a_finished_run_and_runs_nothing(second: Story, embedded: Embedded) -> None:
    _, (again, *_), _ = second
    calls = [call["options"]["--batch"] for call in embedded.jobs.calls("ingest")]

    assert (again["state"], again["adopted"], again["exit_code"]) == ("success", True, 0)
    assert calls.count(batch("orders", 1)) == 1


def test_only_transient_failures_are_retried_and_each_gets_its_exit_code(second: Story) -> None:
    _, outcomes, _ = second

    seen = [(each["state"], each["exit_code"], task(each, "ingest")["tries"]) for each in outcomes[1 : 1 + len(PLANS)]]
    assert dict(zip(PLANS, seen, strict=True)) == PLANS


def test_retries_failures_and_successes_are_told_where_the_pipeline_says(second: Story, slack: Receiver) -> None:
    told = [(body["channel"], body["text"].splitlines()) for body in slack.bodies]
    of_run = {
        number: [(channel, lines[0]) for channel, lines in told if f"run: {batch('orders', number)}__r1" in lines]
        for number in (1, 11, 12)
    }

    assert of_run == {
        1: [("#successes", f"[Gridata] {ORDERS} succeeded")],
        11: [("#retries", f"[Gridata] {ORDERS} is being retried")] * RETRIES
        + [("#failures", f"[Gridata] {ORDERS} failed")],
        12: [("#failures", f"[Gridata] {ORDERS} failed")],
    }
    assert any("reason: ingest: exit code 3: ingest did not succeed" in lines for _, lines in told)


def test_a_refused_request_says_what_is_allowed_and_does_not_hold_up_the_others(second: Story) -> None:
    code, outcomes, _ = second
    wrong_batch, no_batch, no_dag, no_request = outcomes[-4:]

    assert code == 2
    assert [each["state"] for each in outcomes[-4:]] == ["refused"] * 4
    assert "does not match" in wrong_batch["error"]
    assert "batch_id" in no_batch["error"]
    assert "got 'nobody', allowed data_quality, " in no_dag["error"]
    assert "got '{\"run\": 1}'" in no_request["error"]


def test_downstream_lists_what_is_due_and_then_runs_it(second: Story, embedded: Embedded) -> None:
    """The second process published orders and followed nothing up."""
    _, due, _ = embedded.call("downstream")
    code, ran, _ = embedded.call("downstream", "--run")

    assert due == [{"dag_id": C360, "assets": ["x-iceberg://gridata/ecommerce_silver/orders"]}]
    assert [(each["dag_id"], each["state"], each["due"]) for each in ran] == [(C360, "success", [])]
    assert code == 0


def test_a_stopped_process_takes_its_job_along_and_the_next_one_resumes_the_run(embedded: Embedded) -> None:
    resumed = []
    earlier: list[dict[str, Any]] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        stopped = request(ORDERS, batch("orders", 50 + number))
        embedded.jobs.plan("ingest", "hang", stopped["conf"]["batch_id"])
        process = embedded.start("run-many")
        assert process.stdin is not None
        process.stdin.write("".join(f"{json.dumps(each)}\n" for each in [*earlier, stopped]))
        process.stdin.flush()
        job = embedded.jobs.wait_ready(f"ingest.{stopped['conf']['batch_id']}")
        process.send_signal(number)
        stdout, _ = process.communicate(timeout=60)
        assert (process.returncode, wait_gone(job)) == (128 + number, True)
        resumed += [json.loads(line) for line in stdout.splitlines()]
        embedded.jobs.plan("ingest", "done", stopped["conf"]["batch_id"])
        earlier = [stopped]
    resumed += embedded.call("run-many", requests=earlier)[1]

    assert [(each["state"], each["adopted"], task(each, "ingest")["tries"]) for each in resumed] == [
        ("success", False, 2),
        ("success", False, 2),
    ]


def test_a_broken_dag_fails_its_run_permanently(first: Story, embedded: Embedded, tmp_path: Path) -> None:
    pipelines = copy_pipelines(tmp_path / "pipelines")
    (pipelines / "data_quality.yaml").write_text("name: data_quality\n")
    runner = Embedded(tmp_path / "other")
    runner.environment |= {"AIRFLOW_HOME": str(embedded.home), "GRIDATA_PIPELINES": str(pipelines)}

    code, (outcome,), _ = runner.call("run", "--dag-id", "data_quality", "--run-id", "by_hand_1")

    assert (code, outcome["state"], outcome["exit_code"]) == (3, "failed", 3)
