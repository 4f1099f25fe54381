"""The pipelines that no landed file starts: what the published tables made due, then what the clock would start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gridata_contracts.cron import next_instant
from gridata_contracts.model import Pipeline
from gridata_control.demo.airflow import AirflowSession
from gridata_control.dispatch import RunRequest, RunState


def run_scheduled(airflow: AirflowSession, pipelines: Sequence[Pipeline], as_of: datetime) -> None:
    """One run of each pipeline with a schedule, in the order in which they fire next after `as_of`.

    The run id is the schedule's instant, so a second demo in the same home finds the run there and does nothing; one
    that failed is run again under the next number.
    """
    for dag_id in by_next_run(pipelines, as_of):
        number = 1
        while _run(airflow, dag_id, as_of, number):
            number += 1


def by_next_run(pipelines: Sequence[Pipeline], as_of: datetime) -> list[str]:
    """Names of the pipelines with a schedule, by the instant they fire next."""
    due = [(next_instant(each.trigger.cron, as_of), each.name) for each in pipelines if each.trigger.cron is not None]
    return [name for _, name in sorted(due)]


def _run(airflow: AirflowSession, dag_id: str, as_of: datetime, number: int) -> bool:
    """Whether the run had failed in an earlier demo, so that another one is wanted."""
    run_id = f"{dag_id}__{as_of.isoformat()}__r{number}"  # `scheduled__…` is Airflow's own
    run = airflow.start(RunRequest(dag_id, run_id, {}))
    return airflow.results[-1].adopted and run.state is RunState.FAILED
