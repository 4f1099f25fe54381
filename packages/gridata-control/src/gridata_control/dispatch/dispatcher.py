"""What the outbox asks of whoever runs DAGs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gridata_contracts.errors import GridataError
from gridata_contracts.model import JsonValue

OVERRIDE_GATE = "override_gate"
"""Key of a run's conf: true publishes the batch whatever its quality gate says."""
REWRITE = "rewrite"
"""Key of a run's conf: number of the rewrite of a published batch that the run is to do."""
LANE = "lane"
"""Key of a run's conf: the lane that the batch's size or contract asks for, so that the run gets what it needs."""


class NoRunsError(GridataError):
    """No run can be started now, of any DAG, so that the other batches need not be tried.

    Always one of PermanentError, TransientError or UsageError, too.
    """


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
        conf: `batch_id`, `dataset`, `lane`, and `as_of` (UTC, ISO 8601): the one instant every step of the run
            calculates with; `override_gate` where somebody decided so; `rewrite` for the rewrite of a published batch.
    """

    dag_id: str
    run_id: str
    conf: Mapping[str, JsonValue]


@dataclass(frozen=True)
class RunEnd:
    """A run that is over.

    Attributes:
        exit_code: 0 done, 3 permanent, 4 transient.
        error: which task failed and how; None when none did.
    """

    dag_id: str
    run_id: str
    state: RunState
    exit_code: int
    error: str | None = None


@dataclass(frozen=True)
class Started:
    """A run that was made.

    Attributes:
        exit_code: worst of the run and of all that followed it, where `start` saw their end; else None.
        error: why the run failed, as far as its runner says; None when it did not, or nobody knows yet.
        followed: runs that the tables it published made due, where the dispatcher runs them, too.
    """

    state: RunState
    exit_code: int | None = None
    error: str | None = None
    followed: tuple[RunEnd, ...] = ()


class Dispatcher(Protocol):
    """Starts runs. One that does not answer raises TransientError; the batch then stays in the outbox."""

    @property
    def runs_here(self) -> bool:
        """Whether `start` runs the DAG itself and returns at its end, so that nobody else may start it meanwhile."""
        ...

    def start(self, request: RunRequest) -> Started | None:
        """Start the run.

        Returns:
            The new run; None when a run of this id was there already.

        Raises:
            PermanentError: the request is refused.
            NoRunsError: nobody answers, or nobody lets us in.
        """
        ...

    def state(self, dag_id: str, run_id: str) -> RunState | None:
        """State of a run; None when there is no such run, or nobody can know."""
        ...
