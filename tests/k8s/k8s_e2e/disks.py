"""Four small volumes that can be filled and broken, with a second store of the chart `minio` on them.

A pod holds four folders in memory; each is a volume of kind `local` for one server of the store. So the kubelet tells
how full they are, which it does not for a folder of the node (`hostPath`), and nothing of the node itself is filled.
"""

from __future__ import annotations

import json
import os

from k8s_e2e.cluster import ROOT, Object
from k8s_e2e.installation import Installation

SERVERS = 4
SIZE_MIB = 64
RELEASE = "spare"


class Disks:
    """Setting (environment): GRIDATA_E2E_KUBELET, the kubelet's folder on its node (default /var/lib/kubelet)."""

    def __init__(self, platform: Installation) -> None:
        self._cluster, self._namespace, self._platform = platform.cluster, platform.namespace, platform
        self._class = f"{platform.namespace}-{RELEASE}"

    def install(self) -> dict[str, Object]:
        """Make volumes and store; gives the store's scrape."""
        pod = self._holder()
        self._cluster.apply(pod)
        wait = ("wait", "--for=condition=Ready", "pod/disks", "--namespace", self._namespace, "--timeout=120s")
        self._cluster.kubectl(*wait)
        (found,) = self._cluster.get("pods", self._namespace, "app=disks")
        root = os.environ.get("GRIDATA_E2E_KUBELET", "/var/lib/kubelet")
        folder = f"{root}/pods/{found['metadata']['uid']}/volumes/kubernetes.io~empty-dir"
        self._cluster.apply(*(self._volume(i, f"{folder}/d{i}", found["spec"]["nodeName"]) for i in range(SERVERS)))
        values = {
            "replicas": SERVERS,
            "image": self._platform.minio_image(),
            "env": {"MINIO_PROMETHEUS_AUTH_TYPE": "public"},
            "persistence": {"size": f"{SIZE_MIB}Mi", "storageClass": self._class},
            "resources": {"requests": {"cpu": "20m", "memory": "128Mi"}},
        }
        chart = str(ROOT / "helm/charts/minio")
        words = ("upgrade", "--install", RELEASE, chart, "--namespace", self._namespace, "--values", "-")
        self._cluster.helm(*words, text=json.dumps(values))
        rollout = ("rollout", "status", f"statefulset/{RELEASE}", "--namespace", self._namespace, "--timeout=300s")
        self._cluster.kubectl(*rollout)
        labels = {"app.kubernetes.io/name": "minio", "app.kubernetes.io/instance": RELEASE}
        return {f"minio-{RELEASE}": {"labels": labels, "port": "s3", "path": "/minio/metrics/v3"}}

    def fill(self, left: float) -> None:
        """Until only this share of each is left."""
        each = "; ".join(
            f"head -c {int(SIZE_MIB * 1024 * 1024 * (1 - left))} /dev/zero >/d/{i}/fill" for i in range(SERVERS)
        )
        self._do(each)

    def empty(self) -> None:
        """As they were."""
        self._do("rm -f /d/*/fill")

    def break_last(self) -> None:
        """What the store keeps about its drive is no folder any more."""
        self._do(f"cd /d/{SERVERS - 1} && mv .minio.sys away && touch .minio.sys")

    def mend_last(self) -> None:
        """As it was."""
        self._do(f"cd /d/{SERVERS - 1} && rm -rf .minio.sys && mv away .minio.sys")

    def remove(self) -> None:
        """Store and volumes; they are no part of a namespace."""
        words = ("uninstall", RELEASE, "--namespace", self._namespace, "--ignore-not-found", "--wait")
        self._cluster.helm(*words)
        claims = [f"data-{RELEASE}-{i}" for i in range(SERVERS)]
        self._cluster.kubectl("delete", "pvc", *claims, "--namespace", self._namespace, "--ignore-not-found")
        self._cluster.kubectl("delete", "pv", *(f"{self._class}-{i}" for i in range(SERVERS)), "--ignore-not-found")

    def _do(self, script: str) -> None:
        self._cluster.kubectl("exec", "disks", "--namespace", self._namespace, "--", "sh", "-ec", script)

    def _holder(self) -> Object:
        image = self._platform.image("control")
        numbers = range(SERVERS)
        container = {
            "name": "disks",
            "image": f"{image['repository']}:{image['tag']}",
            "imagePullPolicy": "IfNotPresent",
            "command": ["sleep", "infinity"],
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "512Mi"}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [{"name": f"d{i}", "mountPath": f"/d/{i}"} for i in numbers],
        }
        memory = {"medium": "Memory", "sizeLimit": f"{SIZE_MIB}Mi"}
        spec = {
            "automountServiceAccountToken": False,
            "containers": [container],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "runAsGroup": 10001,
                "fsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "terminationGracePeriodSeconds": 1,
            "volumes": [{"name": f"d{i}", "emptyDir": memory} for i in numbers],
        }
        metadata = {"name": "disks", "namespace": self._namespace, "labels": {"app": "disks"}}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    def _volume(self, number: int, path: str, node: str) -> Object:
        here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        spec = {
            "capacity": {"storage": f"{SIZE_MIB}Mi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": self._class,
            "persistentVolumeReclaimPolicy": "Retain",
            "local": {"path": path},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        }
        metadata = {"name": f"{self._class}-{number}"}
        return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}
