"""The pipelines that no landed file starts: what the published tables made due, then what the clock would start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gridata_contracts.model import Pipeline
from gridata_control.demo.airflow import AirflowSession
from gridata_control.dispatch import RunRequest, RunState

IN_ORDER = ("data_quality", "table_maintenance")
"""Every hour at :17, and every night at 02:30."""


def run_scheduled(airflow: AirflowSession, pipelines: Sequence[Pipeline], as_of: datetime) -> None:
    """One run of each, as the first one after `as_of` would be.

    The run id is the schedule's instant, so a second demo in the same home finds the run there and does nothing; one
    that failed is run again under the next number.
    """
    by_cron = {pipeline.name for pipeline in pipelines if pipeline.trigger.cron is not None}
    for dag_id in IN_ORDER:
        if dag_id not in by_cron:
            continue
        number = 1
        while _run(airflow, dag_id, as_of, number):
            number += 1


def _run(airflow: AirflowSession, dag_id: str, as_of: datetime, number: int) -> bool:
    """Whether the run had failed in an earlier demo, so that another one is wanted."""
    run_id = f"{dag_id}__{as_of.isoformat()}__r{number}"  # `scheduled__…` is Airflow's own
    state = airflow.start(RunRequest(dag_id, run_id, {}))
    return airflow.results[-1].adopted and state is RunState.FAILED
