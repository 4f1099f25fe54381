"""A running Airflow and the real jobs: a landed file becomes rows of its table, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.postgres import Postgres

from live.airflow_server import AirflowServer
from live.gridata_command import BIN, ROOT, Gridata

pytestmark = pytest.mark.live

SAMPLES = ROOT / "data" / "contracts" / "ecommerce"
CUSTOMERS = "ecommerce_customers_v1_ingest"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, database_server: Postgres, home: Path) -> Iterator[AirflowServer]:
    jobs = {
        "GRIDATA_HOME": str(home),
        "GRIDATA_JOB_COMMAND": str(BIN / "gridata-job"),
        "GRIDATA_CONTRACTS": str(ROOT / "data" / "contracts"),
    }
    folder, database = tmp_path_factory.mktemp("real") / "airflow", database_server.make_database()
    with AirflowServer(folder, database, ROOT / "airflow" / "dags", jobs) as server:
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
