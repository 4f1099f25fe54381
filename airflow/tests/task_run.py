"""A task of the operator, run as Airflow runs one: execute, wait in the triggerer, come back."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from unittest.mock import MagicMock

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import TaskDeferred
from airflow.sdk.module_loading import import_string
from airflow.triggers.base import BaseTrigger

from gridata_dags.operators import GridataJobOperator

RUN_ID = "b-1__r1"


def operator(job: str = "ingest", backend: str = "kubernetes", **given: Any) -> GridataJobOperator:
    with DAG("ecommerce_orders_pipeline"):
        return GridataJobOperator(task_id=job, argv=[job], backend=backend, domain="ecommerce", **given)


def context(run_id: str = RUN_ID, **params: Any) -> Any:
    ti, run = MagicMock(), MagicMock(conf={})
    return {"params": params, "run_id": run_id, "ti": ti, "dag_run": run, "triggering_asset_events": {}}


def deferred(task: GridataJobOperator, run_id: str = RUN_ID, **params: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as raised:
        task.execute(context(run_id, **params))
    return raised.value


def as_stored(trigger: BaseTrigger) -> str:
    """What Airflow's database keeps of a trigger; it looks more often than a cluster would like."""
    path, arguments = trigger.serialize()
    return json.dumps([path, {**arguments, "poll_s": 0.02}])


def fired(stored: str) -> Mapping[str, Any]:
    """The event of a stored trigger, as some triggerer hears it."""
    path, arguments = json.loads(stored)
    trigger = import_string(path)(**arguments)

    async def first() -> Mapping[str, Any]:
        return dict((await anext(trigger.run())).payload)

    return asyncio.run(first())


def collected(task: GridataJobOperator, waiting: TaskDeferred, run_id: str = RUN_ID) -> Any:
    """The report of a deferred task, waited for as often as it defers itself. Raises what the task raises."""
    while True:
        event = fired(as_stored(waiting.trigger))
        try:
            return getattr(task, waiting.method_name)(context(run_id), event)
        except TaskDeferred as again:
            if again.method_name != waiting.method_name:
                raise
            waiting = again
