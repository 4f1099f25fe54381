import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowFailException

from gridata_contracts.model import Pipeline
from gridata_dags.broken import BROKEN_TAG, BrokenPipeline
from gridata_dags.documents import load_documents
from gridata_dags.factory import build_or_break

DATA = Path(__file__).resolve().parents[2] / "data"
DAGS_FOLDER = Path(__file__).resolve().parents[1] / "dags"
Edit = Callable[[str, str, str], None]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("contracts", "pipelines"):
        shutil.copytree(DATA / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def edit(data: Path) -> Edit:
    def replace(path: str, pattern: str, by: str) -> None:
        text, count = re.subn(pattern, by, (data / path).read_text(), count=1, flags=re.MULTILINE)
        assert count == 1, f"{pattern} is not in {path}"
        (data / path).write_text(text)

    return replace


def load(data: Path) -> tuple[set[str], dict[str, str]]:
    """Names of healthy pipelines, and the problems of broken ones by name."""
    documents = load_documents(data / "contracts", data / "pipelines")
    broken = {each.name: "\n".join(each.problems) for each in documents if isinstance(each, BrokenPipeline)}
    return {each.name for each in documents if isinstance(each, Pipeline)}, broken


def test_healthy_documents_are_loaded_as_they_are(data: Path) -> None:
    healthy, broken = load(data)

    assert broken == {}
    assert {"ecommerce_orders_pipeline", "ecommerce_customers_v1_ingest"} <= healthy


def test_a_bad_contract_breaks_its_derived_dag_and_no_other(data: Path, edit: Edit) -> None:
    every, _ = load(data)
    edit("contracts/ecommerce/customers/v1/contract.odcs.yaml", r"^kind: .*$", "kind: Poem")

    healthy, broken = load(data)

    assert healthy == every - {"ecommerce_customers_v1_ingest"}
    assert set(broken) == {"ecommerce_customers_v1_ingest"}
    assert "Poem" in broken["ecommerce_customers_v1_ingest"]


def test_a_bad_contract_breaks_the_pipeline_that_ingests_it(data: Path, edit: Edit) -> None:
    every, _ = load(data)
    edit("contracts/ecommerce/orders/v1/contract.odcs.yaml", r"^kind: .*$", "kind: Poem")

    healthy, broken = load(data)

    assert healthy == every - {"ecommerce_orders_pipeline"}
    assert "Poem" in broken["ecommerce_orders_pipeline"]


def test_an_unreadable_pipeline_breaks_alone_and_gives_its_dataset_to_nobody_else(data: Path, edit: Edit) -> None:
    every, _ = load(data)
    edit("pipelines/ecommerce_orders_pipeline.yaml", r"^owner: .*$", "ownr: me")

    healthy, broken = load(data)

    assert healthy == every - {"ecommerce_orders_pipeline"}
    assert set(broken) == {"ecommerce_orders_pipeline"}


def test_a_second_writer_of_a_table_breaks_with_the_reason(data: Path, edit: Edit) -> None:
    every, _ = load(data)
    edit("pipelines/data_quality.yaml", r"gridata_ops.quality_metrics", "ecommerce_gold.customer_360")

    healthy, broken = load(data)

    assert healthy | set(broken) == every
    assert any("one writer" in problem for problem in broken.values())


def test_a_notification_without_its_setting_breaks_that_dag_only(data: Path, edit: Edit) -> None:
    edit("pipelines/table_maintenance.yaml", r"settings: \{channel: '#data-platform'\}", "settings: {}")

    dags = [build_or_break(each) for each in load_documents(data / "contracts", data / "pipelines")]

    assert [dag.dag_id for dag in dags if BROKEN_TAG in dag.tags] == ["table_maintenance"]


def test_the_dag_file_shows_the_broken_dag_beside_the_healthy_ones(
    data: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit("contracts/ecommerce/customers/v1/contract.odcs.yaml", r"^kind: .*$", "kind: Poem")
    monkeypatch.setenv("GRIDATA_CONTRACTS", str(data / "contracts"))
    monkeypatch.setenv("GRIDATA_PIPELINES", str(data / "pipelines"))

    bag = DagBag(str(DAGS_FOLDER))

    assert bag.import_errors == {}
    assert [dag_id for dag_id, dag in bag.dags.items() if BROKEN_TAG in dag.tags] == ["ecommerce_customers_v1_ingest"]
    assert "ecommerce_orders_pipeline" in bag.dags


def test_a_broken_dag_fails_its_runs_at_once_with_the_problems() -> None:
    dag = build_or_break(BrokenPipeline("orders", ("orders.yaml: name: got 1",)))
    task = dag.task_dict["refuse_to_run"]

    assert task.retries == 0
    with pytest.raises(AirflowFailException, match=r"orders\.yaml: name: got 1"):
        task.execute(context={})
