"""How an object of a job ended, read from its status alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from gridata_dags.jobs import JsonObject
from gridata_dags.kubernetes.objects import Kind

CONTAINER = "job"
"""Container of a pod that runs `gridata-job`."""
DRIVER_CONTAINER = "spark-kubernetes-driver"
"""Spark's own name of the driver's container."""
_STUCK = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError"})
_APPLICATION_ENDS = frozenset({"COMPLETED", "FAILED"})
"""The operator moves every other state on by itself: SUBMISSION_FAILED becomes FAILED or a new submission,
PENDING_RERUN and INVALIDATING a new submission, SUCCEEDING and FAILING an end, UNKNOWN whatever the driver turns out
to be; a SUSPENDED application waits for whoever suspended it. Source: spark-operator 2.5, the controller's
`reconcile…SparkApplication` functions."""


@dataclass(frozen=True)
class End:
    """The end of a job's object.

    Attributes:
        exit_code: of the container; None where nobody knows it (evicted, lost with its node, never submitted).
        reason: what the cluster says of it.
    """

    exit_code: int | None
    reason: str


GONE = End(None, "the object is gone: somebody deleted it, or its namespace")


def end_of(kind: Kind, found: JsonObject | None) -> End | None:
    """None while it goes on."""
    return GONE if found is None else _ENDS[kind](found)


def stuck_reason(found: JsonObject | None) -> str | None:
    """Why a pod's container cannot start, where waiting alone will not mend it."""
    for status in _statuses(found or {}):
        waiting = _at(status, "state", "waiting")
        if waiting.get("reason") in _STUCK:
            return f"{waiting['reason']}: {waiting.get('message', '')}".strip(": ")
    return None


def pod_of(kind: Kind, found: JsonObject) -> str | None:
    """The pod whose log is the job's; None while Spark has made none."""
    if kind is Kind.POD:
        return cast(str, _at(found, "metadata").get("name"))
    name = _at(found, "status", "driverInfo").get("podName")
    return cast(str, name) if name else None


def end_of_pod(pod: JsonObject) -> End | None:
    """The end of a pod's one container that matters."""
    status = _at(pod, "status")
    phase, code = status.get("phase"), _exit_code(pod)
    if phase == "Succeeded" or (phase == "Failed" and code is not None):
        return End(
            code if code is not None else 0, str(status.get("reason") or _terminated(pod).get("reason") or phase)
        )
    if phase == "Failed":
        return End(None, f"{status.get('reason') or phase}: {status.get('message') or 'no container told its end'}")
    return None


def _end_of_application(application: JsonObject) -> End | None:
    state = _at(application, "status", "applicationState")
    name = state.get("state", "")
    if name not in _APPLICATION_ENDS:
        return None
    said = str(state.get("errorMessage") or name)
    return End(0 if name == "COMPLETED" else None, said)


_ENDS: Mapping[Kind, Callable[[JsonObject], End | None]] = {
    Kind.POD: end_of_pod,
    Kind.SPARK_APPLICATION: _end_of_application,
}


def _exit_code(pod: JsonObject) -> int | None:
    code = _terminated(pod).get("exitCode")
    return code if isinstance(code, int) else None


def _terminated(pod: JsonObject) -> JsonObject:
    return next((_at(s, "state", "terminated") for s in _statuses(pod) if _at(s, "state", "terminated")), {})


def _statuses(pod: JsonObject) -> Sequence[JsonObject]:
    """Of the containers that run `gridata-job`, not of what is put beside them."""
    statuses = cast("Sequence[JsonObject]", _at(pod, "status").get("containerStatuses") or ())
    return [status for status in statuses if status.get("name") in (CONTAINER, DRIVER_CONTAINER)]


def _at(tree: JsonObject, *path: str) -> JsonObject:
    for name in path:
        tree = cast("JsonObject", tree.get(name) or {})
    return tree
