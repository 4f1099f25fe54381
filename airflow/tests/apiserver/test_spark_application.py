"""SparkApplications on a real API server, by the chart's templates and rights, under an operator that walks."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred
from kubernetes.client import CustomObjectsApi

from apiserver.conftest import Looks
from apiserver.installation import NAMESPACE, Installation
from apiserver.spark_operator import STATES, SparkOperator, Walk, driver_of
from gridata_contracts.errors import TransientError
from gridata_dags.jobs import Job
from gridata_dags.kubernetes import backend as backend_module
from gridata_dags.kubernetes.cluster import Cluster
from gridata_dags.kubernetes.objects import COLLECTED_LABEL, key_digest, object_name
from gridata_dags.kubernetes.trigger import JobEndedTrigger
from job_cluster import LOG, REPORT, open_cluster
from task_run import as_stored, collected, context, deferred, operator

pytestmark = [pytest.mark.apiserver, pytest.mark.timeout(90, func_only=True)]

WELL = ("SUBMITTED", "RUNNING", "SUCCEEDING", "COMPLETED")
FAILS = ("SUBMITTED", "RUNNING", "FAILING", "FAILED")
NEVER_SUBMITTED = Walk(("SUBMISSION_FAILED", "FAILED"), message="failed to submit spark application: exit status 1")
NO_ROOM = "failed to submit spark application: pods is forbidden: exceeded quota: jobs, requested: pods=1"
GOOD_WALKS = {
    "as usual": WELL,
    "submitted again after a failed submission": ("SUBMISSION_FAILED", *WELL),
    "run again after a failure": ("SUBMITTED", "RUNNING", "FAILING", "PENDING_RERUN", *WELL),
    "run again after a change": ("SUBMITTED", "RUNNING", "INVALIDATING", "PENDING_RERUN", *WELL),
    "suspended and resumed": ("SUBMITTED", "RUNNING", "SUSPENDING", "SUSPENDED", "RESUMING", *WELL),
    "unknown for a while": ("SUBMITTED", "RUNNING", "UNKNOWN", *WELL[1:]),
}
BAD_WALKS = {
    "permanent": (Walk(FAILS, 3, "driver container failed", "no such batch\n"), AirflowFailException, "exit code 3"),
    "transient": (Walk(FAILS, 4, "driver container failed", "a lock\n"), AirflowException, "exit code 4: a lock"),
    "killed": (Walk(FAILS, 137, "driver container failed", "so far\n"), AirflowException, "exit code 137"),
    "driver lost": (Walk(FAILS, None, "driver pod not found"), AirflowException, "driver pod not found"),
    "never submitted": (NEVER_SUBMITTED, AirflowException, "failed to submit spark application: exit status 1"),
}


def task() -> Any:
    return operator("process_orders", engine="spark", profile="medium")


def job(run_id: str) -> Job:
    key = f"ecommerce_orders_pipeline.process_orders.{run_id}"
    return Job(key, "process_orders", ("process_orders",), "medium", "spark", "ecommerce")


def applications(cluster: Installation, run_id: str) -> list[dict[str, Any]]:
    """Of the run, in the order of their making."""
    found = CustomObjectsApi(cluster.client).list_namespaced_custom_object(
        "sparkoperator.k8s.io",
        "v1beta2",
        NAMESPACE,
        "sparkapplications",
        label_selector=f"gridata.io/job-key={key_digest(job(run_id))}",
    )
    return sorted(found["items"], key=lambda each: each["metadata"]["name"])


def pods(cluster: Installation, run_id: str) -> list[str]:
    labelled = f"gridata.io/job-key={key_digest(job(run_id))}"
    return [each.metadata.name for each in cluster.core.list_namespaced_pod(NAMESPACE, label_selector=labelled).items]


def wait_for_state(cluster: Installation, run_id: str, state: str) -> None:
    """Of the run's only application."""
    deadline = time.monotonic() + 20
    while (
        told := applications(cluster, run_id)[0].get("status", {}).get("applicationState", {}).get("state")
    ) != state:
        assert time.monotonic() < deadline, f"got {told!r}, wanted {state!r}"
        time.sleep(0.05)


def delete(cluster: Installation, name: str) -> None:
    """By hand."""
    CustomObjectsApi(cluster.client).delete_namespaced_custom_object(
        "sparkoperator.k8s.io", "v1beta2", NAMESPACE, "sparkapplications", name
    )


def test_the_walks_go_through_every_state_of_the_operator() -> None:
    walked = {state for states in GOOD_WALKS.values() for state in states}

    assert walked | {state for walk, _, _ in BAD_WALKS.values() for state in walk.states} | {""} == STATES


@pytest.mark.parametrize("states", GOOD_WALKS.values(), ids=GOOD_WALKS)
def test_an_application_is_followed_through_every_state_to_what_its_driver_reported(
    spark_operator: SparkOperator, run_id: str, looks: Looks, states: tuple[str, ...]
) -> None:
    spark_operator.plan(run_id, Walk(states, exit_code=4, log=LOG, hold=looks.wait_for))
    waiting = deferred(of := task(), run_id)

    assert collected(of, waiting, run_id) == REPORT
    assert looks.states[: len(states) + 1] == ["", *states], "no state was an end before the end"


@pytest.mark.parametrize(("walk", "error", "said"), BAD_WALKS.values(), ids=BAD_WALKS)
def test_a_failed_application_means_what_its_driver_said_or_may_succeed_later(
    spark_operator: SparkOperator, run_id: str, looks: Looks, walk: Walk, error: type[Exception], said: str
) -> None:
    spark_operator.plan(run_id, Walk(walk.states, walk.exit_code, walk.message, walk.log, looks.wait_for))
    waiting = deferred(of := task(), run_id)

    with pytest.raises(AirflowException, match=said) as raised:
        collected(of, waiting, run_id)

    assert type(raised.value) is error
    assert looks.states[: len(walk.states) + 1] == ["", *walk.states]


def test_a_driver_that_the_quota_refused_uses_up_no_try(
    spark_operator: SparkOperator, installed: Installation, run_id: str
) -> None:
    spark_operator.plan(run_id, Walk(NEVER_SUBMITTED.states, message=NO_ROOM))
    waiting = deferred(of := task(), run_id)

    with pytest.raises(TaskDeferred) as room:
        collected(of, waiting, run_id)

    assert room.value.method_name == "again"
    assert [COLLECTED_LABEL in each["metadata"]["labels"] for each in applications(installed, run_id)] == [True]


def test_a_name_follows_from_run_and_attempt_and_leaves_room_for_what_spark_appends(
    spark_operator: SparkOperator, installed: Installation, run_id: str
) -> None:
    deferred(task(), run_id)

    (made,) = applications(installed, run_id)
    assert made["metadata"]["name"] == object_name(job(run_id), 1)
    assert made["metadata"]["annotations"]["gridata.io/job-key"] == job(run_id).key
    assert len(driver_of(made)) <= 63, "a driver's name is its service's, too"


def test_tries_at_the_same_moment_make_one_application(
    spark_operator: SparkOperator, installed: Installation, run_id: str
) -> None:
    with ThreadPoolExecutor(6) as tries:
        made = list(tries.map(lambda _: open_cluster().submit(job(run_id)), range(6)))

    assert len(set(made)) == 1
    assert len(applications(installed, run_id)) == 1


@pytest.mark.parametrize("state", ["RUNNING", "COMPLETED"])
def test_an_application_that_is_there_already_is_adopted_running_or_ended(
    spark_operator: SparkOperator, installed: Installation, run_id: str, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Its maker was killed before it could say so, and the look for it came too early."""
    adopted = threading.Event()
    spark_operator.plan(run_id, Walk(WELL, log=LOG, hold=lambda told: told != state or adopted.wait(20)))
    made = open_cluster().submit(job(run_id))
    wait_for_state(installed, run_id, state)
    with monkeypatch.context() as early:
        early.setattr(Cluster, "find", lambda *_: [])
        waiting = deferred(of := task(), run_id)
    adopted.set()

    assert waiting.trigger.job_id == made
    assert collected(of, waiting, run_id) == REPORT
    assert len(applications(installed, run_id)) == 1


def test_the_next_try_has_another_name_and_the_last_one_stays_to_be_looked_at(
    spark_operator: SparkOperator, installed: Installation, run_id: str
) -> None:
    spark_operator.plan(run_id, Walk(FAILS, 4, "driver container failed", "a lock\n"))
    with pytest.raises(AirflowException, match="exit code 4"):
        collected(of := task(), deferred(of, run_id), run_id)

    spark_operator.plan(run_id, Walk(WELL, log=LOG))
    report = collected(of := task(), deferred(of, run_id), run_id)

    assert report == REPORT
    first, second = applications(installed, run_id)
    assert [first["metadata"]["name"], second["metadata"]["name"]] == [object_name(job(run_id), n) for n in (1, 2)]
    assert first["status"]["applicationState"]["state"] == "FAILED"


@pytest.mark.parametrize("state", ["failed", None], ids=["killed", "cleared"])
def test_a_killed_or_cleared_task_ends_its_application_and_driver(
    spark_operator: SparkOperator,
    installed: Installation,
    run_id: str,
    monkeypatch: pytest.MonkeyPatch,
    state: str | None,
) -> None:
    spark_operator.plan(run_id, Walk(WELL[:2]))
    trigger = deferred(task(), run_id).trigger
    monkeypatch.setattr(trigger, "_task_state", lambda: state)
    wait_for_state(installed, run_id, "RUNNING")

    asyncio.run(trigger.on_kill())

    assert applications(installed, run_id) == []
    spark_operator.plan(run_id, Walk(WELL, log=LOG))
    again = deferred(of := task(), run_id)
    assert collected(of, again, run_id) == REPORT
    assert len(pods(installed, run_id)) == 1, "the killed driver is gone"


def test_an_application_that_somebody_deleted_is_tried_again_once_its_driver_is_gone(
    spark_operator: SparkOperator, installed: Installation, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cluster deletes a driver some time after its application: until then both would write."""
    spark_operator.deletes_drivers = False
    name = object_name(job(run_id), 1)
    spark_operator.plan(run_id, Walk(WELL[:2]))
    waiting = deferred(of := task(), run_id)
    wait_for_state(installed, run_id, "RUNNING")

    delete(installed, name)
    with pytest.raises(AirflowException, match="somebody deleted it"):
        collected(of, waiting, run_id)
    monkeypatch.setattr(backend_module, "GOING_S", 0.3)
    with pytest.raises(TransientError, match=f"{name}-driver still on its way out"):
        open_cluster().submit(job(run_id))

    spark_operator.delete_driver(f"{name}-driver")
    assert open_cluster().submit(job(run_id))


def test_an_api_server_that_is_killed_and_started_again_costs_nothing(
    spark_operator: SparkOperator, installed: Installation, run_id: str, looks: Looks
) -> None:
    killed: list[str] = []

    def hold(state: str) -> bool:
        seen = looks.wait_for(state)
        if state == "RUNNING" and not killed:
            killed.append(state)
            installed.server.kill()
            installed.server.start()
        return seen

    spark_operator.plan(run_id, Walk(WELL, log=LOG, hold=hold))
    waiting = deferred(of := task(), run_id)

    assert collected(of, waiting, run_id) == REPORT
    assert killed == ["RUNNING"]


def test_a_triggerer_in_another_process_hears_the_end(spark_operator: SparkOperator, run_id: str) -> None:
    spark_operator.plan(run_id, Walk(WELL, log=LOG))
    waiting = deferred(of := task(), run_id)
    assert isinstance(waiting.trigger, JobEndedTrigger)

    tests = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": str(tests)}
    script = "import json, sys, task_run; print(json.dumps(task_run.fired(sys.argv[1])))"
    command = [sys.executable, "-c", script, as_stored(waiting.trigger)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)

    event = json.loads(done.stdout.splitlines()[-1])
    assert event == {"job_id": waiting.trigger.job_id, "gave_up": None}
    assert of.collect(context(run_id), event) == REPORT
