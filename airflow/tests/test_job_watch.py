"""What a job's object is watched for: its end, and that it will never start or never be seen again."""

import asyncio

import pytest
from airflow.triggers.base import TriggerEvent

from fake_kubernetes import FakeKubernetes, Object, soon
from gridata_contracts.errors import TransientError
from gridata_dags.jobs import Verdict, verdict
from gridata_dags.kubernetes.ends import End
from gridata_dags.kubernetes.objects import Kind, Ref
from gridata_dags.kubernetes.trigger import JobEndedTrigger
from gridata_dags.kubernetes.watch import LEAVING_S, PATIENCE_S, STUCK_S, Watch
from job_cluster import INGEST, LOG, open_cluster

STUCK = {
    "image": {"containerStatuses": [{"name": "job", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
    "image of another container": {"initContainerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]},
    "volume": {"conditions": [{"type": "PodScheduled", "status": "True"}]},
}


@pytest.mark.parametrize("what", STUCK)
@pytest.mark.parametrize("kind", list(Kind))
def test_what_does_not_start_is_given_up_after_a_while_and_not_before(what: str, kind: Kind) -> None:
    pod = {"metadata": {"name": "p"}, "status": {"phase": "Pending", **STUCK[what]}}
    application = {"status": {"applicationState": {"state": "SUBMITTED"}, "driverInfo": {"podName": "p"}}}
    now = [0.0]
    watch = Watch(Ref(kind, "n", "o"), lambda ref: pod if ref.kind is Kind.POD else application, lambda: now[0])

    assert watch.look() is None
    now[0] = STUCK_S - 1
    assert watch.look() is None
    now[0] = STUCK_S + 1
    end = watch.look()

    assert end is not None
    assert (end.exit_code, end.reason) == (None, watch.gave_up)
    assert "not started for 300 s" in end.reason


def test_a_pod_that_waits_for_a_node_is_not_stuck() -> None:
    pod = {"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False"}]}}
    now = [0.0]
    watch = Watch(Ref(Kind.POD, "n", "p"), lambda _ref: pod, lambda: now[0])
    assert watch.look() is None

    now[0] = 100 * STUCK_S

    assert watch.look() is None


def test_a_pod_whose_node_is_lost_is_given_up() -> None:
    pod = {"metadata": {"name": "p", "deletionTimestamp": "then"}, "status": {"phase": "Running"}}
    now = [0.0]
    watch = Watch(Ref(Kind.POD, "n", "p"), lambda _ref: pod, lambda: now[0])
    assert watch.look() is None

    now[0] = LEAVING_S + 1

    assert watch.look() == End(None, f"being deleted for {LEAVING_S:.0f} s: its node may be lost")


def test_an_attempt_that_is_given_up_is_deleted_lest_it_starts_beside_the_next(cluster: FakeKubernetes) -> None:
    backend = open_cluster()
    job_id = backend.submit(INGEST)

    result = backend.collect(job_id, {"job_id": job_id, "gave_up": "not started"}, lambda _line: None)

    assert result is not None
    assert verdict(result.exit_code) is Verdict.TRANSIENT
    assert cluster.objects == {}


def test_a_job_that_goes_on_after_all_is_waited_for_again(cluster: FakeKubernetes) -> None:
    backend = open_cluster()
    job_id = backend.submit(INGEST)

    assert backend.collect(job_id, {"job_id": job_id, "gave_up": None}, lambda _line: None) is None
    assert len(cluster.objects) == 1


def test_a_silent_cluster_is_borne_for_a_while_since_the_job_goes_on() -> None:
    now = [0.0]

    def read(_ref: Ref) -> Object:
        raise TransientError("silence")

    watch = Watch(Ref(Kind.POD, "n", "p"), read, lambda: now[0])

    assert watch.look() is None
    now[0] = PATIENCE_S + 1
    with pytest.raises(TransientError):
        watch.look()


def test_the_trigger_fires_once_at_the_end_and_survives_a_restart(cluster: FakeKubernetes) -> None:
    job_id = open_cluster().submit(INGEST)
    path, arguments = JobEndedTrigger(job_id, poll_s=0.05).serialize()
    soon(lambda: cluster.end_pod(cluster.only("pods"), 0, LOG))

    async def fire() -> list[TriggerEvent]:
        return [event async for event in JobEndedTrigger(**arguments).run()]

    events = asyncio.run(fire())

    assert [event.payload for event in events] == [{"job_id": job_id, "gave_up": None}]
    assert path == "gridata_dags.kubernetes.trigger.JobEndedTrigger"
