"""What became due: Airflow's own asset scheduling, without its scheduler process."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models.asset import AssetDagRunQueue
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunType
from sqlalchemy import select, update
from sqlalchemy.orm import Session

_UNFINISHED = (DagRunState.QUEUED, DagRunState.RUNNING)


def due_dags() -> dict[str, list[str]]:
    """DAGs whose asset condition is met by Airflow's evaluation, each with the URIs published since it last ran."""
    with create_session() as session:
        _, due_since = DagModel.dags_needing_dagruns(session)
        queued = session.scalars(select(AssetDagRunQueue).where(AssetDagRunQueue.target_dag_id.in_(due_since))).all()
        return {
            dag_id: sorted(entry.asset.uri for entry in queued if entry.target_dag_id == dag_id)
            for dag_id in sorted(due_since)
        }


def create_due_runs() -> list[tuple[str, str]]:
    """Create the asset-triggered runs that are due, each with the events it consumes.

    This is the scheduler's own step (run id, event window, queue), called once. Cron schedules are left alone.

    Returns:
        (dag id, run id) of every unfinished asset-triggered run, oldest first: the new ones, and those an
        interrupted process left behind.
    """
    with create_session() as session:
        models, due_since = DagModel.dags_needing_dagruns(session)
        due_models = [model for model in models if model.dag_id in due_since]
        if due_models:
            _date_queue(due_since, session)
            job = Job()  # type: ignore[no-untyped-call]
            session.add(job)
            session.flush()
            runner = SchedulerJobRunner(job=job)
            runner._create_dag_runs_asset_triggered(dag_models=due_models, session=session)
            session.flush()
        unfinished = session.execute(
            select(DagRun.dag_id, DagRun.run_id)
            .where(DagRun.run_type == DagRunType.ASSET_TRIGGERED, DagRun.state.in_(_UNFINISHED))
            .order_by(DagRun.run_after, DagRun.dag_id)
        )
        return [(row.dag_id, row.run_id) for row in unfinished]


def _date_queue(dag_ids: Iterable[str], session: Session) -> None:
    """Date the queue entries now, so that the run consumes every event so far.

    Airflow keeps the date of the first event of an entry and hands over the events until then: harmless for a
    scheduler that looks every second, but here many runs may have published since.
    """
    entries = update(AssetDagRunQueue).where(AssetDagRunQueue.target_dag_id.in_(list(dag_ids)))
    session.execute(entries.values(created_at=datetime.now(UTC)))


def retire_absent(dag_ids: Iterable[str]) -> None:
    """Mark DAGs whose document is gone, so that nothing triggers them (the DAG processor does it elsewhere)."""
    with create_session() as session:
        session.execute(update(DagModel).where(DagModel.dag_id.not_in(list(dag_ids))).values(is_stale=True))
