"""Back ends by name: where this installation runs its jobs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from gridata_contracts.errors import PermanentError
from gridata_dags.jobs import JobBackend
from gridata_dags.subprocess_backend import SubprocessBackend

BACKEND_VARIABLE = "GRIDATA_JOB_BACKEND"
BACKENDS: Mapping[str, Callable[[], JobBackend]] = {"subprocess": SubprocessBackend}


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
