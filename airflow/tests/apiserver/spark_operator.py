"""A stand-in for the Spark operator: it watches applications and walks each through the states that a test has planned.

What it does in a state (driver's pod, `driverInfo`, message) is what the operator does; it decides nothing.
Source: spark-operator v2.5.2, internal/controller/sparkapplication/controller.go and api/v1beta2.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kubernetes.client import CoreV1Api, CustomObjectsApi
from kubernetes.client.exceptions import ApiException
from kubernetes.watch import Watch
from urllib3.exceptions import HTTPError

from apiserver.installation import NAMESPACE, Installation
from apiserver.kubelet import NODE, Kubelet
from gridata_dags.kubernetes.ends import DRIVER_CONTAINER

STATES = frozenset({
    "", "SUBMITTED", "RUNNING", "COMPLETED", "FAILED", "SUBMISSION_FAILED", "PENDING_RERUN", "INVALIDATING",
    "SUCCEEDING", "FAILING", "SUSPENDING", "SUSPENDED", "RESUMING", "UNKNOWN",
})  # fmt: skip
"""Every `ApplicationStateType`; a new application has the empty one."""
_KIND = ("sparkoperator.k8s.io", "v1beta2")
_PLURAL = "sparkapplications"
_AGAIN_S = 0.2
Object = dict[str, Any]


@dataclass
class Walk:
    """What becomes of one application.

    Attributes:
        states: after the first one, in order.
        exit_code: of a driver that fails; None: its pod is lost.
        message: of a failure.
        log: what its drivers say.
        hold: called with each state before the next one is told; false ends the walk there.
    """

    states: Sequence[str]
    exit_code: int | None = 0
    message: str = ""
    log: str = ""
    hold: Callable[[str], bool] = lambda _state: True
    steps: int = field(default=0, init=False)


class SparkOperator:
    """`start`, `plan` walks, `stop`.

    Attributes:
        deletes_drivers: whether a deleted application's driver is deleted, too, as the cluster does with garbage.
    """

    def __init__(self, cluster: Installation, kubelet: Kubelet) -> None:
        self._core, self._kubelet = CoreV1Api(cluster.client), kubelet
        self._applications = CustomObjectsApi(cluster.client)
        self._walks: dict[str, Walk] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self.deletes_drivers = True

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def plan(self, run_id: str, walk: Walk) -> None:
        """What the next application of the run, which is not there yet, will go through."""
        self._walks[run_id] = walk

    def delete_driver(self, name: str) -> None:
        """The pod of a deleted application goes: it is told, stops, and is gone."""
        try:
            self._core.delete_namespaced_pod(name, NAMESPACE)
        except ApiException as error:
            if error.status != 404:
                raise
        else:
            self._kubelet.stop(NAMESPACE, name)

    def _follow(self) -> None:
        """Until stopped, whatever becomes of the API server meanwhile."""
        while not self._stopped.is_set():
            try:
                listed = self._applications.list_cluster_custom_object
                for event in Watch().stream(listed, *_KIND, _PLURAL, timeout_seconds=1):
                    self._act(event["type"], event["object"])
            except (ApiException, HTTPError, OSError):
                time.sleep(_AGAIN_S)

    def _act(self, event: str, application: Object) -> None:
        walk = self._walks.get(application["metadata"]["annotations"]["gridata.io/job-key"].rpartition(".")[2])
        if event == "DELETED" and self.deletes_drivers:
            self.delete_driver(driver_of(application))
        if event == "DELETED" or walk is None or walk.steps == len(walk.states):
            return
        state = _state(application)
        if state != ("", *walk.states)[walk.steps]:  # somebody else changed it, or it was told twice
            return
        if not walk.hold(state):
            walk.steps = len(walk.states)
            return
        self._move(application, walk, walk.states[walk.steps])
        walk.steps += 1

    def _move(self, application: Object, walk: Walk, state: str) -> None:
        name, status = driver_of(application), application.setdefault("status", {})
        status["driverInfo"] = {} if state in ("PENDING_RERUN", "SUSPENDED") else {"podName": name}
        failed = state in ("SUBMISSION_FAILED", "FAILING") or (state == "FAILED" and walk.message)
        status["applicationState"] = {"state": state, **({"errorMessage": walk.message} if failed else {})}
        if state in ("COMPLETED", "FAILED"):
            status["terminationTime"] = datetime.now(UTC).isoformat()
        self._move_driver(application, walk, state)
        self._applications.patch_namespaced_custom_object_status(
            *_KIND, NAMESPACE, _PLURAL, application["metadata"]["name"], {"status": status}
        )

    def _move_driver(self, application: Object, walk: Walk, state: str) -> None:
        name = driver_of(application)
        match state:
            case "SUBMITTED":
                self._core.create_namespaced_pod(NAMESPACE, _driver(application))
            case "RUNNING":
                self._kubelet.run(NAMESPACE, name)
            case "SUCCEEDING":
                self._kubelet.end(NAMESPACE, name, 0, walk.log)
            case "FAILING" if walk.exit_code is not None:
                self._kubelet.end(NAMESPACE, name, walk.exit_code, walk.log)
            case "FAILING" | "PENDING_RERUN" | "SUSPENDED":
                self._kubelet.drop(NAMESPACE, name)


def driver_of(application: Object) -> str:
    """Name of its driver's pod."""
    return f"{application['metadata']['name']}-driver"


def _state(application: Object) -> str:
    return str(application.get("status", {}).get("applicationState", {}).get("state", ""))


def _driver(application: Object) -> Object:
    """The pod that spark-submit makes, on a node already."""
    of, metadata = application["spec"]["driver"], application["metadata"]
    owner = {
        "apiVersion": "/".join(_KIND),
        "kind": "SparkApplication",
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
    container = {
        "name": DRIVER_CONTAINER,
        "image": application["spec"]["image"],
        "args": application["spec"]["arguments"],
        "env": of["env"],
        "envFrom": of["envFrom"],
        "securityContext": of["securityContext"],
        "volumeMounts": of["volumeMounts"],
        "resources": {
            "requests": {"cpu": of["coreRequest"], "memory": "1433Mi"},
            "limits": {"memory": "1433Mi"},
        },
    }
    spec = {
        "nodeName": NODE,
        "restartPolicy": "Never",
        "serviceAccountName": of["serviceAccount"],
        "securityContext": of["podSecurityContext"],
        "containers": [container],
        "volumes": application["spec"]["volumes"],
    }
    made = {"name": driver_of(application), "labels": of["labels"], "ownerReferences": [owner]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": made, "spec": spec}
