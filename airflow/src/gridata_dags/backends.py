"""Back ends by name: where this installation runs its jobs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from gridata_contracts.errors import PermanentError
from gridata_dags.jobs import JobBackend
from gridata_dags.subprocess_backend import SubprocessBackend


def _in_cluster(kind: str | None) -> Callable[[], JobBackend]:
    """Loaded when chosen: the Kubernetes client takes longer to import than all else here."""

    def opened() -> JobBackend:
        from gridata_dags.kubernetes.backend import KubernetesBackend
        from gridata_dags.kubernetes.objects import Kind

        return KubernetesBackend(None if kind is None else Kind(kind))

    return opened


BACKEND_VARIABLE = "GRIDATA_JOB_BACKEND"
BACKENDS: Mapping[str, Callable[[], JobBackend]] = {
    "subprocess": SubprocessBackend,
    "pod": _in_cluster("pod"),
    "spark-application": _in_cluster("spark-application"),
    "kubernetes": _in_cluster(None),
}
"""`kubernetes` chooses by the job's engine; `pod` runs Spark within the pod, too."""


def open_backend(name: str | None = None) -> JobBackend:
    """A fresh back end of this name; without one, of the installation's (`GRIDATA_JOB_BACKEND`, or subprocess).

    Raises:
        PermanentError: no such back end.
    """
    chosen = name or os.environ.get(BACKEND_VARIABLE, "subprocess")
    if chosen not in BACKENDS:
        raise PermanentError(
            f"job back end: got {chosen!r}, allowed {', '.join(sorted(BACKENDS))}. Set {BACKEND_VARIABLE}."
        )
    return BACKENDS[chosen]()
