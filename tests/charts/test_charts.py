"""What holds for every object of our charts, with defaults and with everything turned on."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart_objects import by_kind, pods

pytestmark = pytest.mark.charts

CHARTS = Path(__file__).parents[2] / "helm" / "charts"
NAMES = sorted(path.parent.name for path in CHARTS.glob("*/Chart.yaml"))
FULL = {
    "monitoring": (
        "kubelet.enabled=true",
        'imagePullSecrets=["pull"]',
        'networkPolicy.fromNamespaces=["grafana"]',
        'alertmanager.existingSecret="alerts"',
        'alertmanager.slack={"urlKey": "slack", "channel": "#data"}',
        'alertmanager.pagerduty.routingKeyKey="pagerduty"',
        'alertmanager.email={"to": "a@b.example", "from": "c@b.example", "smarthost": "mail.example:587"}',
        'alertmanager.watchdog.urlKey="watchdog"',
    ),
    "minio": ("replicas=4", 'tls.secret="tls"', 'networkPolicy.fromNamespaces=["jobs"]', 'imagePullSecrets=["pull"]'),
    "postgres": ('tls.secret="tls"', 'networkPolicy.fromNamespaces=["jobs"]', 'persistence.storageClass="fast"'),
    "gridata": (
        'settings.airflowUrl="http://airflow:8080"',
        'sweep.airflowSecret="airflow"',
        'jobs.launchers=[{"name": "airflow-worker", "namespace": "airflow"}]',
        'imagePullSecrets=["pull"]',
        'sparkHistory.credentialsSecret="reader"',
        'sparkHistory.url="https://gridata.example/spark-history"',
        'sparkHistory.fromNamespaces=["ingress"]',
        'sparkHistory.ingress={"enabled": true, "host": "gridata.example", "className": "nginx", "tlsSecret": "tls"}',
    ),
}
Object = dict[str, Any]
Render = Callable[..., list[Object]]


@pytest.fixture(params=[(name, how) for name in NAMES for how in ("defaults", "full")], ids="-".join)
def objects(request: pytest.FixtureRequest, render: Render) -> list[Object]:
    name, how = request.param
    return render(name, *(FULL[name] if how == "full" else ()))


def test_every_chart_has_a_case_with_everything_turned_on() -> None:
    assert sorted(FULL) == NAMES


def test_pods_are_what_the_restricted_standard_asks_and_read_only_besides(objects: list[Object]) -> None:
    for name, _, _, spec in pods(objects):
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] > 0, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name
        assert all("hostPath" not in volume for volume in spec["volumes"]), name
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert own["readOnlyRootFilesystem"] is True, name


def test_pods_of_services_bound_their_memory_and_get_no_token_of_the_cluster(objects: list[Object]) -> None:
    for found in objects:
        if found["kind"] not in ("Deployment", "StatefulSet", "Job"):
            continue
        spec = found["spec"]["template"]["spec"]
        assert spec["automountServiceAccountToken"] is False
        for container in spec["containers"]:
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
            assert "memory" in container["resources"]["limits"]


def test_nothing_secret_is_in_a_rendered_object(objects: list[Object]) -> None:
    assert by_kind(objects, "Secret") == []
    for _, _, _, spec in pods(objects):
        for container in spec["containers"]:
            plain = {each["name"]: each.get("value") for each in container.get("env") or []}
            given = {name for name, value in plain.items() if value is not None}
            assert not {name for name in given if re.search(r"PASSWORD$|SECRET|TOKEN|_KEY$", name)}, container["name"]


def test_a_budget_stands_only_where_one_of_several_may_go(objects: list[Object]) -> None:
    several = [o for o in objects if o["kind"] in ("Deployment", "StatefulSet") and o["spec"]["replicas"] > 1]

    assert len(by_kind(objects, "PodDisruptionBudget")) == len(several)


def test_every_object_says_what_it_belongs_to(objects: list[Object]) -> None:
    for found in objects:
        assert found["metadata"]["labels"]["app.kubernetes.io/part-of"] == "gridata", found["metadata"]["name"]
        assert found["kind"] == "Namespace" or found["metadata"]["namespace"], found["metadata"]["name"]


def test_one_switch_moves_every_image_to_a_mirror(render: Render) -> None:
    for chart in NAMES:
        rendered = yaml.safe_dump_all(render(chart, *FULL[chart], 'registryMirror="mirror.example/team"'))
        images = re.findall(r"image: *(\S+)", rendered)
        assert images, chart
        assert [image for image in images if not image.startswith("mirror.example/team/")] == [], chart


def test_a_digest_wins_over_a_tag(render: Render) -> None:
    digest = f"sha256:{'ab' * 32}"

    (minio,) = by_kind(render("minio", f'image.digest="{digest}"'), "StatefulSet")

    assert minio["spec"]["template"]["spec"]["containers"][0]["image"] == f"gridata/minio@{digest}"


@pytest.mark.parametrize(
    ("chart", "setting", "names"),
    [
        ("minio", "replica=4", "replica"),
        ("minio", "replicas=2", "replicas"),
        ("minio", 'image.tag="latest"', "image"),
        ("minio", 'image.digest="sha256:short"', "digest"),
        ("minio", 'persistence.size="ten"', "size"),
        ("postgres", 'database="Robert; DROP"', "database"),
        ("postgres", 'password="hunter2"', "password"),
        ("gridata", 'settings.store="landing"', "store"),
        ("gridata", 'jobs.domains={"E-commerce": {"quota": {}}}', "E-commerce"),
        ("gridata", 'jobs.domains={"shop": {"atOnce": {"duckdb": 1, "spark": 1}}}', "quota"),
        ("gridata", 'jobs.domains={"shop": {"quota": {}}}', "atOnce"),
        ("gridata", 'sparkHistory.events="s3://whole-bucket"', "events"),
        ("gridata", "sparkHistory.ingress.enabled=true", "host"),
        ("gridata", 'jobs.launchers=[{"name": "airflow"}]', "launchers"),
        ("gridata", 'settings.password="hunter2"', "password"),
    ],
)
def test_a_wrong_value_is_refused_by_name_before_anything_is_made(
    render: Render, chart: str, setting: str, names: str
) -> None:
    with pytest.raises(ValueError, match=names):
        render(chart, setting)


@pytest.mark.parametrize("chart", NAMES)
def test_every_value_has_a_comment_above_it(chart: str) -> None:
    lines = (CHARTS / chart / "values.yaml").read_text().splitlines()
    schema = json.loads((CHARTS / chart / "values.schema.json").read_text())
    for name, about in schema["properties"].items():
        at = next(i for i, line in enumerate(lines) if line.startswith(f"{name}:"))
        is_group = about.get("type") == "object" and "properties" in about
        assert is_group or lines[at - 1].startswith("#"), name


@pytest.mark.parametrize("chart", NAMES)
def test_helm_lints_it_strictly(helm: str, chart: str) -> None:
    subprocess.run([helm, "lint", "--strict", "--quiet", str(CHARTS / chart)], check=True)
