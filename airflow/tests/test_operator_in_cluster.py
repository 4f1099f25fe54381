"""The operator with jobs that go on by themselves: it is deferred, and comes back for what the job said."""

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from fake_kubernetes import FakeKubernetes
from gridata_dags.kubernetes.objects import Kind, Ref
from gridata_dags.kubernetes.trigger import JobEndedTrigger
from job_cluster import LOG, REPORT
from task_run import context, deferred, operator


def test_no_worker_is_held_while_the_job_runs(cluster: FakeKubernetes) -> None:
    waiting = deferred(operator())

    assert isinstance(waiting.trigger, JobEndedTrigger)
    assert (waiting.trigger.job_id, waiting.method_name) == (
        str(Ref(Kind.POD, "gridata-ecommerce", cluster.only("pods")["metadata"]["name"])),
        "collect",
    )


def test_a_later_try_waits_for_the_job_of_an_earlier_one(cluster: FakeKubernetes) -> None:
    first, second = deferred(operator()), deferred(operator())

    assert first.trigger.job_id == second.trigger.job_id
    assert len(cluster.objects) == 1


def test_what_the_job_reported_is_the_tasks_value(cluster: FakeKubernetes) -> None:
    waiting = deferred(task := operator())
    cluster.end_pod(cluster.only("pods"), 0, LOG)
    about = context()

    assert task.collect(about, {"job_id": waiting.trigger.job_id}) == REPORT
    about["ti"].xcom_push.assert_called_once_with(key="exit_code", value=0)


@pytest.mark.parametrize(("exit_code", "error"), [(3, AirflowFailException), (4, AirflowException)])
def test_a_failed_job_fails_its_task_for_good_or_until_the_next_try(
    cluster: FakeKubernetes, exit_code: int, error: type[Exception]
) -> None:
    waiting = deferred(task := operator())
    cluster.end_pod(cluster.only("pods"), exit_code, "no such batch\n")

    with pytest.raises(error, match="no such batch") as raised:
        task.collect(context(), {"job_id": waiting.trigger.job_id})

    assert type(raised.value) is error


def test_a_job_whose_end_could_not_be_read_is_left_for_the_next_try(cluster: FakeKubernetes) -> None:
    waiting = deferred(task := operator())
    cluster.end_pod(cluster.only("pods"), 0, LOG)
    cluster.refusals.append(("PATCH", (500, {"message": "etcd is away"})))

    with pytest.raises(AirflowException, match="etcd is away"):
        task.collect(context(), {"job_id": waiting.trigger.job_id})

    assert deferred(operator()).trigger.job_id == waiting.trigger.job_id
    assert task.collect(context(), {"job_id": waiting.trigger.job_id}) == REPORT


@pytest.mark.parametrize(("lane", "plural"), [("spark", "sparkapplications"), ("duckdb", "pods"), (None, "pods")])
def test_a_batch_runs_where_its_size_asks_for(cluster: FakeKubernetes, lane: str | None, plural: str) -> None:
    deferred(operator(profile="medium"), lane=lane)

    assert cluster.only(plural)


def test_a_transform_of_spark_is_an_application_whatever_its_run_says(cluster: FakeKubernetes) -> None:
    deferred(operator("process_orders", engine="spark", profile="medium"), lane="duckdb")

    assert cluster.only("sparkapplications")


def test_a_refused_job_fails_its_task_without_waiting(cluster: FakeKubernetes) -> None:
    cluster.refusals.append(("POST", (403, {"message": "User cannot create pods"})))

    with pytest.raises(AirflowFailException, match="User cannot create pods"):
        operator().execute(context())


def test_a_job_without_room_asks_again_later_and_uses_up_no_try(cluster: FakeKubernetes) -> None:
    cluster.refusals.append(("POST", (403, {"message": "exceeded quota: jobs"})))

    waiting = deferred(task := operator())

    assert waiting.method_name == "again"
    with pytest.raises(TaskDeferred) as then:
        task.again(context())
    assert then.value.method_name == "collect"


def test_an_application_whose_driver_the_quota_refused_asks_again_later_and_uses_up_no_try(
    cluster: FakeKubernetes,
) -> None:
    waiting = deferred(task := operator("process_orders", engine="spark", profile="medium"))
    refused = 'failed to run spark-submit: pods "x-driver" is forbidden: exceeded quota: jobs, requested: pods=1'
    cluster.move(cluster.only("sparkapplications"), "FAILED", refused, driver="x-driver")

    with pytest.raises(TaskDeferred) as room:
        task.collect(context(), {"job_id": waiting.trigger.job_id})
    with pytest.raises(TaskDeferred) as then:
        task.again(context())

    assert room.value.method_name == "again"
    assert then.value.method_name == "collect"
    assert then.value.trigger.job_id != waiting.trigger.job_id


def test_an_application_that_failed_after_its_driver_ran_is_a_failure_whatever_it_says(cluster: FakeKubernetes) -> None:
    waiting = deferred(task := operator("process_orders", engine="spark", profile="medium"))
    application = cluster.only("sparkapplications")
    driver = cluster.add_driver(application)
    cluster.end_pod(driver, 3, "executors: exceeded quota\n")
    cluster.move(application, "FAILED", "exceeded quota", driver=driver["metadata"]["name"])

    with pytest.raises(AirflowFailException, match="exit code 3"):
        task.collect(context(), {"job_id": waiting.trigger.job_id})


def test_a_job_that_goes_on_after_all_holds_no_worker(cluster: FakeKubernetes) -> None:
    waiting = deferred(task := operator())

    with pytest.raises(TaskDeferred) as again:
        task.collect(context(), {"job_id": waiting.trigger.job_id, "gave_up": None})

    assert again.value.trigger.job_id == waiting.trigger.job_id


def test_a_report_that_airflow_did_not_take_is_told_again(cluster: FakeKubernetes) -> None:
    waiting = deferred(task := operator())
    cluster.end_pod(cluster.only("pods"), 0, LOG)
    about = context()
    about["ti"].xcom_push.side_effect = ConnectionError("Airflow's API is away")

    with pytest.raises(ConnectionError):
        task.collect(about, {"job_id": waiting.trigger.job_id})

    assert deferred(operator()).trigger.job_id == waiting.trigger.job_id
