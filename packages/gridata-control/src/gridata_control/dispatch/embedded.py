"""No Airflow is running: the same DAGs run in a process of the airflow project's own environment."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from gridata_contracts.errors import UsageError
from gridata_control.dispatch.dispatcher import RunRequest, RunState
from gridata_control.jobs import JOB_COMMAND, job_command
from gridata_control.settings import Settings

AIRFLOW_PYTHON = "GRIDATA_AIRFLOW_PYTHON"


class EmbeddedDispatcher:
    """Runs one DAG at a time, to its end. Remembers nothing: a killed run is found by its expired claim."""

    runs_here = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def start(self, request: RunRequest) -> RunState | None:
        """Run the DAG now, then the DAGs its assets make due; the log goes to our standard error."""
        command = [str(airflow_python()), "-m", "gridata_dags.embedded", "run", "--follow"]
        command += ["--dag-id", request.dag_id, "--run-id", request.run_id, "--conf", json.dumps(dict(request.conf))]
        environment = os.environ | self._settings.environment()
        environment.setdefault(JOB_COMMAND, shlex.join(job_command()))  # the airflow environment has no engines
        try:
            process = subprocess.run(command, env=environment, stdout=sys.stderr.fileno(), check=False)
        except OSError as error:
            raise UsageError(f"{command[0]}: {error.strerror}. Run `make setup`, or set {AIRFLOW_PYTHON}.") from error
        return RunState.SUCCESS if process.returncode == 0 else RunState.FAILED

    def state(self, dag_id: str, run_id: str) -> RunState | None:  # noqa: ARG002 nobody can know
        """Always None."""
        return None


def airflow_python() -> Path:
    """Python of the airflow project: GRIDATA_AIRFLOW_PYTHON, else `airflow/.venv` of the repository around us.

    Raises:
        UsageError: neither is there.
    """
    if given := os.environ.get(AIRFLOW_PYTHON):
        return Path(given)
    for start in (Path.cwd(), Path(__file__).resolve()):
        for folder in (start, *start.parents):
            python = folder / "airflow" / ".venv" / "bin" / "python"
            if python.exists():
                return python
    raise UsageError(f"airflow project: no airflow/.venv found. Run `make setup`, or set {AIRFLOW_PYTHON}.")
