"""What goes wrong on purpose, each as it would by itself, and how it is mended."""

from __future__ import annotations

import json

from k8s_e2e.cluster import wait_for
from k8s_e2e.installation import Installation

BROKEN_DAG = "import a_module_that_nobody_installed\nfrom airflow.sdk import DAG\n"
FAILING_DAG = """\
from airflow.sdk import dag, task


@dag(dag_id="fails_on_purpose", schedule=None)
def fails_on_purpose():
    @task(retries=0)
    def fail():
        raise RuntimeError("on purpose")

    fail()


fails_on_purpose()
"""


class Faults:
    """Of one installation."""

    def __init__(self, platform: Installation) -> None:
        self._platform, self._cluster, self._namespace = platform, platform.cluster, platform.namespace

    # Time that has passed already: what a rule asks for in hours is moved in the ledger.

    def make_published_old(self, dataset: str, hours: int) -> None:
        """Nothing of a dataset was published for so long."""
        self._move("batches", "published_at_utc", hours, f"dataset = '{dataset}' AND published_at_utc IS NOT NULL")

    def make_file_old(self, key: str, hours: int) -> None:
        """A landed file was seen so long ago."""
        self._move("files", "seen_at_utc", hours, f"key LIKE '%/{key}'")

    def make_untold_runs_old(self, hours: int) -> None:
        """Runs whose metadata nobody told ended so long ago."""
        self._move("runs", "ended_at_utc", hours, "told_at_utc IS NULL AND ended_at_utc IS NOT NULL")

    def _move(self, table: str, column: str, hours: int, where: str) -> None:
        done = self._platform.ledger(f"UPDATE {table} SET {column} = {column} - interval '{hours} hours' WHERE {where}")
        assert done.strip() not in ("", "UPDATE 0"), f"{table}: nothing of it is {where}"

    # Airflow.

    def freeze_scheduler(self) -> None:
        """Its processes hang."""
        self._airflow("scheduler", "kill -STOP -1")

    def thaw_scheduler(self) -> None:
        """They go on."""
        self._airflow("scheduler", "kill -CONT -1")

    def write_dag(self, name: str, text: str) -> None:
        """A file of DAGs more."""
        where = ("deployment/airflow", "--container", "dag-processor", "--namespace", self._namespace)
        script = f"cat >/opt/airflow/dags/further/{name}.py"
        self._cluster.kubectl("exec", "--stdin", *where, "--", "sh", "-ec", script, text=text)

    def remove_dag(self, name: str) -> None:
        """That file again."""
        self._airflow("dag-processor", f"rm -f /opt/airflow/dags/further/{name}.py")

    def run_dag(self, name: str) -> None:
        """Once Airflow knows it."""

        def triggered() -> bool:
            try:
                self._airflow("scheduler", f"airflow dags trigger {name} >/dev/null")
            except AssertionError:
                return False
            return True

        wait_for(f"Airflow to know {name}", triggered, 240)

    def _airflow(self, container: str, script: str) -> None:
        where = ("deployment/airflow", "--container", container, "--namespace", self._namespace)
        self._cluster.kubectl("exec", *where, "--", "sh", "-ec", script)

    # What jobs are given.

    def break_credentials(self) -> None:
        """Somebody writes the ledger's address wrong, where jobs read it: each fails at once, and for good."""
        self._platform.give_credentials(GRIDATA_LEDGER_URL="nonsense")

    def mend_credentials(self) -> None:
        """As they were."""
        self._platform.give_credentials()

    # Servers.

    def scale(self, what: str, replicas: int, namespace: str = "") -> None:
        """`deployment/x` or `statefulset/x` to so many pods; waits until they are there or gone."""
        where = ("--namespace", namespace or self._namespace)
        self._cluster.kubectl("scale", what, f"--replicas={replicas}", *where)
        self._cluster.kubectl("rollout", "status", what, *where, "--timeout=300s")

    def break_exporter(self) -> None:
        """Airflow's exporter is given mappings that it cannot read."""
        self._exporter("no mappings at all")

    def mend_exporter(self, mappings: str) -> None:
        """With what `exporter_mappings` gave before."""
        self._exporter(mappings)

    def exporter_mappings(self) -> str:
        """What it reads."""
        where = ("configmap/airflow-statsd", "--namespace", self._namespace, "--output", "json")
        return str(json.loads(self._cluster.kubectl("get", *where))["data"]["mappings.yml"])

    def _exporter(self, mappings: str) -> None:
        patch = json.dumps({"data": {"mappings.yml": mappings}})
        self._cluster.kubectl("patch", "configmap/airflow-statsd", "--namespace", self._namespace, "--patch", patch)
        self._cluster.kubectl("delete", "pod", "--selector=component=statsd", "--namespace", self._namespace)
