"""Parts by others that an installation may have beside it, each in a namespace of its own, from what the settings name.

Settings (environment), each optional; what is not named is not installed, and its alerts are not fired:
- GRIDATA_E2E_SPARK_OPERATOR: the packed Helm chart; GRIDATA_E2E_SPARK_OPERATOR_REGISTRY of its image.
- GRIDATA_E2E_VAULT: an image whose entry point is `vault`.
- GRIDATA_E2E_CERT_MANAGER: an image whose entry point is the controller; GRIDATA_E2E_CERT_MANAGER_CRDS the folder of
  its definitions, which stay in the cluster.
"""

from __future__ import annotations

import json
import os
from typing import Protocol

import yaml
from k8s_e2e import vault
from k8s_e2e.cluster import ROOT, Cluster, Object
from k8s_e2e.installation import Installation

HERE = ROOT / "tests/k8s/k8s_e2e"
VALUES = ROOT / "helm/values/local"


class Part(Protocol):
    """One of them."""

    component: str
    """As the chart `gridata` names it."""
    setting: str
    """Without it the part is not there."""

    broken: tuple[str, ...]
    """Alerts that `break_something` fires."""
    gone: tuple[str, ...]
    """Alerts that `take_away` fires."""

    def install(self) -> dict[str, Object]:
        """Make it; gives its scrapes."""

    def remove(self) -> None:
        """All of it."""

    def break_something(self) -> None:
        """In it."""

    def mend(self) -> None:
        """That again."""

    def take_away(self) -> None:
        """Its server."""

    def bring_back(self) -> None:
        """The server again."""


def named_parts(cluster: Cluster, platform: Installation) -> list[Part]:
    """Those that the settings name."""
    all_of_them: tuple[Part, ...] = (
        SparkOperator(cluster, platform),
        VaultServer(cluster, platform.namespace),
        CertManager(cluster, platform.namespace),
    )
    return [part for part in all_of_them if os.environ.get(part.setting)]


class SparkOperator:
    """The official chart with our values, for one namespace of jobs."""

    component, setting = "sparkOperator", "GRIDATA_E2E_SPARK_OPERATOR"
    broken: tuple[str, ...] = ("GridataSparkApplicationFailed", "GridataSparkSubmissionFailed")
    gone: tuple[str, ...] = ("GridataSparkOperatorAbsent",)
    _EXAMPLE = "local:///opt/gridata/venv/lib/python3.11/site-packages/pyspark/examples/src/main/python/pi.py"

    def __init__(self, cluster: Cluster, platform: Installation) -> None:
        self._cluster, self._platform = cluster, platform
        self.namespace, self.jobs_namespace = f"{platform.namespace}-operator", platform.jobs_namespace

    def install(self) -> dict[str, Object]:
        """Make it; gives its scrapes."""
        self._cluster.namespace(self.namespace)
        registry = os.environ.get("GRIDATA_E2E_SPARK_OPERATOR_REGISTRY")
        values = {
            "image": {"registry": registry} if registry else {},
            "spark": {"jobNamespaces": [self.jobs_namespace], "jobNamespaceSelector": ""},
        }
        chart = os.environ[self.setting]
        words = ("upgrade", "--install", "spark-operator", chart, "--namespace", self.namespace)
        given = ("--values", str(VALUES / "spark-operator.yaml"), "--values", "-", "--wait")
        self._cluster.helm(*words, *given, text=json.dumps(values))
        labels = {"app.kubernetes.io/name": "spark-operator", "app.kubernetes.io/component": "controller"}
        return {"spark-operator": {"namespace": self.namespace, "labels": labels, "port": "metrics"}}

    def break_something(self) -> None:
        """An application without its file, and one of nobody; and one that works, for the numbers."""
        self._apply("works", self._EXAMPLE, "gridata-driver")
        self._apply("fails", "local:///opt/gridata/no-such-job.py", "gridata-driver")
        self._apply("not-submitted", self._EXAMPLE, "nobody")

    def mend(self) -> None:
        """They are removed; what they counted is counted."""

    def take_away(self) -> None:
        """Its controller."""
        self._scale(0)

    def bring_back(self) -> None:
        """The controller again."""
        self._scale(1)

    def _scale(self, replicas: int) -> None:
        self._cluster.scale(self.namespace, "deployment/spark-operator-controller", replicas)

    def _apply(self, name: str, file: str, account: str) -> None:
        image = self._platform.image("spark-jobs")
        of = {"cores": 1, "coreRequest": "100m", "memory": "512m", "serviceAccount": account}
        spec = {
            "type": "Python",
            "mode": "cluster",
            "image": f"{image['repository']}:{image['tag']}",
            "imagePullPolicy": "IfNotPresent",
            "sparkVersion": "4.1.3",
            "mainApplicationFile": file,
            "restartPolicy": {"type": "Never"},
            "driver": of,
            "executor": {"cores": 1, "coreRequest": "100m", "memory": "512m", "instances": 1},
        }
        metadata = {"name": name, "namespace": self.jobs_namespace}
        kind = {"apiVersion": "sparkoperator.k8s.io/v1beta2", "kind": "SparkApplication"}
        self._cluster.apply({**kind, "metadata": metadata, "spec": spec})

    def remove(self) -> None:
        """All of it but the definitions."""
        words = ("uninstall", "spark-operator", "--namespace", self.namespace, "--ignore-not-found", "--wait")
        self._cluster.helm(*words)
        self._cluster.remove_namespaces(self.namespace)


class VaultServer:
    """One Vault; nobody unseals it but these tests."""

    component, setting = "vault", vault.SETTING
    broken: tuple[str, ...] = ("GridataVaultSealed", "GridataVaultAbsent")
    gone: tuple[str, ...] = ()

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._vault = vault.Vault(cluster, f"{namespace}-vault")

    def install(self) -> dict[str, Object]:
        """Make it; gives its scrapes."""
        self._vault.install()
        self._vault.initialise()
        self._vault.unseal()
        params = {"format": "prometheus"}
        labels = {"app.kubernetes.io/name": "vault", "component": "server"}
        scrape = {"namespace": self._vault.namespace, "labels": labels, "port": "http", "path": "/v1/sys/metrics"}
        return {"vault": {**scrape, "params": params}}

    def break_something(self) -> None:
        """Its pod is made anew, and comes back sealed."""
        self._vault.delete_pod()

    def mend(self) -> None:
        """With the key that it gave at its first start."""
        self._vault.unseal()

    def take_away(self) -> None:
        """Nothing: gone is sealed, to who asks for its numbers."""

    def bring_back(self) -> None:
        """Nothing."""

    def remove(self) -> None:
        """All of it."""
        self._vault.remove()


class CertManager:
    """The controller alone: its webhook only checks what people write."""

    component, setting = "certManager", "GRIDATA_E2E_CERT_MANAGER"
    broken: tuple[str, ...] = ("GridataCertificateExpires", "GridataCertificateNotReady")
    gone: tuple[str, ...] = ("GridataCertManagerAbsent",)

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster, self.namespace = cluster, f"{namespace}-certs"

    def install(self) -> dict[str, Object]:
        """Make it; gives its scrapes."""
        self._cluster.namespace(self.namespace)
        definitions = os.environ["GRIDATA_E2E_CERT_MANAGER_CRDS"]
        self._cluster.kubectl("apply", "--server-side", "--force-conflicts", "--filename", definitions)
        text = (HERE / "cert_manager.yaml").read_text().replace("{namespace}", self.namespace)
        self._cluster.apply(*yaml.safe_load_all(text.replace("{image}", os.environ[self.setting])))
        self._cluster.kubectl("rollout", "status", "deployment/cert-manager", "-n", self.namespace, "--timeout=180s")
        labels = {"app.kubernetes.io/name": "cert-manager"}
        return {"cert-manager": {"namespace": self.namespace, "labels": labels, "port": "http-metrics"}}

    def break_something(self) -> None:
        """A certificate of an hour, and one of an issuer that is not there."""
        self._certificate("short", "itself", "1h")
        self._certificate("never", "nobody", "2160h")

    def mend(self) -> None:
        """Nobody wants them any more."""
        self._cluster.kubectl("delete", "certificate", "short", "never", "--namespace", self.namespace)

    def take_away(self) -> None:
        """Its controller."""
        self._cluster.scale(self.namespace, "deployment/cert-manager", 0)

    def bring_back(self) -> None:
        """The controller again."""
        self._cluster.scale(self.namespace, "deployment/cert-manager", 1)

    def _certificate(self, name: str, issuer: str, duration: str) -> None:
        about = {"commonName": name, "dnsNames": [name], "duration": duration, "renewBefore": "5m"}
        spec = {"secretName": name, "issuerRef": {"name": issuer, "kind": "Issuer"}, **about}
        metadata, kind = {"name": name, "namespace": self.namespace}, "Certificate"
        self._cluster.apply({"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": metadata, "spec": spec})

    def remove(self) -> None:
        """All of it but the definitions."""
        self._cluster.kubectl("delete", "clusterrolebinding", self.namespace, "--ignore-not-found")
        self._cluster.remove_namespaces(self.namespace)
