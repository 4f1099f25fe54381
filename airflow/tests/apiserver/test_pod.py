"""Pods of jobs on a real API server: its admission, quotas and rights, and a node that does what a test says."""

import asyncio
from itertools import count
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred
from kubernetes.client import V1Pod

from apiserver.installation import NAMESPACE, Installation
from apiserver.kubelet import Kubelet
from gridata_contracts.errors import TransientError
from gridata_dags.jobs import Job
from gridata_dags.kubernetes import backend as backend_module
from gridata_dags.kubernetes import watch as watch_module
from gridata_dags.kubernetes.cluster import Cluster
from gridata_dags.kubernetes.objects import Ref
from gridata_dags.kubernetes.watch import Watch
from job_cluster import LOG, REPORT, open_cluster
from task_run import collected, context, deferred, operator

pytestmark = pytest.mark.apiserver


def name_of(job_id: str) -> str:
    return Ref.parse(job_id).name


def job(run_id: str) -> Job:
    return Job(f"ecommerce_orders_pipeline.ingest.{run_id}", "ingest", ("ingest",), domain="ecommerce")


def pods(cluster: Installation, name: str) -> list[V1Pod]:
    """Of a run, by the name of one of them."""
    start = name.rpartition("-")[0]
    return [each for each in cluster.core.list_namespaced_pod(NAMESPACE).items if each.metadata.name.startswith(start)]


@pytest.fixture
def started(installed: Installation, node: Kubelet, run_id: str) -> tuple[Any, Any, str]:
    """A deferred task, its wait, and the name of its pod, which has a node and runs."""
    waiting = deferred(of := operator(), run_id)
    name = name_of(waiting.trigger.job_id)
    node.bind(NAMESPACE, name)
    node.run(NAMESPACE, name)
    return of, waiting, name


def test_a_pod_of_the_charts_template_is_admitted_and_its_log_holds_the_report(
    started: tuple[Any, Any, str], installed: Installation, node: Kubelet, run_id: str
) -> None:
    of, waiting, name = started
    node.end(NAMESPACE, name, 0, LOG)

    assert collected(of, waiting, run_id) == REPORT
    (kept,) = pods(installed, name)
    assert kept.spec.service_account_name == "gridata-job"
    assert deferred(operator(), run_id).trigger.job_id.endswith("-2"), "told: whoever clears the task runs it again"


@pytest.mark.parametrize(("exit_code", "error"), [(3, AirflowFailException), (4, AirflowException)])
def test_a_failed_pod_fails_its_task_for_good_or_until_the_next_try(
    started: tuple[Any, Any, str], node: Kubelet, run_id: str, exit_code: int, error: type[Exception]
) -> None:
    of, waiting, name = started
    node.end(NAMESPACE, name, exit_code, "no such batch\n")

    with pytest.raises(error, match="no such batch") as raised:
        collected(of, waiting, run_id)

    assert type(raised.value) is error


def test_an_evicted_pod_may_succeed_later(started: tuple[Any, Any, str], node: Kubelet, run_id: str) -> None:
    of, waiting, name = started
    node.evict(NAMESPACE, name)

    with pytest.raises(AirflowException, match="Evicted: The node was low on memory"):
        collected(of, waiting, run_id)


def test_a_running_pod_is_adopted_by_the_next_try(started: tuple[Any, Any, str], run_id: str) -> None:
    _, waiting, _ = started

    assert deferred(operator(), run_id).trigger.job_id == waiting.trigger.job_id


def test_a_killed_pod_gets_its_time_and_the_next_one_comes_after_it(
    started: tuple[Any, Any, str],
    installed: Installation,
    node: Kubelet,
    run_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, waiting, name = started
    monkeypatch.setattr(waiting.trigger, "_task_state", lambda: "failed")

    asyncio.run(waiting.trigger.on_kill())

    (leaving,) = pods(installed, name)
    assert leaving.metadata.deletion_grace_period_seconds == 30
    monkeypatch.setattr(backend_module, "GOING_S", 0.2)
    with pytest.raises(TransientError, match="still on its way out"):
        open_cluster().submit(job(run_id))
    node.stop(NAMESPACE, name)
    assert open_cluster().find(job(run_id)) is None
    deferred(operator(), run_id)


def test_a_pod_whose_image_never_comes_is_given_up_and_deleted(
    installed: Installation, node: Kubelet, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = deferred(of := operator(), run_id)
    name = name_of(waiting.trigger.job_id)
    node.bind(NAMESPACE, name)
    node.wait(NAMESPACE, name, "ImagePullBackOff")
    monkeypatch.setattr(watch_module, "STUCK_S", 0.2)

    with pytest.raises(AirflowException, match="not started for 0 s: ImagePullBackOff"):
        collected(of, waiting, run_id)

    (leaving,) = pods(installed, name)
    assert leaving.metadata.deletion_timestamp is not None


def test_a_pod_that_waits_for_a_node_is_waited_for_however_long_that_takes(
    installed: Installation, node: Kubelet, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "STUCK_S", 0.0)
    waiting = deferred(of := operator(), run_id)
    watch = Watch(Ref.parse(waiting.trigger.job_id), Cluster().read, clock=count().__next__)

    assert [watch.look() for _ in range(5)] == [None] * 5

    node.bind(NAMESPACE, name := name_of(waiting.trigger.job_id))
    node.end(NAMESPACE, name, 0, LOG)
    assert collected(of, waiting, run_id) == REPORT


@pytest.mark.parametrize("used_up", [True, False], ids=["used up", "not counted yet"])
def test_a_quota_without_room_or_without_numbers_uses_up_no_try(
    installed: Installation, run_id: str, used_up: bool
) -> None:
    installed.count_quota(used_up=used_up, known=used_up)

    waiting = deferred(of := operator(), run_id)

    assert waiting.method_name == "again"
    installed.count_quota()
    with pytest.raises(TaskDeferred) as then:
        of.again(context(run_id))
    assert then.value.method_name == "collect"
