"""How an object of a job stands, read from its status alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from gridata_dags.jobs import JsonObject
from gridata_dags.kubernetes.objects import Kind

CONTAINER = "job"
"""Container of a pod that runs `gridata-job`."""
DRIVER_CONTAINER = "spark-kubernetes-driver"
"""Spark's own name of the driver's container."""
_STUCK = frozenset({
    "CreateContainerConfigError", "CreateContainerError", "ErrImageNeverPull", "ErrImagePull", "ImagePullBackOff",
    "InvalidImageName",
})  # fmt: skip
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
    if found is None:
        return GONE
    return end_of_pod(found) if kind is Kind.POD else _end_of_application(found)


def stuck_reason(pod: JsonObject | None) -> str | None:
    """Why a pod cannot start although it has a node; where waiting helps, it helps within minutes."""
    if pod is None or _at(pod, "status").get("phase") != "Pending":
        return None
    waiting = [_at(status, "state", "waiting") for status in _statuses(pod)]
    for state in waiting:
        if state.get("reason") in _STUCK:
            return f"{state['reason']}: {state.get('message', '')}".strip(": ")
    conditions = cast("Sequence[JsonObject]", _at(pod, "status").get("conditions") or ())
    has_node = any(each.get("type") == "PodScheduled" and each.get("status") == "True" for each in conditions)
    return "its containers were not started: a volume or a secret may be missing" if has_node else None


def is_leaving(found: JsonObject | None) -> bool:
    """Whether it is being deleted; with its node lost that may take for ever."""
    return found is not None and _at(found, "metadata").get("deletionTimestamp") is not None


def pod_of(kind: Kind, found: JsonObject) -> str | None:
    """The pod whose log is the job's; None while Spark has made none."""
    if kind is Kind.POD:
        return cast(str, _at(found, "metadata").get("name"))
    name = _at(found, "status", "driverInfo").get("podName")
    return cast(str, name) if name else None


def end_of_pod(pod: JsonObject) -> End | None:
    """The job's container decides: one beside it may run for ever."""
    status = _at(pod, "status")
    ended = next((_at(s, "state", "terminated") for s in _own(pod) if _at(s, "state", "terminated")), None)
    if ended is not None:
        code = ended.get("exitCode")
        return End(code if isinstance(code, int) else None, str(status.get("reason") or ended.get("reason") or "ended"))
    if status.get("phase") == "Failed":
        said = status.get("message") or "no container told its end"
        return End(None, f"{status.get('reason') or 'Failed'}: {said}")
    return End(None, "Succeeded, but no container told its end") if status.get("phase") == "Succeeded" else None


def _end_of_application(application: JsonObject) -> End | None:
    state = _at(application, "status", "applicationState")
    name = state.get("state", "")
    if name not in _APPLICATION_ENDS:
        return None
    return End(0 if name == "COMPLETED" else None, str(state.get("errorMessage") or name))


def _own(pod: JsonObject) -> Sequence[JsonObject]:
    """Statuses of the container that runs `gridata-job`, not of what is put beside it."""
    statuses = cast("Sequence[JsonObject]", _at(pod, "status").get("containerStatuses") or ())
    return [status for status in statuses if status.get("name") in (CONTAINER, DRIVER_CONTAINER)]


def _statuses(pod: JsonObject) -> Sequence[JsonObject]:
    """Of everything that has to start first, and of everything else."""
    status = _at(pod, "status")
    found = [status.get(name) or () for name in ("initContainerStatuses", "containerStatuses")]
    return [each for some in cast("Sequence[Sequence[JsonObject]]", found) for each in some]


def _at(tree: JsonObject, *path: str) -> JsonObject:
    for name in path:
        tree = cast("JsonObject", tree.get(name) or {})
    return tree
