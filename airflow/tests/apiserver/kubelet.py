"""The one node of the tests' cluster: what a kubelet would tell of a pod, when a test says so, and the pod's log."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from kubernetes.client import CoreV1Api
from servers.apiserver import ApiServer

NODE = "node-1"


class Kubelet:
    """Pods of the node.

    Attributes:
        logs: by (namespace, pod, container).
    """

    def __init__(self, core: CoreV1Api) -> None:
        self._core = core
        self.logs: dict[tuple[str, str, str], str] = {}

    def bind(self, namespace: str, name: str) -> None:
        """The scheduler gives the pod this node."""
        binding = {"metadata": {"name": name}, "target": {"kind": "Node", "name": NODE}}
        self._core.create_namespaced_pod_binding(name, namespace, binding, _preload_content=False)
        scheduled = {"conditions": [{"type": "PodScheduled", "status": "True"}]}
        self._tell(namespace, name, scheduled)

    def run(self, namespace: str, name: str) -> None:
        """Its containers run."""
        states = self._states(namespace, name, {"running": {"startedAt": "2026-01-01T00:00:00Z"}})
        self._tell(namespace, name, {"phase": "Running", "containerStatuses": states})

    def wait(self, namespace: str, name: str, reason: str) -> None:
        """Its containers cannot be started."""
        states = self._states(namespace, name, {"waiting": {"reason": reason, "message": "not there"}})
        self._tell(namespace, name, {"phase": "Pending", "containerStatuses": states})

    def end(self, namespace: str, name: str, exit_code: int, log: str = "") -> None:
        """Its containers have ended, having said so much."""
        self.logs |= {(namespace, name, container): log for container in self._containers(namespace, name)}
        states = self._states(namespace, name, {"terminated": {"exitCode": exit_code, "reason": "Ended"}})
        phase = "Failed" if exit_code else "Succeeded"
        self._tell(namespace, name, {"phase": phase, "containerStatuses": states})

    def evict(self, namespace: str, name: str) -> None:
        """The node has no room for it any more."""
        self._tell(namespace, name, {"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."})

    def stop(self, namespace: str, name: str) -> None:
        """A pod that is being deleted has stopped within its time, and is gone."""
        self.end(namespace, name, 143)
        self.drop(namespace, name)

    def drop(self, namespace: str, name: str) -> None:
        """The pod is gone at once."""
        self._core.delete_namespaced_pod(name, namespace, grace_period_seconds=0)

    def _containers(self, namespace: str, name: str) -> list[str]:
        return [each.name for each in self._core.read_namespaced_pod(name, namespace).spec.containers]

    def _states(self, namespace: str, name: str, state: dict[str, Any]) -> list[dict[str, Any]]:
        known = {"image": "jobs:1", "imageID": "", "ready": False, "restartCount": 0, "state": state}
        return [{"name": container, **known} for container in self._containers(namespace, name)]

    def _tell(self, namespace: str, name: str, status: dict[str, Any]) -> None:
        self._core.patch_namespaced_pod_status(name, namespace, {"status": status})


@contextmanager
def kubelet(core: CoreV1Api, server: ApiServer) -> Iterator[Kubelet]:
    """A node whose pods' logs the API server can ask for."""
    node = Kubelet(core)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, _, namespace, pod, container = urlsplit(self.path).path.split("/")  # /containerLogs/…
            found = node.logs.get((namespace, pod, container))
            self.send_response(404 if found is None else 200)
            self.end_headers()
            self.wfile.write((found or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(server.certificate, server.key)
    logs = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    logs.socket = tls.wrap_socket(logs.socket, server_side=True)
    thread = threading.Thread(target=logs.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        core.create_node(_node(logs.server_port))
        yield node
    finally:
        logs.shutdown()
        logs.server_close()
        thread.join()


def _node(port: int) -> dict[str, Any]:
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}, "status": status}
