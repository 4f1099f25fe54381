"""A running Airflow, from outside: what the dispatcher, an operator and a scheduler see.

Only gridata-job is a stand-in. The order of the tests does not matter; they share one Airflow.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from servers.postgres import Postgres

from documents_copy import RETRIES, batch, copy_pipelines
from job_script import FakeJobs, wait_gone
from live.airflow_server import AirflowServer
from live.gridata_command import Gridata
from web_receiver import Receiver

pytestmark = pytest.mark.live

ORDERS, CUSTOMERS, C360 = "ecommerce_orders_pipeline", "ecommerce_customers_v1_ingest", "ecommerce_customer_360"
PROJECT = Path(__file__).resolve().parents[2]
SLA_S = 8


@pytest.fixture(scope="module")
def slack() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeJobs]:
    jobs = FakeJobs(tmp_path_factory.mktemp("jobs"))
    yield jobs
    jobs.end_all()


@pytest.fixture(scope="module")
def airflow(
    tmp_path_factory: pytest.TempPathFactory, database_server: Postgres, jobs: FakeJobs, slack: Receiver
) -> Iterator[AirflowServer]:
    folder = tmp_path_factory.mktemp("live")
    environment = {
        **jobs.environment,
        "GRIDATA_PIPELINES": str(copy_pipelines(folder / "pipelines", sla_s=SLA_S)),
        "AIRFLOW_CONN_SLACK_API_DEFAULT": slack.slack_connection,
    }
    database = database_server.make_database()
    with AirflowServer(folder / "airflow", database, PROJECT / "dags", environment) as server:
        server.wait("all DAGs", lambda: server.call("GET", "dags")["total_entries"] >= 8)
        yield server


def dispatch(airflow: AirflowServer, dag_id: str, batch_id: str) -> str:
    """Run id of a batch's run, just created."""
    run_id = f"{batch_id}__r1"
    assert airflow.post_run(dag_id, run_id, {"batch_id": batch_id}) == 200
    return run_id


def test_no_document_is_an_import_error(airflow: AirflowServer) -> None:
    assert airflow.call("GET", "importErrors")["import_errors"] == []


def test_a_batch_dispatched_twice_runs_once_and_the_second_dispatcher_can_adopt_it(
    airflow: AirflowServer, jobs: FakeJobs
) -> None:
    batch_id = batch("orders", 1)
    run_id = dispatch(airflow, ORDERS, batch_id)

    again = airflow.post_run(ORDERS, run_id, {"batch_id": batch_id})
    found = airflow.call("GET", f"dags/{ORDERS}/dagRuns/{run_id}")
    run = airflow.finished_run(ORDERS, run_id)

    assert again == 409
    assert found["state"] in ("queued", "running", "success")
    assert (run["state"], run["conf"]) == ("success", {"batch_id": batch_id})
    assert [call["options"]["--batch"] for call in jobs.calls("ingest")].count(batch_id) == 1


def test_a_batch_of_another_dataset_is_refused_before_a_run_exists(airflow: AirflowServer) -> None:
    assert airflow.post_run(ORDERS, "wrong__r1", {"batch_id": batch("customers", 1)}) == 400
    assert airflow.post_run(ORDERS, "none__r1", {}) == 400


def test_the_consumers_run_carries_the_event_of_the_run_that_published(airflow: AirflowServer) -> None:
    run_id = dispatch(airflow, ORDERS, batch("orders", 2))

    def triggering() -> Any:
        # Airflow 3.3.2 answers 500 to a question about the events of a run that is still queued.
        for run in airflow.call("GET", f"dags/{C360}/dagRuns?state=success")["dag_runs"]:
            path = f"dags/{C360}/dagRuns/{quote(run['dag_run_id'])}/upstreamAssetEvents"
            for event in airflow.call("GET", path)["asset_events"]:
                if event["source_run_id"] == run_id:
                    return run, event
        return None

    run, event = airflow.wait("consumer run", triggering)

    assert run["run_type"] == "asset_triggered"
    assert (event["uri"], event["source_dag_id"], event["source_task_id"]) == (
        "x-iceberg://gridata/ecommerce_silver/orders",
        ORDERS,
        "process_orders",
    )
    assert event["extra"] == {"run_id": run_id, "batch_id": batch("orders", 2)}


def test_a_transient_failure_is_retried(airflow: AirflowServer, jobs: FakeJobs) -> None:
    jobs.plan("ingest", "exit 4 until 2", batch("orders", 3))

    run_id = dispatch(airflow, ORDERS, batch("orders", 3))

    assert airflow.finished_run(ORDERS, run_id)["state"] == "success"
    assert airflow.task(ORDERS, run_id, "ingest")["try_number"] == 2


def test_a_transient_failure_that_stays_fails_after_its_retries(airflow: AirflowServer, jobs: FakeJobs) -> None:
    jobs.plan("ingest", "exit 4", batch("orders", 4))

    run_id = dispatch(airflow, ORDERS, batch("orders", 4))

    assert airflow.finished_run(ORDERS, run_id)["state"] == "failed"
    assert airflow.task(ORDERS, run_id, "ingest")["try_number"] == 1 + RETRIES


@pytest.mark.parametrize("exit_code", [1, 3])
def test_a_permanent_failure_is_not_retried(airflow: AirflowServer, jobs: FakeJobs, exit_code: int) -> None:
    jobs.plan("ingest", f"exit {exit_code}", batch("orders", 10 + exit_code))

    run_id = dispatch(airflow, ORDERS, batch("orders", 10 + exit_code))

    assert airflow.finished_run(ORDERS, run_id)["state"] == "failed"
    assert airflow.task(ORDERS, run_id, "ingest")["try_number"] == 1


def test_a_run_marked_failed_by_a_person_takes_its_job_along(airflow: AirflowServer, jobs: FakeJobs) -> None:
    jobs.plan("ingest", "family", batch("orders", 5))
    run_id = dispatch(airflow, ORDERS, batch("orders", 5))
    plan = f"ingest.{batch('orders', 5)}"
    child, job = jobs.wait_ready(plan, "child"), jobs.wait_ready(plan)

    airflow.call("PATCH", f"dags/{ORDERS}/dagRuns/{run_id}", {"state": "failed"})

    assert wait_gone(job, within_s=60)
    assert wait_gone(child)


def test_a_run_beyond_its_deadline_is_told_to_who_hears_of_failures(
    airflow: AirflowServer, jobs: FakeJobs, slack: Receiver
) -> None:
    jobs.plan("ingest", "hang", batch("orders", 6))
    run_id = dispatch(airflow, ORDERS, batch("orders", 6))

    def told() -> Any:
        return [
            body for body in slack.bodies if "missed its deadline" in body["text"] and f"run: {run_id}" in body["text"]
        ]

    (message,) = airflow.wait("deadline message", told)
    airflow.call("PATCH", f"dags/{ORDERS}/dagRuns/{run_id}", {"state": "failed"})

    assert message["channel"] == "#failures"
    assert f"allowed: {SLA_S} s" in message["text"]


def test_success_is_told_once_per_run(airflow: AirflowServer, slack: Receiver) -> None:
    run_id = dispatch(airflow, ORDERS, batch("orders", 7))
    airflow.finished_run(ORDERS, run_id)

    def told() -> Any:
        return [body["channel"] for body in slack.bodies if f"run: {run_id}\n" in body["text"]]

    assert airflow.wait("success message", told) == ["#successes"]


def test_a_landed_file_becomes_the_run_of_its_batch(airflow: AirflowServer, jobs: FakeJobs, tmp_path: Path) -> None:
    """Through the real command line; a sweep while it runs starts nothing."""
    gridata = Gridata(tmp_path / "home", airflow)
    batch_id = gridata.land_customers(tmp_path, "C000001")
    jobs.plan("ingest", "hold", batch_id)  # a stand-in publishes nothing: a sweep after its end would call it failed

    (run,) = gridata.call("sweep")["runs"]
    again = gridata.call("sweep")["runs"]
    jobs.plan("ingest", "done", batch_id)

    assert (run["run_id"], run["adopted"]) == (f"{batch_id}__r1", False)
    assert airflow.finished_run(CUSTOMERS, run["run_id"])["conf"]["batch_id"] == batch_id
    assert again == []


def test_a_sweep_adopts_the_run_that_is_going_already_and_starts_no_second_job(
    airflow: AirflowServer, jobs: FakeJobs, tmp_path: Path
) -> None:
    """As after a sweep that was killed between Airflow's answer and its own note in the ledger."""
    gridata = Gridata(tmp_path / "home", airflow)
    batch_id = gridata.land_customers(tmp_path, "C000002")
    jobs.plan("ingest", "hold", batch_id)
    run_id = dispatch(airflow, CUSTOMERS, batch_id)
    jobs.wait_ready(f"ingest.{batch_id}")

    (run,) = gridata.call("sweep")["runs"]
    (dispatched,) = gridata.call("status")["batches"]
    again = gridata.call("sweep")["runs"]
    jobs.plan("ingest", "done", batch_id)
    ended = airflow.finished_run(CUSTOMERS, run_id)

    assert (run["run_id"], run["adopted"], run["state"]) == (run_id, True, "running")
    assert (dispatched["state"], dispatched["dag_id"], dispatched["runs"]) == ("DISPATCHED", CUSTOMERS, 1)
    assert again == []
    assert ended["state"] == "success"
    assert [call["options"]["--batch"] for call in jobs.calls("ingest")].count(batch_id) == 1
    assert [each["dag_run_id"] for each in runs_of(airflow, CUSTOMERS, batch_id)] == [run_id]


def test_a_sweep_that_finds_its_run_failed_starts_the_next(
    airflow: AirflowServer, jobs: FakeJobs, tmp_path: Path
) -> None:
    gridata = Gridata(tmp_path / "home", airflow)
    batch_id = gridata.land_customers(tmp_path, "C000003")
    jobs.plan("ingest", "exit 3", batch_id)
    first = dispatch(airflow, CUSTOMERS, batch_id)
    assert airflow.finished_run(CUSTOMERS, first)["state"] == "failed"
    jobs.plan("ingest", "done", batch_id)

    (run,) = gridata.call("sweep")["runs"]
    (dispatched,) = gridata.call("status")["batches"]

    assert (run["run_id"], run["adopted"]) == (f"{batch_id}__r2", False)
    assert (dispatched["state"], dispatched["dag_id"], dispatched["runs"]) == ("DISPATCHED", CUSTOMERS, 2)
    assert airflow.finished_run(CUSTOMERS, run["run_id"])["state"] == "success"
    assert [each["dag_run_id"] for each in runs_of(airflow, CUSTOMERS, batch_id)] == [first, run["run_id"]]


def runs_of(airflow: AirflowServer, dag_id: str, batch_id: str) -> list[dict[str, Any]]:
    """Airflow's runs of one batch, in the order of their numbers."""
    runs = airflow.call("GET", f"dags/{dag_id}/dagRuns")["dag_runs"]
    return sorted((run for run in runs if run["conf"].get("batch_id") == batch_id), key=lambda run: run["dag_run_id"])
