"""What Airflow may do in a domain: all that jobs need, nothing that they do not."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from apiserver.installation import NAMESPACE, Installation, rendered
from apiserver.kubelet import Kubelet
from apiserver.spark_operator import SparkOperator, Walk
from gridata_contracts.errors import PermanentError
from gridata_dags.jobs import Job
from gridata_dags.kubernetes.objects import Ref
from job_cluster import LOG, open_cluster

pytestmark = pytest.mark.apiserver

ROLE = "gridata-launcher"
RIGHTS = [
    ("", "pods", verb) for verb in ("create", "get", "list", "patch", "delete")
] + [("", "pods/log", "get")] + [
    ("sparkoperator.k8s.io", "sparkapplications", verb) for verb in ("create", "get", "list", "patch", "delete")
]  # fmt: skip


def rules() -> list[dict[str, Any]]:
    (role,) = [
        each
        for each in rendered()
        if each["kind"] == "Role" and (each["metadata"]["namespace"], each["metadata"]["name"]) == (NAMESPACE, ROLE)
    ]
    return list(role["rules"])


def grant(cluster: Installation, rules: list[dict[str, Any]]) -> None:
    cluster.rbac.patch_namespaced_role(ROLE, NAMESPACE, {"rules": rules})


@pytest.fixture
def without(installed: Installation) -> Iterator[Any]:
    """The launcher's role without one verb, and as it was afterwards."""
    whole = rules()

    def take(group: str, resource: str, verb: str) -> None:
        """Until the API server says no, too: it hears of a changed role a moment later."""
        left = [
            {**rule, "verbs": [each for each in rule["verbs"] if (rule["resources"], each) != ([resource], verb)]}
            for rule in whole
        ]
        grant(installed, [rule for rule in left if rule["verbs"]])
        wait_until(installed, group, resource, verb, allowed=False)

    yield take
    grant(installed, whole)
    for right in RIGHTS:
        wait_until(installed, *right, allowed=True)


def wait_until(cluster: Installation, group: str, resource: str, verb: str, *, allowed: bool) -> None:
    deadline = time.monotonic() + 10
    while cluster.launcher_may(verb, group, resource) is not allowed:
        assert time.monotonic() < deadline, f"{verb} {resource}"
        time.sleep(0.02)


def whole_life(run_id: str, engine: str, node: Kubelet) -> None:
    """Two attempts of a job: one that ends and is told, one that is killed."""
    job = Job(f"ecommerce_orders_pipeline.step.{run_id}", "step", (), "small", engine, "ecommerce")
    backend = open_cluster()
    first = backend.submit(job)
    if engine == "duckdb":
        node.bind(NAMESPACE, Ref.parse(first).name)
        node.end(NAMESPACE, Ref.parse(first).name, 0, LOG)
    assert backend.wait(first, lambda _line: None).exit_code == 0
    backend.forget(first)
    backend.cancel(backend.submit(job))


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_the_charts_role_is_enough_for_a_job(
    spark_operator: SparkOperator, node: Kubelet, run_id: str, engine: str
) -> None:
    spark_operator.plan(run_id, Walk(("SUBMITTED", "RUNNING", "SUCCEEDING", "COMPLETED"), log=LOG))

    whole_life(run_id, engine, node)


@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: f"{right[2]} {right[1]}")
def test_without_any_verb_of_the_charts_role_a_job_fails_for_good_and_says_so(
    spark_operator: SparkOperator, node: Kubelet, run_id: str, without: Any, right: tuple[str, str, str]
) -> None:
    group, resource, verb = right
    without(*right)
    spark_operator.plan(run_id, Walk(("SUBMITTED", "RUNNING", "SUCCEEDING", "COMPLETED"), log=LOG))

    with pytest.raises(PermanentError, match=f'cannot {verb} resource "{resource}"'):
        whole_life(run_id, "spark" if group else "duckdb", node)


def test_the_role_that_is_tried_is_the_charts() -> None:
    granted = [
        (group, resource, verb)
        for rule in rules()
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]

    assert sorted(granted) == sorted(RIGHTS)


@pytest.mark.parametrize(
    ("verb", "resource"), [("get", "secrets"), ("create", "pods/exec"), ("watch", "pods"), ("get", "configmaps")]
)
def test_airflow_may_do_nothing_else_in_a_domain(installed: Installation, verb: str, resource: str) -> None:
    assert not installed.launcher_may(verb, "", resource)
