"""Prometheus and Alertmanager of the chart `monitoring` beside an installation, and a pod that hears the alerts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from k8s_e2e.cluster import ROOT, Object, wait_for
from k8s_e2e.installation import Installation

HERE = ROOT / "tests/k8s/k8s_e2e"
PATIENCE_DIVIDED_BY = 10
"""What the rules' `for` is divided by; names, expressions and the windows in them stay as they are."""
INTERVAL_S = 5
_SECURITY = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
_POD_SECURITY = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}


@dataclass(frozen=True)
class Heard:
    """One alert as Alertmanager posted it."""

    at_s: float
    path: str
    alert: str
    status: str
    labels: dict[str, str]
    summary: str


class Monitoring:
    """What a platform engineer adds to be told.

    Settings (environment): GRIDATA_E2E_PROMETHEUS and GRIDATA_E2E_ALERTMANAGER name images where the nodes do not pull
    the chart's own.
    """

    def __init__(self, platform: Installation, components: dict[str, bool], scrapes: dict[str, Object]) -> None:
        """
        Args:
            platform: what is watched; it must tell its numbers (`watched`).
            components: as the chart `gridata` takes them.
            scrapes: jobs beside those of sweep, store and Airflow, as the chart `monitoring` takes them.
        """
        self.platform, self.cluster, self._namespace = platform, platform.cluster, platform.namespace
        self._components = {"airflow": True, "minio": True, **components}
        self._scrapes = {**_scrapes(), **scrapes}

    def install(self, catalog: bool = False) -> None:
        """Everything; `catalog`: the receiver is the sweep's DataHub, too. Waits until it is ready."""
        self._receiver()
        self.rules(catalog)
        values = {
            "alertmanager": {
                **_image("ALERTMANAGER", "prom/alertmanager:v0.35.0"),
                "webhook": {"url": self.address("alerts")},
                "watchdog": {"url": self.address("watchdog"), "intervalSeconds": 10},
            },
            "kubelet": {"enabled": True},
            "prometheus": {**_image("PROMETHEUS", "prom/prometheus:v3.16.0"), "intervalSeconds": INTERVAL_S},
            "scrapes": self._scrapes,
        }
        chart = str(ROOT / "helm/charts/monitoring")
        words = ("upgrade", "--install", "monitoring", chart, "--namespace", self._namespace, "--values", "-")
        self.cluster.helm(*words, text=json.dumps(values))
        for what in ("deployment/receiver", *self.servers()):
            self.cluster.kubectl("rollout", "status", what, "--namespace", self._namespace, "--timeout=300s")

    def servers(self) -> tuple[str, str]:
        """Their objects."""
        return "statefulset/monitoring-alertmanager", "statefulset/monitoring-prometheus"

    def rules(self, catalog: bool = False) -> None:
        """Gridata's chart with the rules of what is there, then with less patience in them."""
        components = json.dumps(self._components)
        catalog_url = self.address("catalog") if catalog else ""
        url = f"settings.datahubUrl={json.dumps(catalog_url)}"
        self.platform.gridata(f"monitoring.components={components}", url)
        of_rules = "app.kubernetes.io/component=monitoring,!grafana_dashboard"
        (found,) = self.cluster.get("configmaps", self._namespace, of_rules)
        quick = {name: less_patient(text) for name, text in found["data"].items()}
        patch = json.dumps({"data": quick})
        self.cluster.kubectl("patch", "configmap", found["metadata"]["name"], "-n", self._namespace, "--patch", patch)

    def remove(self) -> None:
        """The chart; the rest goes with the namespace."""
        self.cluster.helm("uninstall", "monitoring", "--namespace", self._namespace, "--ignore-not-found", "--wait")

    def address(self, path: str) -> str:
        """Of the receiver, inside the cluster."""
        return f"http://receiver.{self._namespace}.svc:8080/{path}"

    def heard(self) -> list[Heard]:
        """All that Alertmanager posted, oldest first."""
        return [Heard(**each) for each in json.loads(self._get("receiver:8080", "heard"))]

    def hears(self, path: str, alert: str, since_s: float, within_s: float) -> Heard:
        """The first message since an instant that it fires, once there is one."""

        def look() -> Heard | None:
            wanted = (path, alert, "firing")
            found = (each for each in self.heard() if (each.path, each.alert, each.status) == wanted)
            return next((each for each in found if each.at_s >= since_s), None)

        return wait_for(f"{alert} at {path}", look, within_s)

    def catalog(self, mode: str) -> None:
        """`takes`, `refuses` or `is-down`, from now on."""
        path = self._path("receiver:8080", f"catalog/mode/{mode}")
        self.cluster.kubectl("create", "--raw", path, "-f", "-", text="{}")

    def ask(self, path: str) -> Any:
        """Prometheus's API: `query?query=up`; gives the `data` of its answer."""
        answer = json.loads(self._get("monitoring-prometheus:9090", f"api/v1/{path}"))
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expr: str) -> list[Object]:
        """Samples of an expression now."""
        return list(self.ask(f"query?query={quote(expr, safe='')}")["result"])

    def was_told(self, name: str) -> bool:
        """Whether there was ever a sample of this series."""
        return bool(self.ask(f"series?limit=1&start=0&match[]={quote(name, safe='')}"))

    def series_in(self, expr: str) -> set[str]:
        """Names of the series in an expression, as Prometheus itself reads it."""
        return set(_names(self.ask(f"parse_query?query={quote(expr, safe='')}")))

    def _get(self, service: str, path: str) -> str:
        """Asked again for a while: a pod on a busy node is not ready at times, and its service has nobody then."""

        def answer() -> str | None:
            try:
                return self.cluster.kubectl("get", "--raw", self._path(service, path))
            except AssertionError as error:
                said.append(str(error))
                return None

        said: list[str] = []
        try:
            return wait_for(f"{service}/{path}", answer, 120)
        except AssertionError as late:
            raise AssertionError(f"{late}: {said[-1]}") from late

    def _path(self, service: str, path: str) -> str:
        return f"/api/v1/namespaces/{self._namespace}/services/{service}/proxy/{path}"

    def _receiver(self) -> None:
        meta = {"name": "receiver", "namespace": self._namespace}
        labels, image = {"app": "receiver"}, self.platform.image("control")
        container = {
            "name": "receiver",
            "image": f"{image['repository']}:{image['tag']}",
            "imagePullPolicy": "IfNotPresent",
            "command": ["python3", "/receiver/receiver.py"],
            "ports": [{"containerPort": 8080}],
            "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 3, "timeoutSeconds": 10},
            "securityContext": _SECURITY,
            "volumeMounts": [{"name": "code", "mountPath": "/receiver", "readOnly": True}],
        }
        spec = {
            "containers": [container],
            "securityContext": _POD_SECURITY,
            "enableServiceLinks": False,
            "volumes": [{"name": "code", "configMap": {"name": "receiver"}}],
        }
        template = {"metadata": {"labels": labels}, "spec": spec}
        deployment = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        code = {"receiver.py": (HERE / "receiver.py").read_text()}
        service = {"selector": labels, "ports": [{"port": 8080}]}
        self.cluster.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": code},
            {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": service},
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": deployment},
        )


def less_patient(rules: str) -> str:
    """The same rules, each waiting a tenth as long."""
    seconds = {"s": 1, "m": 60, "h": 3600}

    def divided(found: re.Match[str]) -> str:
        return f"for: {int(found[1]) * seconds[found[2]] // PATIENCE_DIVIDED_BY}s"

    return re.sub(r"\bfor: (\d+)([smh])$", divided, rules, flags=re.MULTILINE)


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") in ("vectorSelector", "matrixSelector"):
            yield node["name"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _names(each)


def _image(name: str, default: str) -> dict[str, Object]:
    repository, _, tag = os.environ.get(f"GRIDATA_E2E_{name}", default).rpartition(":")
    return {"image": {"repository": repository, "tag": tag}}


def _scrapes() -> dict[str, Object]:
    """Those of docs/reference/monitoring.md for what an installation of these tests has."""
    gridata = {"app.kubernetes.io/name": "gridata", "app.kubernetes.io/component": "sweep"}
    store = {"app.kubernetes.io/name": "minio", "app.kubernetes.io/instance": "minio"}
    return {
        "airflow": {"labels": {"component": "statsd"}, "port": "statsd-scrape"},
        "gridata-sweep": {"labels": gridata, "port": "metrics"},
        "minio": {"labels": store, "port": "s3", "path": "/minio/metrics/v3"},
    }
