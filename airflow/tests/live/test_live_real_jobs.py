"""A running Airflow and the real jobs: a landed file becomes rows of its table, once."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from live.airflow_server import USER, AirflowServer

pytestmark = pytest.mark.live

PROJECT = Path(__file__).resolve().parents[2]
ROOT = PROJECT.parent
BIN = ROOT / ".venv" / "bin"
SAMPLES = ROOT / "data" / "contracts" / "ecommerce"
CUSTOMERS = "ecommerce_customers_v1_ingest"


class Gridata:
    """The real command line against one home and one Airflow."""

    def __init__(self, home: Path, airflow: AirflowServer | None = None) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "GRIDATA"))}
        self.environment = {**inherited, "GRIDATA_HOME": str(home), "GRIDATA_JOB_COMMAND": str(BIN / "gridata-job")}
        if airflow is not None:
            self.environment |= {
                "GRIDATA_AIRFLOW_URL": airflow.url,
                "GRIDATA_AIRFLOW_USER": USER,
                "GRIDATA_AIRFLOW_PASSWORD": airflow.password,
            }

    def call(self, *words: str) -> Any:
        command = [str(BIN / "gridata"), *words, "--json"]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def count(self, table: str) -> int:
        return int(self.call("sql", f"SELECT count(*) AS n FROM {table}")[0]["n"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (BIN / "gridata-job").exists():
        pytest.fail("no gridata-job in the root environment. Run `make setup`.")
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[AirflowServer]:
    jobs = {name: value for name, value in Gridata(home).environment.items() if name.startswith("GRIDATA")}
    jobs["GRIDATA_CONTRACTS"] = str(ROOT / "data" / "contracts")
    with AirflowServer(tmp_path_factory.mktemp("real") / "airflow", PROJECT / "dags", jobs) as server:
        server.wait("all DAGs", lambda: server.call("GET", "dags")["total_entries"] >= 8)
        yield server


@pytest.fixture
def gridata(home: Path, airflow: AirflowServer) -> Gridata:
    return Gridata(home, airflow)


def test_a_landed_file_is_published_by_a_run_of_its_batch(gridata: Gridata, airflow: AirflowServer) -> None:
    gridata.call("land", str(SAMPLES / "customers/v1/samples/valid/customers.csv"), "--dataset", "ecommerce.customers")

    (run,) = gridata.call("sweep")["runs"]
    finished = airflow.finished_run(CUSTOMERS, run["run_id"])

    assert run["run_id"] == f"{run['batch_id']}__r1"
    assert finished["state"] == "success"
    rows = gridata.count("ecommerce_bronze.customers_v1")
    assert rows > 0
    assert gridata.call("verify")["violations"] == []
    assert gridata.call("sweep")["runs"] == []
    assert gridata.count("ecommerce_bronze.customers_v1") == rows
