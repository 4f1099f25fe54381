import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import Asset, CronTriggerTimetable
from airflow.serialization.serialized_objects import DagSerialization

from dag_shape import GOLDEN, shape
from gridata_dags.broken import BROKEN_TAG
from gridata_dags.factory import FIRST_RUN_MISSES

DAGS_FOLDER = Path(__file__).resolve().parents[1] / "dags"
PARSE_TIME_S = 10.0  # Airflow gives a file 30 s; a first, cold parse took 0.7 s on two cores
NAMED = {
    "ecommerce_orders_pipeline",
    "ecommerce_customer_360",
    "data_quality",
    "table_maintenance",
    "platform_health",
}

LOAD_ALL_AND_LIST_MODULES = """
import sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
assert bag.dags and not bag.import_errors, bag.import_errors
print("MODULES", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(DAGS_FOLDER))


def test_every_document_and_contract_of_the_repository_gives_a_healthy_dag(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert [dag.description for dag in bag.dags.values() if BROKEN_TAG in dag.tags] == []
    assert set(bag.dags) >= NAMED


def test_dags_are_what_the_documents_say(bag: DagBag) -> None:
    """After a wanted change: `uv run python tests/dag_shape.py`, and read the diff."""
    assert {dag_id: shape(dag) for dag_id, dag in bag.dags.items()} == json.loads(GOLDEN.read_text())


def test_every_dag_survives_serialization(bag: DagBag) -> None:
    """The scheduler and the API server see only the serialized form."""
    for dag_id, dag in bag.dags.items():
        assert DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag)).task_ids == dag.task_ids, dag_id


def test_a_new_installation_begins_no_run_for_an_instant_that_has_passed(bag: DagBag) -> None:
    """Maintenance, quality and health in its first minute kept small nodes from the jobs of landed files."""
    now = datetime.now(UTC)
    for dag in (dag for dag in bag.dags.values() if isinstance(dag.timetable, CronTriggerTimetable)):
        known = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
        first = known.next_dagrun_info(last_automated_run_info=None)
        assert first is not None
        assert first.run_after > now - FIRST_RUN_MISSES, dag.dag_id


def test_every_asset_a_dag_waits_for_is_published_by_a_task(bag: DagBag) -> None:
    published = {asset for dag in bag.dags.values() for task in dag.tasks for asset in task.outlets}
    awaited = {
        Asset(name=name, uri=f"x-iceberg://gridata/{name.replace('.', '/')}")
        for dag in bag.dags.values()
        for name in shape(dag)["schedule"] or []
        if isinstance(shape(dag)["schedule"], list) and name != "any of"
    }

    assert awaited
    assert awaited <= published


def test_parsing_all_dags_imports_no_engine_no_catalog_and_no_job() -> None:
    """In a fresh interpreter: what a scheduler would load."""
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD_ALL_AND_LIST_MODULES, str(DAGS_FOLDER)], capture_output=True, text=True, check=True
    )
    (line,) = [line for line in loaded.stdout.splitlines() if line.startswith("MODULES")]

    modules = set(line.split()[1:])
    assert "gridata_dags" in modules
    assert not modules & {"pyspark", "gridata_jobs", "gridata_control", "duckdb", "pyiceberg", "datahub", "pandas"}


def test_parsing_all_dags_takes_seconds_at_most() -> None:
    started = time.monotonic()
    DagBag(str(DAGS_FOLDER))

    assert time.monotonic() - started < PARSE_TIME_S
