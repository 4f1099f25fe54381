"""Gridata's own chart: domains, launchers, and the templates that Airflow makes jobs from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart_objects import allowed_ports, by_kind, pods

from gridata_contracts.custom_properties import PROFILES
from gridata_contracts.emit.dag import plan
from gridata_contracts.load import load_contracts
from gridata_contracts.pipelines import load_pipelines

pytestmark = pytest.mark.charts

ROOT = Path(__file__).parents[2]
LAUNCHERS = 'jobs.launchers=[{"name": "airflow-worker", "namespace": "airflow"}]'
Object = dict[str, Any]
Render = Callable[..., list[Object]]


def templates(objects: list[Object]) -> dict[str, Object]:
    """The three documents, read."""
    (found,) = [each for each in by_kind(objects, "ConfigMap") if "pod.yaml" in each["data"]]
    return {name: yaml.safe_load(text) for name, text in found["data"].items()}


def test_every_domain_of_the_repositorys_pipelines_has_a_namespace_in_the_local_environment(render: Render) -> None:
    pipelines = load_pipelines(ROOT / "data/pipelines", load_contracts(ROOT / "data/contracts"))
    domains = {task.domain for pipeline in pipelines for task in plan(pipeline).tasks}

    made = {each["metadata"]["name"] for each in by_kind(render("gridata", values="local"), "Namespace")}

    assert {f"gridata-{domain}" for domain in domains} <= made


def test_a_domain_is_bounded_and_refuses_what_is_not_restricted(render: Render) -> None:
    objects = render(
        "gridata",
        'jobs.domains={"platform": null, "shop": {"quota": {"pods": "3"}, "atOnce": {"duckdb": 1, "spark": 1}}}',
    )

    (namespace,) = by_kind(objects, "Namespace")
    (quota,) = by_kind(objects, "ResourceQuota")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert quota["spec"]["hard"] == {"pods": "3"}
    assert quota["metadata"]["namespace"] == namespace["metadata"]["name"] == "gridata-shop"
    assert len(by_kind(objects, "LimitRange")) == 1


def test_launchers_may_make_jobs_and_nothing_else(render: Render) -> None:
    objects = render("gridata", LAUNCHERS)

    for role in by_kind(objects, "Role"):
        given = {(resource, verb) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]}
        assert not {resource for resource, _ in given} & {"secrets", "pods/exec", "serviceaccounts", "roles", "*"}
        assert "*" not in {verb for _, verb in given}
    bound = [each for each in by_kind(objects, "RoleBinding") if each["roleRef"]["name"] == "gridata-launcher"]
    assert [subject["namespace"] for each in bound for subject in each["subjects"]] == ["airflow"] * len(bound)
    assert len(bound) == len(by_kind(objects, "Namespace"))


def test_without_launchers_nobody_may_make_jobs(render: Render) -> None:
    bound = by_kind(render("gridata"), "RoleBinding")

    assert {each["roleRef"]["name"] for each in bound} == {"gridata-driver"}


def test_profiles_are_those_that_contracts_may_name(render: Render) -> None:
    assert set(templates(render("gridata"))["profiles.yaml"]) == set(PROFILES)


def test_a_sweep_that_waits_for_its_ledger_is_not_ended_before_the_ledger_may_come(render: Render) -> None:
    objects = render("gridata", "init.waitSeconds=900")
    (sweep,) = (spec for name, _, _, spec in pods(objects) if name.endswith("-sweep"))
    probe = sweep["containers"][0]["startupProbe"]

    assert probe["periodSeconds"] * probe["failureThreshold"] > 900


def test_jobs_leave_trying_again_to_airflow(render: Render) -> None:
    found = templates(render("gridata"))

    assert found["pod.yaml"]["spec"]["restartPolicy"] == "Never"
    assert found["spark-application.yaml"]["spec"]["restartPolicy"] == {"type": "Never"}


def test_spark_is_of_the_version_of_the_lock(render: Render) -> None:
    versions = yaml.safe_load((ROOT / "helm/versions.yaml").read_text())

    spec = templates(render("gridata"))["spark-application.yaml"]["spec"]

    assert spec["sparkVersion"] == versions["runtimes"]["pyspark"]["version"]


def test_another_image_or_setting_makes_another_init_job(render: Render) -> None:
    def name(*settings: str) -> str:
        (job,) = by_kind(render("gridata", *settings), "Job")
        return str(job["metadata"]["name"])

    assert name() == name()
    changed = ('images.control.tag="v2"', 'settings.store="s3://other"', "sparkHistory.keptDays=3")
    assert len({name(), *map(name, changed)}) == 4


def test_a_sweep_without_airflow_starts_no_runs(render: Render) -> None:
    def arguments(*settings: str) -> list[str]:
        (sweep,) = (
            each for each in by_kind(render("gridata", *settings), "Deployment") if "sweep" in each["metadata"]["name"]
        )
        found: list[str] = sweep["spec"]["template"]["spec"]["containers"][0]["args"]
        return found

    assert "--no-dispatch" in arguments()
    assert "--dispatch" in arguments('settings.airflowUrl="http://airflow:8080"')


def test_who_reaches_what_is_as_the_policies_say(render: Render) -> None:
    """The matrix of pods and ports, computed from the rendered policies; whether a cluster keeps them is its own."""
    objects = [
        *render(
            "gridata",
            'networkPolicy.scrapersFrom=["monitoring"]',
            'sparkHistory.fromNamespaces=["ingress"]',
            release="gridata",
            namespace="gridata",
            values="local",
        ),
        *render("minio", 'networkPolicy.fromNamespaces=["gridata-ecommerce"]', release="minio", namespace="gridata"),
        *render("postgres", 'networkPolicy.fromNamespaces=["gridata-ecommerce"]', release="pg", namespace="gridata"),
    ]
    peers = ("gridata", "gridata-ecommerce", "monitoring", "ingress", "default")

    matrix = {
        (name, peer): allowed_ports(objects, labels, namespace.replace("{domain}", "ecommerce"), peer)
        for name, namespace, labels, _ in pods(objects)
        for peer in peers
    }

    reached = {key: ports for key, ports in matrix.items() if ports and not key[0].startswith("gridata-init")}
    assert reached == {
        ("gridata-sweep", "gridata"): {"metrics"},
        ("gridata-sweep", "monitoring"): {"metrics"},
        ("gridata-spark-history", "ingress"): {"http"},
        ("minio", "gridata"): {"s3"},
        ("minio", "gridata-ecommerce"): {"s3"},
        ("pg", "gridata"): {"postgres"},
        ("pg", "gridata-ecommerce"): {"postgres"},
        ("job", "gridata-ecommerce"): {"any"},
        ("driver", "gridata-ecommerce"): {"any"},
        ("executor", "gridata-ecommerce"): {"any"},
    }


def test_an_application_sets_nothing_that_the_operator_refuses_among_sparks_settings(render: Render) -> None:
    """Its webhook denies them (v2.5.2, internal/webhook/sparkconf_validator.go): fields of the application say them."""
    spec = templates(render("gridata"))["spark-application.yaml"]["spec"]
    refused = ("spark.kubernetes.authenticate.", "spark.master", "spark.kubernetes.driver.master", ".container.image")

    assert [key for key in spec["sparkConf"] for word in refused if word in key] == []
    assert (spec["driver"]["serviceAccount"], spec["executor"]["serviceAccount"]) == ("gridata-driver", "gridata-job")


BACKUP = ("backup.enabled=true", 'backup.place="s3://kept/shop"', 'backup.s3Endpoint="https://elsewhere.example"')


def test_backups_run_every_day_one_at_a_time_and_their_credentials_are_in_no_value(render: Render) -> None:
    objects = render("gridata", *BACKUP, 'backup.secret="backup"', 'backup.vault="https://vault.example"')
    (cron,) = by_kind(objects, "CronJob")
    (container,) = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]

    assert (cron["spec"]["concurrencyPolicy"], cron["spec"]["suspend"], cron["spec"]["timeZone"]) == (
        "Forbid",
        False,
        "Etc/UTC",
    )
    assert {one["secretRef"]["name"] for one in container["envFrom"] if "secretRef" in one} == {"gridata", "backup"}
    (settings,) = [each for each in by_kind(objects, "ConfigMap") if each["metadata"]["name"] == "r-settings"]
    said = {name: value for name, value in settings["data"].items() if "BACKUP" in name}
    assert said == {
        "GRIDATA_BACKUP": "s3://kept/shop",
        "GRIDATA_BACKUP_MAX_AGE_HOURS": "26",
        "GRIDATA_BACKUP_S3_ENDPOINT": "https://elsewhere.example",
        "GRIDATA_BACKUP_VAULT": "https://vault.example",
    }


def test_nothing_sweeps_and_nothing_is_backed_up_while_a_backup_is_brought_back(render: Render) -> None:
    objects = render("gridata", *BACKUP, 'backup.restore="latest"')
    (sweep,) = [each for each in by_kind(objects, "Deployment") if each["metadata"]["name"] == "r-sweep"]
    (cron,) = by_kind(objects, "CronJob")
    (job,) = by_kind(objects, "Job")
    (first,) = job["spec"]["template"]["spec"]["initContainers"]

    assert (sweep["spec"]["replicas"], cron["spec"]["suspend"]) == (0, True)
    assert first["args"][:3] == ["backup", "restore", "latest"]
    assert job["metadata"]["name"] != by_kind(render("gridata", *BACKUP), "Job")[0]["metadata"]["name"]


def init_name(render: Render, *settings: str) -> str:
    (job,) = by_kind(render("gridata", *BACKUP, *settings), "Job")
    return str(job["metadata"]["name"])


@pytest.mark.parametrize(
    "changed",
    [
        'backup.claim="other"',
        'backup.secret="other"',
        'backup.s3Endpoint="https://other.example"',
        'credentialsSecret="other"',
        'backup.resources.limits.memory="2Gi"',
    ],
)
def test_a_restore_from_elsewhere_is_a_new_job(render: Render, changed: str) -> None:
    given = ('backup.restore="latest"', 'backup.claim="kept"', 'backup.secret="kept"')

    assert init_name(render, *given) == init_name(render, *given)
    assert init_name(render, *given, changed) != init_name(render, *given)


def test_the_init_job_sees_no_backups_where_nothing_is_restored(render: Render) -> None:
    (job,) = by_kind(render("gridata", *BACKUP, 'backup.claim="kept"', 'backup.secret="kept"'), "Job")
    pod = job["spec"]["template"]["spec"]

    assert pod["volumes"] == [{"name": "tmp", "emptyDir": {}}]
    assert "kept" not in yaml.safe_dump(pod)
    assert init_name(render, 'backup.claim="other"') == init_name(render)


def test_a_backup_that_hangs_is_ended_and_its_age_is_the_environments(render: Render) -> None:
    objects = render("gridata", *BACKUP, "backup.deadlineSeconds=600", "backup.maxAgeHours=3")
    (cron,) = by_kind(objects, "CronJob")
    (settings,) = [each for each in by_kind(objects, "ConfigMap") if each["metadata"]["name"] == "r-settings"]

    assert cron["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 600
    assert settings["data"]["GRIDATA_BACKUP_MAX_AGE_HOURS"] == "3"


@pytest.mark.parametrize("given", ["backup.enabled=true", 'backup.restore="latest"'])
def test_a_backup_without_a_place_is_refused(render: Render, given: str) -> None:
    with pytest.raises(ValueError, match="/backup/place"):
        render("gridata", given)


def test_a_driver_of_either_back_end_bears_a_busy_api_server_for_a_minute(render: Render) -> None:
    objects = render("gridata")
    (defaults,) = [
        each["data"]["spark-defaults.conf"]
        for each in by_kind(objects, "ConfigMap")
        if "spark-defaults.conf" in each["data"]
    ]
    application = templates(objects)["spark-application.yaml"]["spec"]["sparkConf"]

    for name in ("spark.kubernetes.driver.connectionTimeout", "spark.kubernetes.driver.requestTimeout"):
        assert f"{name} 60000\n" in defaults
        assert application[name] == "60000"
