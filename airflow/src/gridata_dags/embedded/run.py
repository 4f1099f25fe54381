"""One DAG run: what was asked, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from gridata_contracts.errors import UsageError

EXIT_SUCCESS, EXIT_USAGE, EXIT_PERMANENT, EXIT_TRANSIENT = 0, 2, 3, 4


@dataclass(frozen=True)
class RunRequest:
    """A run to make, as a caller of the REST API would ask for it."""

    dag_id: str
    run_id: str
    conf: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class TaskOutcome:
    """One task of a finished run.

    Attributes:
        exit_code: of the job's last try; None when no job was started.
        report: the job's report; None when it gave none.
    """

    task_id: str
    state: str
    tries: int
    exit_code: int | None
    report: object


@dataclass(frozen=True)
class TriggeringEvent:
    """An asset event a run consumed."""

    asset: str
    dag_id: str | None
    run_id: str | None


@dataclass(frozen=True)
class RunOutcome:
    """A finished run.

    Attributes:
        exit_code: 0 success, 3 permanent failure, 4 transient failure after the last retry.
        adopted: the run had ended before; nothing was run now.
        due: DAGs whose asset condition is met after this run.
    """

    dag_id: str
    run_id: str
    run_type: str
    state: str
    exit_code: int
    adopted: bool
    seconds: float
    triggered_by: tuple[TriggeringEvent, ...]
    tasks: tuple[TaskOutcome, ...]
    due: tuple[str, ...] = ()


def exit_code_of(state: str, tasks: tuple[TaskOutcome, ...]) -> int:
    """Exit code of a run: transient only if every failed task's last try ended so."""
    if state == "success":
        return EXIT_SUCCESS
    failed = [task for task in tasks if task.state == "failed"]
    transient = [task for task in failed if task.exit_code is not None and task.exit_code not in (0, 1, 2, 3)]
    return EXIT_TRANSIENT if failed and len(transient) == len(failed) else EXIT_PERMANENT


def parse_request(line: str) -> RunRequest:
    """A request from `{"dag_id": …, "run_id": …, "conf": {…}}`.

    Raises:
        UsageError: the line is something else.
    """
    try:
        document = json.loads(line)
    except json.JSONDecodeError:
        document = None
    match document:
        case {"dag_id": str(dag_id), "run_id": str(run_id), "conf": dict(conf)}:
            return RunRequest(dag_id, run_id, conf)
        case {"dag_id": str(dag_id), "run_id": str(run_id)} if "conf" not in document:
            return RunRequest(dag_id, run_id)
    raise UsageError(
        f"run request: got {line.strip()[:120]!r}, "
        'allowed {"dag_id": "…", "run_id": "…", "conf": {…}} on one line. Correct the line.'
    )
