"""A new dataset is one folder and no code: everything else follows from it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gridata_contracts.emit import checks, dag, iceberg
from gridata_contracts.load import load_contracts
from gridata_contracts.naming import parse_dataset_id
from gridata_contracts.pipelines import load_pipelines

RETURNS = """return_id,order_id,returned_on,quantity,refund
R0001,O000000001,2024-01-03,1,19.90
R0002,O000000002,2024-01-04,2,5.00
R0003,O000000003,2024-01-05,1,120.00
"""
DATASET = parse_dataset_id("shop.returns.v1")


def gridata(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    """The command, with contracts and pipelines of `data` alone."""
    program = str(Path(sys.executable).with_name("gridata"))
    environment = os.environ | {
        "GRIDATA_CONTRACTS": str(data / "contracts"),
        "GRIDATA_PIPELINES": str(data / "pipelines"),
        "GRIDATA_HOME": str(data / "home"),
    }
    return subprocess.run([program, *arguments], check=False, capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder that holds nothing but the contract suggested from a sample."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "contracts").mkdir()
    (folder / "pipelines").mkdir()
    (folder / "returns.csv").write_text(RETURNS)
    said = gridata("dataset", "new", "shop.returns", "--from", str(folder / "returns.csv"), data=folder)
    assert said.returncode == 0, said.stderr
    return folder


@pytest.fixture(scope="module")
def contract(data):
    return load_contracts(data / "contracts")[DATASET]


def test_one_file_is_all_that_was_written(data):
    written = [path.relative_to(data / "contracts") for path in (data / "contracts").rglob("*") if path.is_file()]
    assert [str(path) for path in written] == ["shop/returns/v1/contract.odcs.yaml"]


def test_it_has_an_ingest_dag(data, contract):
    (pipeline,) = load_pipelines(data / "pipelines", load_contracts(data / "contracts"))
    assert pipeline.name == "shop_returns_v1_ingest"
    assert [step.job for step in pipeline.steps] == ["ingest"]
    assert [task.task_id for task in dag.plan(pipeline).tasks] == ["ingest"]


def test_it_has_a_bronze_and_a_quarantine_table(contract):
    bronze = iceberg.bronze_schema(contract)
    assert [column.name for column in bronze.columns][:5] == RETURNS.split("\n", 1)[0].split(",")
    assert iceberg.quarantine_schema(contract).columns


def test_it_has_checks(contract):
    plan = checks.plan(contract)
    planned = [check.id for scope in plan.scopes for check in scope.checks] + [check.id for check in plan.batch]
    assert {"return_id.is_not_null", "return_id.is_unique"} <= set(planned)


def test_a_landed_file_is_published_and_a_bad_row_is_not(data):
    bad = data / "more.csv"
    bad.write_text(RETURNS.replace("R000", "R001").replace("2024-01-04", "soon"))
    contract = str(data / "contracts/shop/returns/v1/contract.odcs.yaml")
    said = gridata("ingest", "--contract", contract, "--file", str(bad), "--json", data=data)
    assert said.returncode == 0, said.stderr
    report = json.loads(said.stdout.splitlines()[-1])
    assert (report["rows_in"], report["valid"], report["rejected"]) == (3, 2, 1)
    proof = gridata("verify", "--json", data=data)
    assert proof.returncode == 0, proof.stdout
