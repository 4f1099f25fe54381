"""Jobs in a cluster, against an API server of this process: the real client, the real requests."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fake_kubernetes import FakeKubernetes, soon
from gridata_contracts.errors import PermanentError, TransientError
from gridata_dags.backends import open_backend
from gridata_dags.jobs import Job, JobResult, RoomError, Verdict, verdict
from gridata_dags.kubernetes import backend as backend_module
from gridata_dags.kubernetes.ends import end_of
from gridata_dags.kubernetes.objects import ATTEMPT_LABEL, KEY_LABEL, Kind, Ref, object_name
from gridata_dags.kubernetes.trigger import JobEndedTrigger
from job_cluster import INGEST, KEY, LOG, PROFILES, REPORT, TRANSFORM, open_cluster


def ended(cluster: FakeKubernetes, exit_code: int | None, log: str | None = LOG, reason: str = "") -> JobResult:
    """The result of a pod that ends so."""
    backend = open_cluster()
    job_id = backend.submit(INGEST)
    cluster.end_pod(cluster.only("pods"), exit_code, log, reason)
    return backend.wait(job_id, lambda _line: None)


def test_a_job_of_duckdb_is_a_pod_made_from_the_installations_template(cluster: FakeKubernetes) -> None:
    job_id = open_cluster().submit(INGEST)

    pod = cluster.only("pods")
    job, proxy = pod["spec"]["containers"]
    assert (
        job_id
        == f"pod/gridata-ecommerce/{object_name(INGEST, 1)}"
        == f"pod/gridata-ecommerce/{pod['metadata']['name']}"
    )
    assert job == {
        "name": "job",
        "image": "jobs:1",
        "args": ["ingest", "--batch", "b-1"],
        "resources": PROFILES["small"]["resources"],
    }
    assert proxy == {"name": "proxy", "image": "p"}
    assert pod["metadata"]["annotations"] == {"gridata.io/job-key": KEY}
    assert pod["metadata"]["labels"]["app.kubernetes.io/name"] == "gridata-job"


def test_without_an_operator_a_job_of_spark_is_a_pod_that_asks_for_executors_as_its_profile_says(
    cluster: FakeKubernetes,
) -> None:
    backend = open_backend("pod")
    job_id = backend.submit(TRANSFORM)

    pod = cluster.only("pods")
    container = pod["spec"]["containers"][0]
    conf = dict(line.split("=", 1) for line in container["env"][0]["value"].splitlines())
    assert Ref.parse(job_id).kind is Kind.POD
    assert pod["spec"]["serviceAccountName"] == "gridata-driver"
    assert container["resources"] == {"limits": {"memory": "1Gi"}}
    assert container["env"][0]["name"] == "GRIDATA_SPARK_CONF"
    assert conf["spark.executor.memory"] == "4g"
    assert conf["spark.kubernetes.executor.label.app.kubernetes.io/component"] == "executor"
    assert conf[f"spark.kubernetes.executor.label.{KEY_LABEL}"] == pod["metadata"]["labels"][KEY_LABEL]


def test_a_job_of_spark_is_an_application_with_its_profile_laid_over(cluster: FakeKubernetes) -> None:
    job_id = open_cluster().submit(TRANSFORM)

    application = cluster.only("sparkapplications")
    spec = application["spec"]
    assert Ref.parse(job_id).kind is Kind.SPARK_APPLICATION
    assert spec["arguments"] == ["process_orders"]
    assert (spec["executor"]["memory"], spec["executor"]["cores"]) == ("4g", 1)
    assert spec["sparkConf"] == {"spark.a": "1", "spark.b": "2"}
    parts = {part: spec[part]["labels"]["app.kubernetes.io/component"] for part in ("driver", "executor")}
    assert parts == {"driver": "driver", "executor": "executor"}, "or a look for jobs would find them"
    assert application["metadata"]["labels"]["app.kubernetes.io/component"] == "job"


def test_names_fit_what_spark_appends_and_follow_from_the_key_alone() -> None:
    long = Job(f"{'a_very_long_pipeline_name' * 4}.{'and_a_step' * 9}.run/with:odd~letters", "ingest", ())

    assert object_name(long, 12) == object_name(long, 12)
    assert len(object_name(long, 12)) <= 48
    assert object_name(long, 1) != object_name(long, 2) != object_name(INGEST, 2)


def test_a_report_is_found_between_log_lines_that_are_json_too(cluster: FakeKubernetes) -> None:
    lines: list[str] = []
    backend = open_cluster()
    job_id = backend.submit(INGEST)
    soon(lambda: cluster.end_pod(cluster.only("pods"), 0, LOG))

    result = backend.wait(job_id, lines.append)

    assert (result.exit_code, result.report) == (0, REPORT)
    assert lines == [LOG.splitlines()[0], "bye"]


@pytest.mark.parametrize(
    ("exit_code", "reason", "meaning"),
    [
        (0, "", Verdict.DONE),
        (3, "", Verdict.PERMANENT),
        (4, "", Verdict.TRANSIENT),
        (137, "OOMKilled", Verdict.TRANSIENT),
        (None, "Evicted", Verdict.TRANSIENT),
        (None, "NodeLost", Verdict.TRANSIENT),
    ],
)
def test_a_pods_end_means_what_its_exit_code_says(
    cluster: FakeKubernetes, exit_code: int | None, reason: str, meaning: Verdict
) -> None:
    result = ended(cluster, exit_code, reason=reason)

    assert verdict(result.exit_code) is meaning
    assert exit_code is not None or reason in result.last_line


def test_a_pod_that_somebody_deleted_is_lost_and_not_done(cluster: FakeKubernetes) -> None:
    backend = open_cluster()
    job_id = backend.submit(INGEST)
    soon(cluster.objects.clear)

    result = backend.wait(job_id, lambda _line: None)

    assert verdict(result.exit_code) is Verdict.TRANSIENT
    assert "gone" in result.last_line


def test_a_job_whose_log_is_gone_is_asked_again_instead_of_failed(cluster: FakeKubernetes) -> None:
    result = ended(cluster, 0, log=None)

    assert verdict(result.exit_code) is Verdict.TRANSIENT
    assert "its log is gone" in result.last_line


def test_a_later_try_adopts_what_an_earlier_one_started(cluster: FakeKubernetes) -> None:
    job_id = open_cluster().submit(INGEST)

    assert open_cluster().find(INGEST) == job_id


def test_whoever_creates_second_adopts(cluster: FakeKubernetes) -> None:
    """Between its last look and the creation another try came first."""
    first = open_cluster().submit(INGEST)
    cluster.refusals.append(("GET", (200, {"items": []})))  # what the second one still saw

    assert open_cluster().submit(INGEST) == first
    assert len(cluster.objects) == 1


@pytest.mark.parametrize("job", [INGEST, TRANSFORM], ids=lambda job: job.engine)
def test_a_job_that_another_try_started_since_the_look_for_it_is_not_started_again(
    cluster: FakeKubernetes, job: Job
) -> None:
    late = open_cluster()
    assert late.find(job) is None
    first = open_cluster().submit(job)

    assert late.submit(job) == first
    assert len(cluster.objects) == 1


def test_an_end_that_nobody_collected_is_adopted_and_a_collected_one_is_not(cluster: FakeKubernetes) -> None:
    backend = open_cluster()
    job_id = backend.submit(INGEST)
    cluster.end_pod(cluster.only("pods"), 4, LOG)
    assert open_cluster().find(INGEST) == job_id

    backend.wait(job_id, lambda _line: None)
    assert open_cluster().find(INGEST) == job_id, "its end was read, but nobody has told it yet"
    backend.forget(job_id)

    assert open_cluster().find(INGEST) is None
    second = open_cluster().submit(INGEST)
    assert second == f"pod/gridata-ecommerce/{object_name(INGEST, 2)}"
    assert len(cluster.objects) == 2, "the first attempt stays for people to look at"


def test_attempts_are_counted_as_numbers(cluster: FakeKubernetes) -> None:
    for attempt in range(1, 12):
        backend = open_cluster()
        job_id = backend.submit(INGEST)
        assert job_id.endswith(f"-{attempt}")
        cluster.end_pod(cluster.objects["pods", "gridata-ecommerce", Ref.parse(job_id).name], 4, "")
        backend.forget(job_id)


def test_a_pod_on_its_way_out_is_neither_adopted_nor_overtaken(
    cluster: FakeKubernetes, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_cluster().submit(INGEST)
    pod = cluster.only("pods")
    pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert open_cluster().find(INGEST) is None

    soon(lambda: cluster.end_pod(pod, 143, ""))
    assert open_cluster().submit(INGEST).endswith("-2")

    cluster.objects["pods", "gridata-ecommerce", object_name(INGEST, 2)]["metadata"]["deletionTimestamp"] = "now"
    monkeypatch.setattr(backend_module, "GOING_S", 0.2)
    with pytest.raises(TransientError, match="still on its way out"):
        open_cluster().submit(INGEST)


def test_a_deleted_applications_driver_is_waited_for_and_its_number_never_used_again(cluster: FakeKubernetes) -> None:
    backend = open_cluster()
    job_id = backend.submit(TRANSFORM)
    driver = cluster.add_driver(cluster.only("sparkapplications"))
    driver["metadata"]["labels"]["app.kubernetes.io/component"] = "driver"
    backend.cancel(job_id)
    driver["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    soon(lambda: cluster.end_pod(driver, 143, ""))

    assert open_cluster().submit(TRANSFORM).endswith("-2")


def test_a_driver_is_waited_for_before_the_cluster_has_told_it_to_go(
    cluster: FakeKubernetes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its application is gone, and garbage is collected later: until then both would write."""
    backend = open_cluster()
    job_id = backend.submit(TRANSFORM)
    driver = cluster.add_driver(cluster.only("sparkapplications"))
    driver["metadata"]["labels"]["app.kubernetes.io/component"] = "driver"
    backend.cancel(job_id)
    monkeypatch.setattr(backend_module, "GOING_S", 0.2)

    with pytest.raises(TransientError, match="still on its way out"):
        open_cluster().submit(TRANSFORM)


def test_another_installations_job_of_the_same_key_is_not_ours(
    cluster: FakeKubernetes, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_cluster().submit(INGEST)

    monkeypatch.setenv("GRIDATA_INSTALLATION", "staging")

    assert open_cluster().find(INGEST) is None
    open_cluster().submit(INGEST)
    assert len(cluster.objects) == 2


def test_the_jobs_container_decides_although_another_runs_on(cluster: FakeKubernetes) -> None:
    backend = open_cluster()
    job_id = backend.submit(INGEST)
    pod = cluster.only("pods")
    cluster.end_pod(pod, 0, LOG)
    pod["status"]["phase"] = "Running"
    pod["status"]["containerStatuses"][1]["state"] = {"running": {}}

    result = backend.wait(job_id, lambda _line: None)
    backend.forget(job_id)

    assert (result.exit_code, result.report) == (0, REPORT)
    assert cluster.objects == {}, "what runs on would hold the quota for ever"


def test_collected_pods_of_yesterday_are_deleted_by_the_next_job(cluster: FakeKubernetes) -> None:
    ended(cluster, 0)
    cluster.only("pods")["metadata"]["labels"]["gridata.io/collected"] = "true"
    cluster.only("pods")["metadata"]["creationTimestamp"] = (datetime.now(UTC) - timedelta(days=2)).isoformat()

    other = open_cluster().submit(Job(KEY.replace("r1", "r2"), "ingest", (), domain="ecommerce"))

    assert [name for _, _, name in cluster.objects] == [Ref.parse(other).name]


@pytest.mark.parametrize("job", [INGEST, TRANSFORM], ids=lambda job: job.engine)
def test_cancel_deletes_the_object_and_may_come_twice(cluster: FakeKubernetes, job: Job) -> None:
    backend = open_cluster()
    job_id = backend.submit(job)

    backend.cancel(job_id)
    backend.cancel(job_id)

    assert cluster.objects == {}


@pytest.mark.parametrize("state", [
    "", "SUBMITTED", "RUNNING", "SUBMISSION_FAILED", "PENDING_RERUN", "INVALIDATING", "SUCCEEDING", "FAILING",
    "SUSPENDING", "SUSPENDED", "RESUMING", "UNKNOWN",
])  # fmt: skip
def test_an_application_goes_on_in_every_state_that_the_operator_moves_on(state: str) -> None:
    assert end_of(Kind.SPARK_APPLICATION, {"status": {"applicationState": {"state": state}}}) is None


def test_an_application_that_was_submitted_again_is_followed_to_its_end(cluster: FakeKubernetes) -> None:
    backend = open_cluster()
    job_id = backend.submit(TRANSFORM)
    application = cluster.only("sparkapplications")

    def run() -> None:
        for state in ("SUBMITTED", "SUBMISSION_FAILED", "PENDING_RERUN", "SUBMITTED", "RUNNING", "SUCCEEDING"):
            cluster.move(application, state)
        driver = cluster.add_driver(application)
        cluster.end_pod(driver, 0, LOG.replace("ingest", "process_orders"))
        cluster.move(application, "COMPLETED", driver=driver["metadata"]["name"])

    soon(run)
    result = backend.wait(job_id, lambda _line: None)

    assert (result.exit_code, result.report) == (0, REPORT | {"job": "process_orders"})
    backend.forget(job_id)
    assert open_cluster().find(TRANSFORM) is None


@pytest.mark.parametrize(("exit_code", "meaning"), [(3, Verdict.PERMANENT), (4, Verdict.TRANSIENT)])
def test_a_failed_application_means_what_its_driver_said(
    cluster: FakeKubernetes, exit_code: int, meaning: Verdict
) -> None:
    backend = open_cluster()
    job_id = backend.submit(TRANSFORM)
    driver = cluster.add_driver(application := cluster.only("sparkapplications"))
    cluster.end_pod(driver, exit_code, "process_orders: got nothing\n")
    cluster.move(application, "FAILED", "driver container failed", driver["metadata"]["name"])

    result = backend.wait(job_id, lambda _line: None)

    assert verdict(result.exit_code) is meaning
    assert result.last_line == "process_orders: got nothing"


def test_an_application_that_was_never_submitted_may_succeed_later(cluster: FakeKubernetes) -> None:
    backend = open_cluster()
    job_id = backend.submit(TRANSFORM)
    cluster.move(cluster.only("sparkapplications"), "FAILED", "failed to run spark-submit")

    result = backend.wait(job_id, lambda _line: None)

    assert verdict(result.exit_code) is Verdict.TRANSIENT
    assert "failed to run spark-submit" in result.last_line


def test_a_driver_that_was_lost_with_its_node_may_succeed_later(cluster: FakeKubernetes) -> None:
    backend = open_cluster()
    job_id = backend.submit(TRANSFORM)
    cluster.move(cluster.only("sparkapplications"), "FAILED", "driver pod not found", "driver-that-was")

    result = backend.wait(job_id, lambda _line: None)

    assert verdict(result.exit_code) is Verdict.TRANSIENT


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (401, "Unauthorized", TransientError),
        (403, 'pods "x" is forbidden: User cannot create', PermanentError),
        (404, 'namespaces "gridata-ecommerce" not found', PermanentError),
        (409, "the object has been modified", TransientError),
        (422, "spec.containers[0].image: Required value", PermanentError),
        (429, "too many requests", TransientError),
        (500, "etcdserver: request timed out", TransientError),
    ],
)
def test_a_refusal_says_whether_a_retry_helps(
    cluster: FakeKubernetes, status: int, message: str, error: type[Exception]
) -> None:
    cluster.refusals.append(("POST", (status, {"message": message})))

    with pytest.raises(error, match=str(status)) as raised:
        open_cluster().submit(INGEST)

    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, 'pods "x" is forbidden: exceeded quota: jobs'),
        (403, 'pods "x" is forbidden: status unknown for quota: jobs, resources: pods'),
        (409, 'Operation cannot be fulfilled on resourcequotas "jobs": the object has been modified'),
    ],
)
def test_a_quota_without_room_or_without_an_answer_is_no_failure_but_a_wait(
    cluster: FakeKubernetes, status: int, message: str
) -> None:
    cluster.refusals.append(("POST", (status, {"message": message, "reason": "Conflict" if status == 409 else ""})))

    with pytest.raises(RoomError, match=message):
        open_cluster().submit(INGEST)


def test_a_page_of_a_proxy_is_no_answer(cluster: FakeKubernetes) -> None:
    cluster.refusals.append(("GET", (200, "<html>")))

    with pytest.raises(TransientError, match="without JSON"):
        open_cluster().find(INGEST)


def test_old_pods_that_cannot_be_deleted_keep_no_job_from_running(cluster: FakeKubernetes) -> None:
    backend = open_cluster()
    first = backend.submit(INGEST)
    cluster.end_pod(cluster.only("pods"), 4, "")
    backend.forget(first)
    cluster.only("pods")["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00+00:00"
    cluster.refusals.append(("DELETE", (403, {"message": "no"})))

    assert backend.submit(INGEST).endswith("-2")


def test_a_cluster_that_does_not_answer_may_answer_later(cluster: FakeKubernetes, tmp_path: Path) -> None:
    config = json.loads((tmp_path / "kubeconfig").read_text())
    config["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:9"  # discard: nobody listens
    (tmp_path / "kubeconfig").write_text(json.dumps(config))

    with pytest.raises(TransientError, match="did not answer"):
        open_cluster().find(INGEST)


def test_an_unknown_profile_names_those_there_are(cluster: FakeKubernetes) -> None:
    with pytest.raises(PermanentError, match="got 'huge', allowed medium, small"):
        open_cluster().submit(Job(KEY, "ingest", (), "huge", domain="ecommerce"))


def test_a_missing_template_is_named_with_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRIDATA_JOB_TEMPLATES", str(tmp_path))

    with pytest.raises(PermanentError, match=r"pod\.yaml.*GRIDATA_JOB_TEMPLATES"):
        open_backend("kubernetes")


@pytest.mark.parametrize(("state", "left"), [("failed", 0), (None, 0), ("deferred", 1)])
def test_a_killed_task_ends_its_job_and_a_triggerer_that_was_thought_dead_does_not(
    cluster: FakeKubernetes, monkeypatch: pytest.MonkeyPatch, state: str | None, left: int
) -> None:
    trigger = JobEndedTrigger(open_cluster().submit(INGEST))
    monkeypatch.setattr(trigger, "_task_state", lambda: state)

    asyncio.run(trigger.on_kill())

    assert len(cluster.objects) == left


def test_what_other_tries_are_told_apart_by_is_a_label(cluster: FakeKubernetes) -> None:
    open_cluster().submit(INGEST)

    assert cluster.only("pods")["metadata"]["labels"][ATTEMPT_LABEL] == "1"
