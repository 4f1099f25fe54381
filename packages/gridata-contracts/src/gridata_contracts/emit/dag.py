"""Pipeline → plan of its DAG as plain data: what starts it, its tasks in order, what each reads and publishes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gridata_contracts.model import Notification, Pipeline, Step
from gridata_contracts.naming import PLATFORM, asset_uri, domain_of, parse_dataset_id, split_table

BATCH = "{{ params.batch_id }}"
"""A landing run is started with `conf.batch_id`, by the dispatcher or by hand."""
AS_OF = "{{ as_of(dag_run, triggering_asset_events) }}"
"""Instant a run computes for: the one given in its conf or inherited from what triggered it, else when it became due.

`as_of` is a macro of the DAG factory.
"""
_SPARK_JOBS = frozenset({"process_orders", "customer_360", "maintain"})
_DATASET_PARTS = 3


class Schedule(StrEnum):
    """What starts a run."""

    LANDING = "landing"
    ASSETS = "assets"
    CRON = "cron"
    MANUAL = "manual"


@dataclass(frozen=True)
class TaskPlan:
    """One task.

    Attributes:
        engine: what the job needs around it, `duckdb` or `spark`; of an ingest the batch may need more.
        domain: whose tables it writes.
        argv: command line after `gridata-job`; values may be Airflow templates.
        inlets: asset URIs of the tables it reads.
        outlets: asset URIs of the tables it publishes.
        after: ids of the tasks that run before it.
    """

    task_id: str
    argv: tuple[str, ...]
    profile: str
    engine: str
    domain: str
    inlets: tuple[str, ...]
    outlets: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class DagPlan:
    """One DAG.

    Attributes:
        trigger: dataset ids, asset URIs or one cron text, by `schedule`.
    """

    dag_id: str
    doc: str
    owner: str
    schedule: Schedule
    trigger: tuple[str, ...]
    tasks: tuple[TaskPlan, ...]
    retry_attempts: int
    retry_delay_s: int
    sla_s: int | None
    tags: tuple[str, ...]
    notifications: tuple[Notification, ...] = ()


def plan(pipeline: Pipeline) -> DagPlan:
    """The pipeline's DAG; a step without `after` follows the step written above it."""
    tasks: list[TaskPlan] = []
    for step in pipeline.steps:
        above = tuple(task.task_id for task in tasks[-1:])
        tasks.append(_task(step, above if step.after is None else step.after))
    schedule, trigger = _schedule(pipeline)
    return DagPlan(
        dag_id=pipeline.name,
        doc=pipeline.description,
        owner=pipeline.owner,
        schedule=schedule,
        trigger=trigger,
        tasks=tuple(tasks),
        retry_attempts=pipeline.retries.attempts,
        retry_delay_s=pipeline.retries.delay_s,
        sla_s=pipeline.sla_s,
        tags=pipeline.tags,
        notifications=pipeline.notifications,
    )


def _schedule(pipeline: Pipeline) -> tuple[Schedule, tuple[str, ...]]:
    trigger = pipeline.trigger
    if trigger.landing:
        return Schedule.LANDING, trigger.landing
    if trigger.upstream:
        return Schedule.ASSETS, tuple(map(asset_uri, trigger.upstream))
    return (Schedule.CRON, (trigger.cron,)) if trigger.cron else (Schedule.MANUAL, ())


def _task(step: Step, after: tuple[str, ...]) -> TaskPlan:
    own = ("--batch", BATCH) if step.job == "ingest" else ("--as-of", AS_OF)
    given = tuple(word for name, value in step.arguments.items() for word in (f"--{name}", value))
    return TaskPlan(
        task_id=step.name,
        argv=(step.job, *own, "--run-id", "{{ run_id }}", *given),
        profile=step.profile,
        engine="spark" if step.job in _SPARK_JOBS else "duckdb",
        domain=next(map(domain_of, (*step.outputs, *step.inputs)), PLATFORM),
        inlets=tuple(asset_uri(name) for name in step.inputs if not _is_dataset(name)),
        outlets=tuple(map(asset_uri, step.outputs)),
        after=after,
    )


def _is_dataset(name: str) -> bool:
    """Inputs are tables (two parts) or datasets (three)."""
    if name.count(".") + 1 == _DATASET_PARTS:
        parse_dataset_id(name)
        return True
    split_table(name)
    return False
