"""The outbox: one live run per batch over Airflow's REST protocol, spoken to a real HTTP server that keeps state."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from gridata_contracts.errors import PermanentError, TransientError
from gridata_contracts.load import load_contracts
from gridata_contracts.model import Pipeline, Step, Trigger
from gridata_contracts.naming import DatasetId, run_id
from gridata_control.batch_errors import BatchErrors
from gridata_control.dispatch import (
    AirflowDispatcher,
    Dispatched,
    Dispatcher,
    RunRequest,
    RunState,
    dispatch_ready,
    reconcile,
)
from gridata_control.kept_contracts import keep_contracts
from gridata_control.ledger import Batch, BatchState, FileOutcome, FileState, LandedFile, Ledger, Run
from gridata_control.settings import Settings

See = Callable[..., list[LandedFile]]
PIPELINE = Pipeline(
    "shop_orders", "", "shop", Trigger(landing=("shop.orders.v1",)), (Step(name="ingest", job="ingest"),)
)


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


class FakeAirflow:
    """The part of Airflow 3's REST API that is spoken here: tokens, and runs unique by (dag, run id)."""

    def __init__(self) -> None:
        self.dags = {"shop_orders"}
        self.runs: dict[tuple[str, str], dict[str, Any]] = {}
        self.token = "token-1"
        self.posts = 0
        self.fail_with: int | None = None
        self.refused: dict[str, tuple[int, Any]] = {}
        self.drop_answer = False
        self.lock = threading.Lock()
        airflow = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                status, body = airflow.post(self.path, self.headers, json.loads(self.rfile.read(length) or b"{}"))
                self.answer(status, body)

            def do_GET(self) -> None:
                self.answer(*airflow.get(self.path, self.headers))

            def answer(self, status: int, body: Any) -> None:
                if status == 0:  # the work is done and the answer never arrives
                    self.close_connection = True
                    return
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def post(self, path: str, headers: Any, body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/auth/token":
            good = body == {"username": "admin", "password": "secret"}
            return (201, {"access_token": self.token}) if good else (401, {"detail": "Invalid credentials"})
        if headers.get("Authorization") != f"Bearer {self.token}":
            return 401, {"detail": "Not authenticated"}
        dag = path.split("/")[4]
        with self.lock:
            self.posts += 1
            if self.fail_with is not None:
                return self.fail_with, {"detail": "no"}
            if dag in self.refused:
                return self.refused[dag]
            if dag not in self.dags:
                return 404, {"detail": "DAG not found"}
            if set(body) != {"dag_run_id", "logical_date", "conf"} or body["logical_date"] is not None:
                return 422, {"detail": "logical_date is required"}
            key = (dag, body["dag_run_id"])
            if key in self.runs:
                return 409, {"detail": "exists"}
            self.runs[key] = {"dag_run_id": key[1], "state": "queued", "conf": body["conf"]}
            return (0, None) if self.drop_answer else (200, self.runs[key])

    def get(self, path: str, headers: Any) -> tuple[int, Any]:
        if headers.get("Authorization") != f"Bearer {self.token}":
            return 401, {"detail": "Not authenticated"}
        parts = path.split("/")
        run = self.runs.get((parts[4], unquote(parts[6])))
        return (200, run) if run else (404, {"detail": "no run"})

    def set_state(self, batch: Batch, number: int, state: str) -> None:
        self.runs["shop_orders", run_id(batch.id, number)]["state"] = state


@pytest.fixture
def airflow() -> Iterator[FakeAirflow]:
    fake = FakeAirflow()
    thread = threading.Thread(target=fake.server.serve_forever, args=(0.02,))
    thread.start()
    yield fake
    fake.server.shutdown()
    thread.join()
    fake.server.server_close()


@pytest.fixture
def dispatcher(airflow: FakeAirflow) -> AirflowDispatcher:
    return AirflowDispatcher(airflow.url + "/", "admin", "secret")


@pytest.fixture
def batch(ledger: Ledger, orders: DatasetId, see: See) -> Batch:
    return ledger.add_batch(orders, "hash", see(2), datetime(2026, 1, 1, tzinfo=UTC))


def publish(ledger: Ledger, batch: Batch) -> None:
    outcomes = [FileOutcome(file.file_id, FileState.PUBLISHED, None, 1, 1, 0, None) for file in batch.files]
    ledger.publish(batch.id, outcomes, 1, None, {})


def test_a_ready_batch_becomes_one_run_with_its_configuration(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch
) -> None:
    [run] = dispatch_all(ledger, dispatcher, [PIPELINE])

    assert (run.run_id, run.state, run.adopted) == (f"{batch.id}__r1", RunState.QUEUED, False)
    conf = {"batch_id": batch.id, "dataset": "shop.orders.v1", "as_of": "2026-01-01T00:00:00+00:00"}
    assert airflow.runs["shop_orders", run.run_id]["conf"] == conf
    record = ledger.batch_record(batch.id)
    assert (record.state, record.run_number, record.dag_id) == (BatchState.DISPATCHED, 1, "shop_orders")
    assert dispatch_all(ledger, dispatcher, [PIPELINE]) == []
    assert airflow.posts == 1


@pytest.mark.parametrize("state", ["queued", "running", "success"])
def test_a_run_that_is_there_already_is_adopted(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch, state: str
) -> None:
    dispatcher.start(RunRequest("shop_orders", run_id(batch.id, 1), {}))
    airflow.set_state(batch, 1, state)

    [run] = dispatch_all(ledger, dispatcher, [PIPELINE])

    assert (run.run_id, run.state, run.adopted) == (run_id(batch.id, 1), RunState(state), True)
    assert len(airflow.runs) == 1


def test_failed_runs_are_stepped_over(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch
) -> None:
    for number in (1, 2):
        dispatcher.start(RunRequest("shop_orders", run_id(batch.id, number), {}))
        airflow.set_state(batch, number, "failed")

    [run] = dispatch_all(ledger, dispatcher, [PIPELINE])

    assert run.run_id == run_id(batch.id, 3)
    assert ledger.batch_record(batch.id).run_number == 3


def test_a_crash_between_post_and_ledger_starts_no_second_run(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "mark_dispatched", die)
        with pytest.raises(Killed):
            dispatch_all(ledger, dispatcher, [PIPELINE])

    [run] = dispatch_all(ledger, dispatcher, [PIPELINE])

    assert run.adopted
    assert list(airflow.runs) == [("shop_orders", run_id(batch.id, 1))]


def test_an_answer_lost_on_the_way_starts_no_second_run(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch
) -> None:
    airflow.drop_answer = True
    with pytest.raises(TransientError):
        dispatch_all(ledger, dispatcher, [PIPELINE])
    assert ledger.batch_record(batch.id).state is BatchState.READY
    airflow.drop_answer = False

    [run] = dispatch_all(ledger, dispatcher, [PIPELINE])

    assert run.adopted
    assert len(airflow.runs) == 1


def test_two_dispatchers_at_once_start_one_run(ledger: Ledger, airflow: FakeAirflow, batch: Batch) -> None:
    def dispatch(_: int) -> object:
        return dispatch_all(ledger, AirflowDispatcher(airflow.url, "admin", "secret"), [PIPELINE])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(dispatch, range(6)))

    assert list(airflow.runs) == [("shop_orders", run_id(batch.id, 1))]
    assert ledger.batch_record(batch.id).run_number == 1


def test_an_expired_token_is_renewed_once(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch
) -> None:
    assert dispatcher.state("shop_orders", "none") is None
    airflow.token = "token-2"

    assert len(dispatch_all(ledger, dispatcher, [PIPELINE])) == 1


def test_a_refused_login_is_permanent_and_names_the_variables(airflow: FakeAirflow) -> None:
    with pytest.raises(PermanentError, match="GRIDATA_AIRFLOW_USER") as caught:
        AirflowDispatcher(airflow.url, "admin", "wrong").state("d", "r")
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "error"), [(500, TransientError), (503, TransientError), (429, TransientError), (403, PermanentError)]
)
def test_a_refusal_leaves_the_batch_ready_and_says_whether_a_retry_helps(
    ledger: Ledger,
    airflow: FakeAirflow,
    dispatcher: AirflowDispatcher,
    batch: Batch,
    status: int,
    error: type[Exception],
) -> None:
    airflow.fail_with = status
    with pytest.raises(error, match=str(status)):
        dispatch_all(ledger, dispatcher, [PIPELINE])
    assert ledger.batch_record(batch.id).state is BatchState.READY


def test_a_dag_not_parsed_yet_is_transient(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch
) -> None:
    airflow.dags.clear()
    with pytest.raises(TransientError, match="shop_orders"):
        dispatch_all(ledger, dispatcher, [PIPELINE])


def test_an_airflow_that_is_down_is_transient(ledger: Ledger, batch: Batch) -> None:
    with pytest.raises(TransientError, match="Is Airflow up"):
        dispatch_all(ledger, AirflowDispatcher("http://127.0.0.1:1"), [PIPELINE])


def test_a_dataset_without_a_pipeline_is_permanent(ledger: Ledger, dispatcher: AirflowDispatcher, batch: Batch) -> None:
    with pytest.raises(PermanentError, match=r"no pipeline has landing shop\.orders\.v1"):
        dispatch_all(ledger, dispatcher, [])


REFUSALS = {  # Airflow's answer for one DAG, then our error and what of the answer it repeats
    "not parsed": ((404, {"detail": "The Dag with ID: `shop_orders` was not found"}), 4, "`shop_orders` was not found"),
    "wrong conf": ((400, {"detail": "Invalid input for param batch_id"}), 3, "Invalid input for param batch_id"),
    "wrong shape": ((422, {"detail": [{"msg": "Field required", "loc": ["conf"]}]}), 3, "Field required"),
    "broken": ((500, "no JSON object"), 4, "answered 500"),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_an_error_of_one_dag_holds_up_no_other_dataset(
    ledger: Ledger,
    airflow: FakeAirflow,
    dispatcher: AirflowDispatcher,
    batch: Batch,
    see: See,
    refusal: tuple[tuple[int, Any], int, str],
) -> None:
    answer, exit_code, detail = refusal
    events = DatasetId("shop", "events", 1)
    other = ledger.add_batch(events, "hash", see(1, name="other"), datetime(2026, 1, 2, tzinfo=UTC))
    airflow.dags.add("shop_events")
    airflow.refused["shop_orders"] = answer
    pipelines = [PIPELINE, replace(PIPELINE, name="shop_events", trigger=Trigger(landing=("shop.events.v1",)))]
    errors = BatchErrors()

    runs = dispatch_ready(ledger, dispatcher, pipelines, errors)

    assert [run.batch_id for run in runs] == [other.id]
    assert list(airflow.runs) == [("shop_events", run_id(other.id, 1))]
    [error] = errors
    assert (error.batch_id, error.error.exit_code) == (batch.id, exit_code)
    assert detail in str(error.error)
    assert ledger.batch_record(batch.id).state is BatchState.READY


def test_an_airflow_that_is_down_is_asked_once_and_not_for_every_batch(
    ledger: Ledger, batch: Batch, orders: DatasetId, see: See
) -> None:
    ledger.add_batch(orders, "hash", see(1, name="other"), datetime(2026, 1, 2, tzinfo=UTC))
    errors = BatchErrors()

    assert dispatch_ready(ledger, AirflowDispatcher("http://127.0.0.1:1"), [PIPELINE], errors) == []
    assert [(each.batch_id, each.error.exit_code) for each in errors] == [(batch.id, 4)]


def test_a_batch_whose_gate_is_overridden_says_so_in_the_conf(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch
) -> None:
    ledger.hold(batch.id, None, {}, "gate closed")
    assert dispatch_all(ledger, dispatcher, [PIPELINE]) == []
    ledger.clear_hold(batch.id, override_gate=True)

    [run] = dispatch_all(ledger, dispatcher, [PIPELINE])

    assert airflow.runs["shop_orders", run.run_id]["conf"]["override_gate"] is True


@pytest.mark.parametrize(
    ("setting", "lane"), [("auto", "duckdb"), ("spark", "spark"), ("threshold", "spark"), ("unknown", None)]
)
def test_a_run_is_told_the_lane_so_that_a_cluster_gives_it_what_it_needs(
    ledger: Ledger,
    airflow: FakeAirflow,
    dispatcher: AirflowDispatcher,
    orders: DatasetId,
    shop: Settings,
    see: See,
    add_contract: Callable[..., Path],
    setting: str,
    lane: str | None,
) -> None:
    property_ = {"spark": ("lane", "spark"), "threshold": ("laneThreshold", "1B")}.get(setting, ("lane", "auto"))
    path = add_contract("orders")
    name, value = property_
    own = f"customProperties:\n  - {{property: gridata.{name}, value: {value}}}\n"
    path.write_text(path.read_text().replace("customProperties:\n", own))
    contract = load_contracts(shop.contracts_dir)[orders]
    if setting != "unknown":
        keep_contracts(ledger, [contract])
    ledger.add_batch(orders, contract.hash, see(2), datetime(2026, 1, 1, tzinfo=UTC))

    [run] = dispatch_all(ledger, dispatcher, [PIPELINE])

    assert airflow.runs["shop_orders", run.run_id]["conf"].get("lane") == lane


def test_a_run_whose_job_failed_elsewhere_fails_the_batch_in_the_jobs_own_words(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch
) -> None:
    [run] = dispatch_all(ledger, dispatcher, [PIPELINE])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ledger.record_run(Run(run.run_id, "ingest", now, now, 4, batch.id, {"error": "catalog: no answer"}))
    airflow.set_state(batch, 1, "failed")
    errors = BatchErrors()

    assert reconcile(ledger, dispatcher, errors) == [batch.id]

    assert [(each.batch_id, each.error.exit_code) for each in errors] == [(batch.id, 4)]
    assert "ingest ended with exit code 4: catalog: no answer" in str(ledger.batch_record(batch.id).error)


def test_a_batch_whose_run_cannot_be_asked_for_holds_up_no_other(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch, orders: DatasetId, see: See
) -> None:
    other = ledger.add_batch(orders, "hash", see(1, name="other"), datetime(2026, 1, 2, tzinfo=UTC))
    dispatch_all(ledger, dispatcher, [PIPELINE])
    airflow.set_state(batch, 1, "unheard of")
    airflow.set_state(other, 1, "failed")
    errors = BatchErrors()

    assert reconcile(ledger, dispatcher, errors) == [other.id]
    assert [each.batch_id for each in errors] == [batch.id, other.id]


@pytest.mark.parametrize("state", ["failed", "success"])
def test_a_run_over_without_publication_fails_the_batch(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch, state: str
) -> None:
    dispatch_all(ledger, dispatcher, [PIPELINE])
    assert look_after(ledger, dispatcher) == []
    airflow.set_state(batch, 1, state)

    assert look_after(ledger, dispatcher) == [batch.id]

    record = ledger.batch_record(batch.id)
    assert record.state is BatchState.FAILED
    assert f"ended as {state} without publishing" in str(record.error)


def test_a_published_batch_does_not_mind_that_its_run_failed_later(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch
) -> None:
    dispatch_all(ledger, dispatcher, [PIPELINE])
    publish(ledger, batch)
    airflow.set_state(batch, 1, "failed")

    assert look_after(ledger, dispatcher) == []
    assert ledger.batch_record(batch.id).state is BatchState.PUBLISHED


def test_a_run_that_airflow_forgot_is_started_again(
    ledger: Ledger, airflow: FakeAirflow, dispatcher: AirflowDispatcher, batch: Batch
) -> None:
    dispatch_all(ledger, dispatcher, [PIPELINE])
    airflow.runs.clear()
    look_after(ledger, dispatcher)

    [run] = dispatch_all(ledger, dispatcher, [PIPELINE])

    assert run.run_id == run_id(batch.id, 2)


def test_dispatch_stops_when_asked(ledger: Ledger, dispatcher: AirflowDispatcher, batch: Batch) -> None:
    assert dispatch_all(ledger, dispatcher, [PIPELINE], lambda: True) == []
    assert ledger.batch_record(batch.id).state is BatchState.READY
