"""Plan to DAG: the whole translation; nothing is decided here that the pipeline document could say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from airflow.sdk import DAG, Asset, AssetAny, BaseOperator, CronTriggerTimetable, Param
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from gridata_contracts.emit.dag import DagPlan, Schedule, TaskPlan, plan
from gridata_contracts.errors import PermanentError
from gridata_contracts.model import Pipeline
from gridata_contracts.naming import parse_dataset_id
from gridata_dags.alerts import alerts_on, check_notifications, deadline_callback
from gridata_dags.broken import BrokenPipeline, broken_dag
from gridata_dags.instants import as_of
from gridata_dags.operators import INGEST, LANE, OVERRIDE_GATE, REWRITE, GridataJobOperator
from gridata_dags.pools import pool_of

BATCHES_AT_ONCE = 4
FIRST_RUN_MISSES = timedelta(minutes=2)


def build_or_break(pipeline: Pipeline | BrokenPipeline) -> DAG:
    """The pipeline's DAG, or a broken one that says what is wrong: nothing here spoils another pipeline's DAG."""
    if isinstance(pipeline, BrokenPipeline):
        return broken_dag(pipeline)
    try:
        return build_dag(plan(pipeline))
    except PermanentError as e:
        return broken_dag(BrokenPipeline(pipeline.name, (str(e),)))


def build_dag(plan: DagPlan) -> DAG:
    """The DAG of a plan.

    Raises:
        PermanentError: a notification lacks a setting.
    """
    check_notifications(plan.notifications)
    with DAG(
        dag_id=plan.dag_id,
        description=plan.doc,
        schedule=_schedule(plan),
        catchup=False,
        max_active_runs=BATCHES_AT_ONCE if plan.schedule is Schedule.LANDING else 1,
        params=_params(plan),
        tags=list(plan.tags),
        deadline=_deadline(plan),
        on_success_callback=alerts_on(plan.dag_id, "success", plan.notifications) or None,
        user_defined_macros={"as_of": as_of},
    ) as dag:
        tasks: dict[str, BaseOperator] = {}
        for task in plan.tasks:
            tasks[task.task_id] = _task(task, plan)
            tasks[task.task_id].set_upstream([tasks[name] for name in task.after])
    return dag


def asset(uri: str) -> Asset:
    """The Airflow asset of a table, under the table's id: published means an event on it."""
    return Asset(name=".".join(uri.split("/")[-2:]), uri=uri)


def _task(task: TaskPlan, plan: DagPlan) -> GridataJobOperator:
    return GridataJobOperator(
        task_id=task.task_id,
        argv=task.argv,
        profile=task.profile,
        engine=task.engine,
        domain=task.domain,
        pool=pool_of(task.engine, task.domain),
        owner=plan.owner,
        inlets=[asset(uri) for uri in task.inlets],
        outlets=[asset(uri) for uri in task.outlets],
        retries=plan.retry_attempts,
        retry_delay=timedelta(seconds=plan.retry_delay_s),
        # Batches are ingested side by side; a transform has one writer, whatever the number of runs.
        max_active_tis_per_dag=None if task.argv[0] == INGEST else 1,
        on_failure_callback=alerts_on(plan.dag_id, "failure", plan.notifications) or None,
        on_retry_callback=alerts_on(plan.dag_id, "retry", plan.notifications) or None,
    )


def _schedule(plan: DagPlan) -> AssetAny | CronTriggerTimetable | None:
    """Any published table starts a run; landing and manual runs are started from outside."""
    match plan.schedule:
        case Schedule.ASSETS:
            return AssetAny(*(asset(uri) for uri in plan.trigger))
        case Schedule.CRON:
            # A new installation would begin them all in its first minute, for instants that have passed. A little past
            # counts: until there is a first run each parse asks anew, and would miss an instant between two.
            return CronTriggerTimetable(plan.trigger[0], timezone="UTC", run_immediately=FIRST_RUN_MISSES)
        case Schedule.LANDING | Schedule.MANUAL:
            return None


def _params(plan: DagPlan) -> dict[str, Param]:
    """What a run may be started with, checked by Airflow before the run exists."""
    params = {
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date-time",
            description="Instant to compute for, with its offset; default: when the run became due.",
        )
    }
    if plan.schedule is Schedule.LANDING:
        params["batch_id"] = Param(
            type="string", pattern=_batch_pattern(plan.trigger), description="The batch this run publishes."
        )
        params[OVERRIDE_GATE] = Param(
            False, type="boolean", description="Publish the batch whatever its quality gate says."
        )
        params[LANE] = Param(
            None,
            type=["null", "string"],
            enum=[None, "duckdb", "spark"],
            description="The engine that the batch's size or contract asks for.",
        )
        params[REWRITE] = Param(
            None,
            type=["null", "integer"],
            description="The rewrite that `gridata replay --rewrite` asked for, of a batch that is published.",
        )
    return params


def _batch_pattern(datasets: Sequence[str]) -> str:
    """Form of the batch ids (naming.batch_id) of these datasets."""
    ids = [parse_dataset_id(dataset) for dataset in datasets]
    return f"^({'|'.join(f'{each.domain}-{each.stem}' for each in ids)})-[0-9a-f]{{20}}$"


def _deadline(plan: DagPlan) -> DeadlineAlert | None:
    if plan.sla_s is None:
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(seconds=plan.sla_s),
        callback=deadline_callback(plan.dag_id, plan.sla_s, plan.notifications),
    )
