"""An API server in this process: pods, their logs and SparkApplications, as far as jobs ask for them.

Nothing moves by itself: a test says what the kubelet or the operator would have done next.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_PATH = re.compile(
    r"/(?:api/v1|apis/sparkoperator\.k8s\.io/v1beta2)/namespaces/(?P<namespace>[^/]+)"
    r"/(?P<plural>pods|sparkapplications)(?:/(?P<name>[^/]+))?(?P<log>/log)?"
)
Object = dict[str, Any]
Answer = tuple[int, Any]


class FakeKubernetes:
    """What is in the cluster, and what was asked of it.

    Attributes:
        objects: by (plural, namespace, name).
        logs: by (namespace, pod).
        refusals: answers that the next requests of a method get instead, first one first.
        calls: method and path of every request.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.objects: dict[tuple[str, str, str], Object] = {}
        self.logs: dict[tuple[str, str], str] = {}
        self.refusals: list[tuple[str, Answer]] = []
        self.calls: list[tuple[str, str]] = []

    def only(self, plural: str) -> Object:
        """The one object of a kind."""
        (found,) = [value for (kind, _, _), value in self.objects.items() if kind == plural]
        return found

    def end_pod(self, pod: Object, exit_code: int | None, log: str | None = None, reason: str = "") -> None:
        """The kubelet tells an end; None: it was evicted before any container told its own."""
        metadata = pod["metadata"]
        if log is not None:
            self.logs[metadata["namespace"], metadata["name"]] = log
        names = [container["name"] for container in pod["spec"]["containers"]]
        ended = {"exitCode": exit_code, "reason": "Completed" if exit_code == 0 else "Error"}
        pod["status"] = {
            "phase": "Succeeded" if exit_code == 0 else "Failed",
            "containerStatuses": []
            if exit_code is None
            else [{"name": n, "state": {"terminated": ended}} for n in names],
            **({"reason": reason} if reason else {}),
        }

    def move(self, application: Object, state: str, message: str = "", driver: str | None = None) -> None:
        """The operator tells a state."""
        status = application.setdefault("status", {})
        status["applicationState"] = {"state": state, "errorMessage": message}
        if driver is not None:
            status["driverInfo"] = {"podName": driver}

    def add_driver(self, application: Object) -> Object:
        """Spark makes its driver's pod."""
        metadata = application["metadata"]
        name = f"{metadata['name']}-driver"
        pod: Object = {
            "metadata": {"name": name, "namespace": metadata["namespace"], "labels": dict(metadata["labels"])},
            "spec": {"containers": [{"name": "spark-kubernetes-driver"}]},
            "status": {"phase": "Running"},
        }
        self.objects["pods", metadata["namespace"], name] = pod
        return pod

    def answer(self, method: str, path: str, body: Any) -> Answer:
        """Status and body."""
        parts = urlsplit(path)
        self.calls.append((method, parts.path))
        for at, (refused, answer) in enumerate(self.refusals):
            if refused == method:
                del self.refusals[at]
                return answer
        match = _PATH.fullmatch(parts.path)
        if match is None:
            return _status(404, f"no such path {parts.path}")
        namespace, plural, name = match["namespace"], match["plural"], match["name"]
        if match["log"]:
            text = self.logs.get((namespace, name))
            return _status(404, f"pods {name!r} not found") if text is None else (200, text)
        if method == "POST":
            return self._created(plural, namespace, body)
        if name is None:
            return 200, {"items": self._chosen(plural, namespace, parse_qs(parts.query))}
        found = self.objects.get((plural, namespace, name))
        if found is None:
            return _status(404, f"{plural} {name!r} not found")
        if method == "PATCH":
            found["metadata"].setdefault("labels", {}).update(body["metadata"]["labels"])
        if method == "DELETE":
            del self.objects[plural, namespace, name]
        return 200, found

    def _created(self, plural: str, namespace: str, body: Object) -> Answer:
        name = body["metadata"]["name"]
        if (plural, namespace, name) in self.objects:
            return _status(409, f"{plural} {name!r} already exists")
        made = deepcopy(body)
        made["metadata"] |= {"namespace": namespace, "creationTimestamp": datetime.now(UTC).isoformat()}
        self.objects[plural, namespace, name] = made | {"status": {"phase": "Pending"} if plural == "pods" else {}}
        return 201, self.objects[plural, namespace, name]

    def _chosen(self, plural: str, namespace: str, query: dict[str, list[str]]) -> list[Object]:
        pairs = [pair.split("=") for text in query.get("labelSelector", []) for pair in text.split(",")]
        return [
            found
            for (kind, place, _), found in self.objects.items()
            if (kind, place) == (plural, namespace)
            and all(found["metadata"].get("labels", {}).get(key) == value for key, value in pairs)
        ]


def _status(code: int, message: str) -> Answer:
    reason = {404: "NotFound", 409: "AlreadyExists"}[code]
    return code, {"kind": "Status", "code": code, "reason": reason, "message": message}


@contextmanager
def fake_kubernetes(kubeconfig: Path) -> Iterator[FakeKubernetes]:
    """A running server, and the kubeconfig that leads to it."""
    cluster: FakeKubernetes

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = cluster.answer(self.command, self.path, body)
            sent = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 # the library's names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cluster = FakeKubernetes(f"http://127.0.0.1:{server.server_port}")
    kubeconfig.write_text(json.dumps(_kubeconfig(cluster.url)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _kubeconfig(url: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "fake",
        "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
        "clusters": [{"name": "fake", "cluster": {"server": url}}],
        "users": [{"name": "fake", "user": {}}],
    }


def soon(act: Callable[[], None], after_s: float = 0.3) -> None:
    """Do something in a while."""
    timer = threading.Timer(after_s, act)
    timer.daemon = True
    timer.start()
