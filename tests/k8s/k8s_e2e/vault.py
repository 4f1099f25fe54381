"""One Vault in a cluster, started and unsealed by tests alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml
from k8s_e2e.cluster import ROOT, Cluster, Object, wait_for

if TYPE_CHECKING:
    import hvac

SETTING = "GRIDATA_E2E_VAULT"
"""An image whose entry point is `vault`."""
_LOCAL = ROOT / "helm/values/local/vault.yaml"


class Vault:
    """A server with the listener, storage and telemetry of our values, in a namespace of its own."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster, self.namespace = cluster, namespace
        self.address = f"http://vault.{namespace}.svc:8200"
        self._key, self.root_token = "", ""

    def install(self) -> None:
        """Make it; it answers, sealed and empty."""
        self._cluster.namespace(self.namespace)
        config = yaml.safe_load(_LOCAL.read_text())["server"]["ha"]["raft"]["config"]
        config = config.replace('service_registration "kubernetes" {}', "")
        config += 'api_addr = "http://127.0.0.1:8200"\ncluster_addr = "http://127.0.0.1:8201"\n'
        text = (ROOT / "tests/k8s/k8s_e2e/vault.yaml").read_text().replace("{namespace}", self.namespace)
        objects = list(yaml.safe_load_all(text.replace("{image}", os.environ[SETTING])))
        objects[0]["data"] = {"vault.hcl": config}
        self._cluster.apply(*objects)
        wait_for("a Vault that answers", self._answers, 120)

    def initialise(self) -> None:
        """Its first start: it gives its only key and its root's token."""
        made = self._post("sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self._key, self.root_token = made["keys"][0], made["root_token"]

    def unseal(self) -> None:
        """With the key that it gave; it serves afterwards."""
        wait_for("a Vault that answers", self._answers, 120)
        self._post("sys/unseal", {"key": self._key})
        wait_for("an unsealed Vault that leads", self._leads, 60)

    def delete_pod(self) -> None:
        """Its pod is made anew, and comes back sealed."""
        self._cluster.kubectl("delete", "pod", "vault-0", "--namespace", self.namespace)

    @contextmanager
    def client(self) -> Iterator[hvac.Client]:
        """A client with its root's token, through a port of this machine."""
        import hvac

        with self._cluster.forward(self.namespace, "vault", 8200) as address:
            yield hvac.Client(url=f"http://{address}", token=self.root_token)

    def remove(self) -> None:
        """All of it."""
        self._cluster.remove_namespaces(self.namespace)

    def _path(self, path: str) -> str:
        return f"/api/v1/namespaces/{self.namespace}/services/vault:8200/proxy/v1/{path}"

    def _answers(self) -> bool:
        return bool(self._ask("sys/seal-status"))

    def _leads(self) -> bool:
        return bool(self._ask("sys/leader").get("is_self"))

    def _ask(self, path: str) -> Object:
        try:
            answer: Object = json.loads(self._cluster.kubectl("get", "--raw", self._path(path)))
        except AssertionError:  # not there yet
            return {}
        return answer

    def _post(self, path: str, body: Object) -> Any:
        return json.loads(self._cluster.kubectl("create", "--raw", self._path(path), "-f", "-", text=json.dumps(body)))
