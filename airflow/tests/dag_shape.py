"""What a DAG is, as plain data. `python tests/dag_shape.py` writes the golden file anew from data/pipelines."""

import json
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, AssetAny, CronTriggerTimetable
from airflow.sdk.definitions.timetables.assets import AssetTriggeredTimetable

from gridata_dags.documents import contracts_dir, load_documents, pipelines_dir
from gridata_dags.factory import build_or_break
from gridata_dags.operators import GridataJobOperator

GOLDEN = Path(__file__).with_name("golden") / "dags.json"


def shape(dag: DAG) -> dict[str, Any]:
    """Everything about a DAG that a pipeline document decides."""
    return {
        "schedule": _schedule(dag),
        "parameters": {name: dag.params.get_param(name).schema for name in sorted(dag.params)},
        "runs_at_once": dag.max_active_runs,
        "deadline_s": dag.deadline[0].interval.total_seconds() if dag.deadline else None,
        "tags": sorted(dag.tags),
        "tasks": {task_id: _task(task) for task_id, task in sorted(dag.task_dict.items())},
    }


def _schedule(dag: DAG) -> str | list[str] | None:
    if isinstance(dag.timetable, CronTriggerTimetable):
        return dag.timetable.expression
    if isinstance(dag.timetable, AssetTriggeredTimetable):
        assert isinstance(dag.timetable.asset_condition, AssetAny)
        return ["any of", *sorted(asset.name for asset in dag.timetable.asset_condition.objects)]
    return None


def _task(task: Any) -> dict[str, Any]:
    assert isinstance(task, GridataJobOperator)
    return {
        "argv": task.argv,
        "profile": task.profile,
        "engine": task.engine,
        "domain": task.domain,
        "owner": task.owner,
        "after": sorted(task.upstream_task_ids),
        "reads": sorted(asset.name for asset in task.inlets),
        "publishes": sorted(asset.name for asset in task.outlets),
        "retries": task.retries,
        "retry_delay_s": task.retry_delay.total_seconds(),
        "one_at_a_time": task.max_active_tis_per_dag == 1,
        "tells_on_failure": [alert.notification.channel for alert in task.on_failure_callback],
        "tells_on_retry": [alert.notification.channel for alert in task.on_retry_callback],
    }


def all_shapes() -> dict[str, Any]:
    return {each.name: shape(build_or_break(each)) for each in load_documents(contracts_dir(), pipelines_dir())}


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps(all_shapes(), indent=2) + "\n")
