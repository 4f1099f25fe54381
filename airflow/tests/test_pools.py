"""Pools: which one a task waits in, and what Airflow's own scheduler starts out of a hundred that wait."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gridata_dags.documents import contracts_dir, load_documents, pipelines_dir
from gridata_dags.factory import build_or_break
from gridata_dags.pools import AIRFLOWS_OWN, pool_of

POOLS = {
    "spark-ecommerce": {"slots": 2, "description": "d", "include_deferred": True},
    "duckdb-ecommerce": {"slots": 3, "description": "d", "include_deferred": True},
}
RUNS = 100


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "pools.json"
    path.write_text(json.dumps(POOLS))
    monkeypatch.setenv("GRIDATA_POOLS", str(path))
    return path


def test_a_task_waits_in_the_pool_of_its_engine_and_domain(document: Path) -> None:
    pipelines = {each.name: each for each in load_documents(contracts_dir(), pipelines_dir())}

    dag = build_or_break(pipelines["ecommerce_orders_pipeline"])

    pools = {task.task_id: (task.engine, task.pool) for task in dag.tasks}
    assert {pool for engine, pool in pools.values() if engine == "spark"} == {"spark-ecommerce"}
    assert {pool for engine, pool in pools.values() if engine == "duckdb"} == {"duckdb-ecommerce"}


def test_a_domain_without_a_pool_shares_airflows_own_instead_of_waiting_for_ever(document: Path) -> None:
    assert pool_of("spark", "platform") == AIRFLOWS_OWN


def test_without_a_document_all_jobs_share_airflows_own_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRIDATA_POOLS", raising=False)

    assert pool_of("spark", "ecommerce") == AIRFLOWS_OWN


@pytest.fixture
def database(document: Path) -> Iterator[None]:
    """This process's Airflow database, made, with the pools that `airflow pools import` reads from the document."""
    airflow = str(Path(sys.executable).with_name("airflow"))
    for words in (["db", "migrate"], ["pools", "import", str(document)]):
        subprocess.run([airflow, *words], env=dict(os.environ), check=True, capture_output=True, timeout=400)
    yield
    from airflow.settings import engine

    assert engine is not None
    engine.dispose()


@pytest.mark.timeout(600)
def test_of_a_hundred_jobs_that_wait_no_more_run_than_their_pool_has_slots_and_each_gets_its_turn(
    database: None,
) -> None:
    """Airflow's scheduler chooses; each task is then deferred, as a job's is, and ends in turn."""
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
    from airflow.models.taskinstance import TaskInstance
    from airflow.sdk import DAG
    from airflow.utils.session import create_session
    from airflow.utils.state import TaskInstanceState
    from sqlalchemy import update

    from gridata_dags.operators import GridataJobOperator

    start = datetime(2025, 1, 1, tzinfo=UTC)
    with DAG("many", schedule=None, start_date=start, max_active_tasks=RUNS, is_paused_upon_creation=False) as dag:
        for engine in ("spark", "duckdb"):
            GridataJobOperator(task_id=engine, argv=["x"], engine=engine, pool=pool_of(engine, "ecommerce"))
    queue_runs(dag)
    scheduler, queued = SchedulerJobRunner(Job()), TaskInstance.state == TaskInstanceState.QUEUED
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for _ in range(RUNS):
        with create_session() as session:
            chosen = scheduler._executable_task_instances_to_queued(max_tis=2 * RUNS, session=session)
            running.update(ti.pool for ti in chosen)
            session.execute(update(TaskInstance).where(queued).values(state=TaskInstanceState.DEFERRED))
        most |= running
        with create_session() as session:
            for pool in one_ends_in_each_pool(session, "many"):
                running[pool] -= 1
                ended[pool] += 1

    assert most == {name: pool["slots"] for name, pool in POOLS.items()}
    assert ended == dict.fromkeys(POOLS, RUNS)


def queue_runs(dag: Any) -> None:
    """A hundred runs, all of whose tasks are ready."""
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.serialization.definitions.dag import SerializedDAG
    from airflow.serialization.serialized_objects import DagSerialization, LazyDeserializedDAG
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState, TaskInstanceState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    due = datetime(2025, 1, 1, tzinfo=UTC)
    with create_session() as session:
        session.merge(DagBundleModel(name="tests"))
        session.flush()
        SerializedDAG.bulk_write_to_db("tests", None, [dag], session=session)
    with create_session() as session:
        SerializedDagModel.write_dag(LazyDeserializedDAG.from_dag(dag), bundle_name="tests", session=session)
    serialized = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    with create_session() as session:
        for number in range(RUNS):
            run = serialized.create_dagrun(
                run_id=f"r{number:03d}",
                run_after=due + timedelta(minutes=number),
                run_type=DagRunType.MANUAL,
                triggered_by=DagRunTriggeredByType.TEST,
                state=DagRunState.RUNNING,
                session=session,
            )
            for ti in run.task_instances:
                ti.state = TaskInstanceState.SCHEDULED


def one_ends_in_each_pool(session: Any, dag_id: str) -> list[str]:
    """The oldest job of each pool has ended, and its task is done."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.state import TaskInstanceState
    from sqlalchemy import select

    going = select(TaskInstance).where(TaskInstance.dag_id == dag_id, TaskInstance.state == TaskInstanceState.DEFERRED)
    oldest = {ti.pool: ti for ti in session.scalars(going.order_by(TaskInstance.run_id.desc()))}
    for ti in oldest.values():
        ti.state = TaskInstanceState.SUCCESS
    return list(oldest)
