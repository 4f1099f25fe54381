"""The command `gridata` of the root environment, as a person beside a running Airflow would call it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from live.airflow_server import USER, AirflowServer

ROOT = Path(__file__).resolve().parents[3]
BIN = ROOT / ".venv" / "bin"


class Gridata:
    """One home, whose batches one Airflow runs."""

    def __init__(self, home: Path, airflow: AirflowServer) -> None:
        assert (BIN / "gridata").exists(), "no gridata command in the root environment. Run `make setup`."
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "GRIDATA"))}
        self._environment = inherited | {
            "GRIDATA_HOME": str(home),
            "GRIDATA_AIRFLOW_URL": airflow.url,
            "GRIDATA_AIRFLOW_USER": USER,
            "GRIDATA_AIRFLOW_PASSWORD": airflow.password,
        }

    def call(self, *words: str) -> Any:
        """JSON of its answer; a failure fails the test with what it said."""
        command = [str(BIN / "gridata"), *words, "--json"]
        done = subprocess.run(command, env=self._environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    def land_customers(self, folder: Path, customer_id: str) -> str:
        """Id of the batch of one landed customer; no run is started."""
        file = folder / "customers.csv"
        file.write_text(f"customer_id\n{customer_id}\n")
        self.call("land", str(file), "--dataset", "ecommerce.customers")
        (batch,) = self.call("sweep", "--no-dispatch")["batches"]
        return str(batch["batch_id"])

    def count(self, table: str) -> int:
        return int(self.call("sql", f"SELECT count(*) AS n FROM {table}")[0]["n"])
