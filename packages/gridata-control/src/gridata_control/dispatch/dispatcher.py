"""What the outbox asks of whoever runs DAGs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gridata_contracts.model import JsonValue


class RunState(StrEnum):
    """State of a DAG run, in Airflow's words."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"


@dataclass(frozen=True)
class RunRequest:
    """One run of one DAG; the run id is the idempotency key.

    Attributes:
        conf: `batch_id`, `dataset`, and `as_of` (UTC, ISO 8601): the one instant every step of the run calculates with.
    """

    dag_id: str
    run_id: str
    conf: Mapping[str, JsonValue]


class Dispatcher(Protocol):
    """Starts runs. One that does not answer raises TransientError; the batch then stays in the outbox."""

    @property
    def runs_here(self) -> bool:
        """Whether `start` runs the DAG itself and returns at its end, so that nobody else may start it meanwhile."""
        ...

    def start(self, request: RunRequest) -> RunState | None:
        """Start the run.

        Returns:
            The state of the new run; None when a run of this id was there already.

        Raises:
            PermanentError: the request is refused, for example for wrong credentials.
        """
        ...

    def state(self, dag_id: str, run_id: str) -> RunState | None:
        """State of a run; None when there is no such run, or nobody can know."""
        ...
