"""Others' charts as Helm renders them with our values: nothing is known by default, nothing is open, nothing changes.

The charts are not in the repository. `GRIDATA_UPSTREAM_CHARTS` names a folder with a folder for each, of the version in
helm/versions.yaml and with its dependencies (`helm pull --untar`, `helm dependency build`).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.charts

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = sorted((ROOT / "terraform/envs").iterdir())
MIRROR = "mirror.example"
PINS = yaml.safe_load((ROOT / "helm/versions.yaml").read_text())["charts"]
KUBERNETES = "1.34.0"
TEMPLATED = {"DaemonSet", "Deployment", "Job", "StatefulSet"}
UNRESTRICTED = {"datahub"}
"""Charts whose pods say too little of their security; their namespaces ask for `baseline`."""
Object = dict[str, Any]
DRAWN = re.compile(r"\b\d{1,2} \d{1,2} \* \* \*|\bv\d+\.\d+\.\d+-[0-9a-f]{7}\b")
"""DataHub draws the time of its nightly clean-up at each render; a hash of that goes beside it."""


class Loader(yaml.SafeLoader):
    """Takes a lone `=` for a text, as Kubernetes does: PyYAML knows it from YAML 1.1 and makes nothing of it."""


def _text(_: Loader, node: yaml.ScalarNode) -> str:
    return str(node.value)


Loader.add_constructor("tag:yaml.org,2002:value", _text)

# What terraform/modules add that these claims depend on; `terraform test` holds the modules to it.
COMPUTED: dict[str, Object] = {
    "airflow": {
        "apiSecretKeySecretName": "keys",
        "data": {"brokerUrlSecretName": "none", "metadataSecretName": "metadata"},
        "fernetKeySecretName": "keys",
        "images": {"airflow": {"repository": f"{MIRROR}/gridata/airflow", "tag": "dev"}},
        "jwtSecretName": "keys",
        "triggerer": {"persistence": {"storageClassName": "fast"}},
        "workers": {"persistence": {"storageClassName": "fast"}},
    },
    "cert-manager": {"imageRegistry": MIRROR},
    "cloudnative-pg": {"image": {"repository": f"{MIRROR}/cloudnative-pg/cloudnative-pg"}},
    "cluster": {"cluster": {"imageName": f"{MIRROR}/cloudnative-pg/postgresql:15"}},
    "datahub": {
        "datahub-frontend": {"existingGmsSecret": {"name": "keys", "key": "frontend-secret"}},
        "global": {"imageRegistry": MIRROR},
    },
    "kube-prometheus-stack": {"global": {"imageRegistry": MIRROR}, "grafana": {"admin": {"existingSecret": "admin"}}},
    "spark-operator": {"hook": {"image": {"registry": MIRROR}}, "image": {"registry": MIRROR}},
    "vault": {"server": {"image": {"repository": f"{MIRROR}/hashicorp/vault"}}},
}


@pytest.fixture(scope="session")
def charts() -> Path:
    """Folder with others' charts."""
    named = os.environ.get("GRIDATA_UPSTREAM_CHARTS")
    if not named:
        pytest.skip("GRIDATA_UPSTREAM_CHARTS is not set: NO chart of others was rendered")
    return Path(named)


@pytest.fixture(scope="session")
def helm() -> str:
    """Path of the binary; a machine without Go fails here, loudly."""
    built = subprocess.run([str(ROOT / "scripts/build_tool.sh"), "helm"], check=True, stdout=subprocess.PIPE, text=True)
    return built.stdout.splitlines()[-1]


@pytest.fixture(scope="session", params=sorted(PINS))
def rendered(request: pytest.FixtureRequest, charts: Path, helm: str) -> tuple[str, str, str]:
    """Name of a chart and two renders of it with an environment's values, where that chart is there."""
    name: str = request.param
    if not (charts / name / "Chart.yaml").is_file():
        pytest.skip(f"{charts / name} is not there: {name} was NOT rendered")
    (environment,) = ENVIRONMENTS
    command = [helm, "template", name, str(charts / name), "--namespace", name, "--kube-version", KUBERNETES]
    command += ["--values", str(ROOT / "helm/values" / environment.name / f"{name}.yaml"), "--values", "-"]
    computed = yaml.safe_dump(COMPUTED.get(name, {}))
    first, second = (
        subprocess.run(command, input=computed, check=True, stdout=subprocess.PIPE, text=True).stdout for _ in range(2)
    )
    return name, first, second


@pytest.fixture
def objects(rendered: tuple[str, str, str]) -> list[Object]:
    return [found for found in yaml.load_all(rendered[1], Loader) if found]


def pods(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    """Of everything that is installed: pods of `helm test` are not."""
    for found in objects:
        if "test" in (found["metadata"].get("annotations") or {}).get("helm.sh/hook", ""):
            continue
        if found["kind"] in TEMPLATED:
            yield found["metadata"]["name"], found["spec"]["template"]["spec"]
        if found["kind"] == "CronJob":
            yield found["metadata"]["name"], found["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def containers(pod: Object) -> list[Object]:
    return [*(pod.get("initContainers") or []), *pod["containers"]]


def test_the_chart_is_of_the_pinned_version(rendered: tuple[str, str, str], charts: Path) -> None:
    name = rendered[0]
    assert yaml.safe_load((charts / name / "Chart.yaml").read_text())["version"] == PINS[name]["version"]


def test_two_renders_are_the_same_so_no_password_is_made_up(rendered: tuple[str, str, str]) -> None:
    _, first, second = rendered
    assert DRAWN.sub("", first) == DRAWN.sub("", second)


def test_nothing_is_open_to_the_world(objects: list[Object]) -> None:
    kinds = {(found["kind"], found["spec"].get("type", "ClusterIP")) for found in objects if found["kind"] == "Service"}
    assert kinds <= {("Service", "ClusterIP")}
    assert [found for found in objects if found["kind"] in ("Ingress", "HTTPRoute")] == []


def test_every_image_comes_from_the_mirror(objects: list[Object]) -> None:
    images = {container["image"] for _, pod in pods(objects) for container in containers(pod)}
    images |= {found["spec"]["image"] for found in objects if found["kind"] in ("Alertmanager", "Prometheus")}
    images |= {found["spec"]["imageName"] for found in objects if found["kind"] == "Cluster"}
    assert [image for image in images if not image.startswith(f"{MIRROR}/")] == []


def test_pods_meet_the_standard_of_their_namespace(rendered: tuple[str, str, str], objects: list[Object]) -> None:
    for name, pod in pods(objects):
        assert not {"hostNetwork", "hostPID", "hostIPC"} & {key for key, value in pod.items() if value}, name
        assert all("hostPath" not in volume for volume in pod.get("volumes") or []), name
        if rendered[0] in UNRESTRICTED:
            continue
        whole = pod.get("securityContext") or {}
        for container in containers(pod):
            own = container.get("securityContext") or {}
            about = (name, container["name"])
            assert own.get("runAsNonRoot", whole.get("runAsNonRoot")) is True, about
            assert (own.get("seccompProfile") or whole["seccompProfile"])["type"] == "RuntimeDefault", about
            assert own["allowPrivilegeEscalation"] is False, about
            assert own["capabilities"]["drop"] == ["ALL"], about


def test_a_volume_is_of_a_class_that_the_cluster_has(objects: list[Object]) -> None:
    claims = [
        claim["spec"].get("storageClassName")
        for found in objects
        if found["kind"] == "StatefulSet"
        for claim in found["spec"].get("volumeClaimTemplates") or []
    ]
    assert set(claims) <= {None, "fast"}
