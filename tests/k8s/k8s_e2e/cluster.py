"""A cluster by its kubeconfig, as kubectl and Helm see it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parents[3]
STEP_S = 1.0
Object = dict[str, Any]
T = TypeVar("T")


class Cluster:
    """Whatever KUBECONFIG names. Every call raises AssertionError with what the tool said."""

    def __init__(self, helm: str) -> None:
        self._helm = helm

    def kubectl(self, *words: str, text: str | None = None) -> str:
        """What it printed."""
        return _run(["kubectl", *words], text)

    def helm(self, *words: str, text: str | None = None) -> str:
        """What it printed."""
        return _run([self._helm, *words], text)

    def get(self, kind: str, namespace: str | None = None, selector: str = "") -> list[Object]:
        """Objects of a kind, oldest first."""
        where = ["--namespace", namespace] if namespace else ["--all-namespaces"]
        found = json.loads(self.kubectl("get", kind, *where, "--selector", selector, "--output", "json"))["items"]
        return sorted(found, key=lambda each: str(each["metadata"]["creationTimestamp"]))

    def apply(self, *objects: Object) -> None:
        """Make them, or make them so."""
        self.kubectl(
            "apply", "--filename", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        )

    def namespace(self, name: str) -> None:
        """Make it, for pods without privileges."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})

    def remove_namespaces(self, *names: str) -> None:
        """With all that is in them; volumes go with their claims."""
        self.kubectl("delete", "namespace", *names, "--ignore-not-found", "--timeout=300s")

    def scale(self, namespace: str, what: str, replicas: int, *, wait: bool = True) -> None:
        """So many pods of it, once they are ready."""
        self.kubectl("scale", what, f"--replicas={replicas}", "--namespace", namespace)
        if wait:
            self.kubectl("rollout", "status", what, "--namespace", namespace, "--timeout=180s")

    @contextmanager
    def forward(self, namespace: str, service: str, port: int) -> Iterator[str]:
        """Host and port of this machine that lead to a service's port."""
        command = ["kubectl", "port-forward", f"service/{service}", f":{port}", "--namespace", namespace]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forward:
            try:
                assert forward.stdout is not None
                said = forward.stdout.readline()  # Forwarding from 127.0.0.1:40001 -> 9000
                yield said.split()[2]
            finally:
                forward.terminate()

    def secret(self, namespace: str, name: str, values: Mapping[str, str]) -> None:
        """Make a Secret; its values stand on no command line."""
        metadata = {"name": name, "namespace": namespace}
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": dict(values)})


def wait_for(what: str, question: Callable[[], T | None], within_s: float) -> T:
    """The first answer that is true.

    Raises:
        AssertionError: there was none in time.
    """
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(STEP_S)
    raise AssertionError(f"{what}: not within {within_s:.0f} s")


def _run(command: list[str], text: str | None = None) -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, env=os.environ, timeout=600)
    assert done.returncode == 0, f"{' '.join(command[:4])} …: {done.stderr.strip() or done.stdout.strip()}"
    return done.stdout
