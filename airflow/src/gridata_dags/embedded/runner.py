"""Run DAG runs one after another in this process, through `dag.test()`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
from airflow.exceptions import ParamValidationError
from airflow.models import dagrun as dagrun_module
from airflow.models.dagrun import DagRun
from airflow.models.deadline import Deadline
from airflow.models.xcom import XComModel
from airflow.sdk import DAG
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gridata_contracts.errors import PermanentError, UsageError
from gridata_dags.embedded.run import RunOutcome, RunRequest, TaskOutcome, TriggeringEvent, exit_code_of
from gridata_dags.embedded.schedule import create_due_runs, due_dags, retire_absent
from gridata_dags.operators import EXIT_CODE_KEY

log = logging.getLogger(__name__)

_LEFT_BEHIND = (TaskInstanceState.RUNNING, TaskInstanceState.QUEUED, TaskInstanceState.SCHEDULED)


class EmbeddedRunner:
    """The DAGs of this installation, ready to run. Make one per process, under the home's lock.

    Raises:
        PermanentError: a DAG file cannot be imported.
    """

    def __init__(self) -> None:
        self._dags = _parse_and_store_dags()

    def run(self, request: RunRequest) -> RunOutcome:
        """Make the run and see it end; a run id that has ended before is adopted, one left unfinished is resumed.

        Raises:
            UsageError: no such DAG, or its parameters refuse the conf.
        """
        if request.dag_id not in self._dags:
            raise UsageError(f"DAG: got {request.dag_id!r}, allowed {', '.join(sorted(self._dags))}. Name one of them.")
        started = time.monotonic()
        adopted = _state_of(request) in (DagRunState.SUCCESS, DagRunState.FAILED)
        if not adopted:
            self._execute(request)
        outcome = _outcome_of(request, adopted=adopted, seconds=time.monotonic() - started)
        return replace(outcome, due=tuple(due_dags()))

    def due(self) -> dict[str, list[str]]:
        """DAGs whose asset condition is met, with the URIs of the assets published since they last ran."""
        return due_dags()

    def follow(self) -> Iterator[RunOutcome]:
        """Run what the published assets made due, and what that made due, until nothing is."""
        while waiting := [each for each in create_due_runs() if each[0] in self._dags]:
            for dag_id, run_id in waiting:
                yield self.run(RunRequest(dag_id, run_id))

    def _execute(self, request: RunRequest) -> None:
        dag = self._dags[request.dag_id]
        # A logical date of its own keeps dag.test() from clearing earlier runs; the run itself has none.
        try:
            with _running(request):
                dag.test(logical_date=datetime.now(UTC), run_conf=dict(request.conf))
        except ParamValidationError as e:
            raise UsageError(f"run {request.run_id} of {request.dag_id}: {e}") from e
        if _state_of(request) == DagRunState.SUCCESS:
            _announce_success(dag, request.run_id)


def _parse_and_store_dags() -> Mapping[str, DAG]:
    manager = DagBundlesManager()  # type: ignore[no-untyped-call]
    manager.sync_bundles_to_db()
    dags: dict[str, DAG] = {}
    for bundle in manager.get_all_dag_bundles():
        bundle.initialize()
        bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        if bag.import_errors:
            file, error = next(iter(bag.import_errors.items()))
            raise PermanentError(f"DAG file {file}: {error.strip().splitlines()[-1]}")
        sync_bag_to_db(bag, bundle.name, bundle.version)
        dags |= bag.dags
    retire_absent(dags)
    return dags


@contextmanager
def _running(request: RunRequest) -> Iterator[None]:
    """Within this block `dag.test()` works on the asked run instead of one it invents.

    Its only way in is `get_or_create_dagrun`, which in Airflow 3.3 always makes a new manual run with a generated id.
    """
    original = dagrun_module.get_or_create_dagrun

    def get_or_create(*, dag: Any, session: Session, run_after: datetime, **_given: Any) -> DagRun:
        # At the end of a successful run dag.test() of Airflow 3.3.2 dies on deadlines (apache/airflow#73428; nobody
        # watches them here anyway) and on DAG callbacks when a parameter is required: those are called afterwards.
        dag.deadline, dag.has_on_success_callback = None, False
        run = session.scalar(_select_run(request)) or dag.create_dagrun(
            run_id=request.run_id,
            logical_date=None,
            data_interval=None,
            run_after=run_after,
            conf=dict(request.conf),
            run_type=DagRunType.MANUAL,
            state=DagRunState.RUNNING,
            triggered_by=DagRunTriggeredByType.CLI,
            triggering_user_name="gridata",
            start_date=run_after,
            session=session,
        )
        return _resume(run, dag, session)

    dagrun_module.get_or_create_dagrun = get_or_create
    try:
        yield
    finally:
        dagrun_module.get_or_create_dagrun = original


def _resume(run: DagRun, dag: Any, session: Session) -> DagRun:
    """Put a new, queued or orphaned run into the running state; what a killed process was doing is done again."""
    run.dag = dag
    run.state = DagRunState.RUNNING
    session.execute(delete(Deadline).where(Deadline.dagrun_id == run.id))
    for task in run.get_task_instances(state=_LEFT_BEHIND, session=session):
        task.state = None
    session.commit()
    return run


def _announce_success(dag: DAG, run_id: str) -> None:
    """Call the DAG's success callbacks as Airflow does; one that fails changes nothing about the run."""
    for callback in cast(list[Callable[[Any], None]], dag.on_success_callback or []):
        try:
            callback({"dag": dag, "run_id": run_id, "reason": "success"})
        except Exception:
            log.exception("callback failed dag=%s run=%s", dag.dag_id, run_id)


def _select_run(request: RunRequest) -> Any:
    return select(DagRun).where(DagRun.dag_id == request.dag_id, DagRun.run_id == request.run_id)


def _state_of(request: RunRequest) -> str | None:
    with create_session() as session:
        run = session.scalar(_select_run(request))
        return None if run is None else run.state


def _outcome_of(request: RunRequest, *, adopted: bool, seconds: float) -> RunOutcome:
    with create_session() as session:
        run = session.scalars(_select_run(request)).one()
        tasks = tuple(_task_outcome(task, _xcoms(run, session)) for task in run.get_task_instances(session=session))
        events = [
            TriggeringEvent(event.asset.uri, event.source_dag_id, event.source_run_id)
            for event in run.consumed_asset_events
        ]
        return RunOutcome(
            dag_id=run.dag_id,
            run_id=run.run_id,
            run_type=run.run_type,
            state=run.state,
            exit_code=exit_code_of(run.state, tasks),
            adopted=adopted,
            seconds=round(seconds, 3),
            triggered_by=tuple(sorted(events, key=lambda event: (event.asset, event.run_id or ""))),
            tasks=tuple(sorted(tasks, key=lambda task: task.task_id)),
        )


def _task_outcome(task: Any, xcoms: Mapping[tuple[str, str], object]) -> TaskOutcome:
    exit_code = xcoms.get((task.task_id, EXIT_CODE_KEY))
    return TaskOutcome(
        task_id=task.task_id,
        state=task.state or "none",
        tries=task.try_number,
        exit_code=exit_code if isinstance(exit_code, int) else None,
        report=xcoms.get((task.task_id, "return_value")),
    )


def _xcoms(run: DagRun, session: Session) -> dict[tuple[str, str], object]:
    rows = cast(Iterable[XComModel], session.scalars(XComModel.get_many(run_id=run.run_id, dag_ids=run.dag_id)))
    return {(row.task_id, row.key): XComModel.deserialize_value(row) for row in rows}
