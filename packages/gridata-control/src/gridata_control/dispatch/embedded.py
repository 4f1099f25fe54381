"""No Airflow is running: the same DAGs run in a process of the airflow project's own environment."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_contracts.model import JsonValue
from gridata_control.dispatch.dispatcher import NoRunsError, RunEnd, RunRequest, RunState, Started
from gridata_control.jobs import JOB_COMMAND, how_ended, job_command, meant_exit_code
from gridata_control.settings import Settings

AIRFLOW_PYTHON = "GRIDATA_AIRFLOW_PYTHON"
_EXIT_CODES = (UsageError.exit_code, PermanentError.exit_code, TransientError.exit_code)


class NoAirflowError(NoRunsError, UsageError):
    """The airflow project's environment is not there."""


class EmbeddedDispatcher:
    """Runs one DAG at a time, to its end. Remembers nothing: a killed run is found by its expired claim."""

    runs_here = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def start(self, request: RunRequest) -> Started | None:
        """Run the DAG now, then the DAGs its assets make due; the log goes to our standard error."""
        command = [str(airflow_python()), "-m", "gridata_dags.embedded", "run", "--follow"]
        command += ["--dag-id", request.dag_id, "--run-id", request.run_id, "--conf", json.dumps(dict(request.conf))]
        environment = os.environ | self._settings.environment()
        environment.setdefault(JOB_COMMAND, shlex.join(job_command()))  # the airflow environment has no engines
        return _started(request, _call(command, environment))

    def state(self, dag_id: str, run_id: str) -> RunState | None:  # noqa: ARG002 nobody can know
        """Always None."""
        return None


@dataclass(frozen=True)
class _Ended:
    """The runner's process.

    Attributes:
        answers: one per run, in order, as `gridata_dags.embedded` describes them.
        last_line: of its standard error.
    """

    exit_code: int
    answers: tuple[Mapping[str, JsonValue], ...]
    last_line: str


def _call(command: list[str], environment: Mapping[str, str]) -> _Ended:
    """Run to the end. Answers wait on disk meanwhile: they may be large, and only errors are for people to watch."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as answers:
        with _process(command, environment, answers) as process:
            assert process.stderr is not None
            try:
                last_line = _pass_on(process.stderr)
            except BaseException:  # an interrupt must not leave jobs running: asked to stop, the runner ends them first
                process.terminate()
                raise
        answers.seek(0)
        return _Ended(process.returncode, tuple(_objects(answers)), last_line)


def _process(command: list[str], environment: Mapping[str, str], answers: IO[str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            command,
            env=dict(environment),
            stdout=answers,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise NoAirflowError(f"{command[0]}: {error.strerror}. Run `make setup`, or set {AIRFLOW_PYTHON}.") from error


def _pass_on(errors: IO[str]) -> str:
    """Show the lines as they come; the last one."""
    last = ""
    for line in errors:
        sys.stderr.write(line)
        sys.stderr.flush()
        last = line.strip() or last
    return last


def _objects(lines: Iterable[str]) -> Iterable[Mapping[str, JsonValue]]:
    for line in lines:
        try:
            value = json.loads(line)
        except json.JSONDecodeError:  # a process that was killed leaves half a line
            continue
        if isinstance(value, dict):
            yield value


def _started(request: RunRequest, ended: _Ended) -> Started:
    exit_code = meant_exit_code(ended.exit_code)
    if exit_code not in _EXIT_CODES and exit_code != 0:  # 1 is Python's own: a traceback of the runner
        exit_code = PermanentError.exit_code
    runs = [run_end(answer) for answer in ended.answers if "dag_id" in answer]
    asked = next((run for run in runs if run.run_id == request.run_id), None)
    followed = tuple(run for run in runs if run is not asked)
    if asked is not None:
        return Started(asked.state, exit_code, asked.error, followed)
    refusal = next((answer["error"] for answer in ended.answers if "error" in answer), None)
    error = f"embedded Airflow {how_ended(ended.exit_code)}: {refusal or ended.last_line or 'it said nothing'}"
    return Started(RunState.FAILED, exit_code or PermanentError.exit_code, error, followed)


def run_end(answer: Mapping[str, JsonValue]) -> RunEnd:
    """One answer of `gridata_dags.embedded` about a run."""
    state = RunState.SUCCESS if answer.get("state") == RunState.SUCCESS else RunState.FAILED
    code = answer.get("exit_code")
    exit_code = code if isinstance(code, int) else int(state is RunState.FAILED) * PermanentError.exit_code
    error = _failed_tasks(answer.get("tasks")) if state is RunState.FAILED else None
    return RunEnd(str(answer["dag_id"]), str(answer["run_id"]), state, exit_code, error)


def _failed_tasks(tasks: JsonValue) -> str | None:
    """`ingest ended with exit code 4`, of every task that failed."""
    rows = [task for task in tasks if isinstance(task, dict)] if isinstance(tasks, list) else []
    failed = [task for task in rows if task.get("state") == RunState.FAILED]
    return "; ".join(f"{task.get('task_id')} {_end(task.get('exit_code'))}" for task in failed) or None


def _end(exit_code: JsonValue) -> str:
    return how_ended(exit_code) if isinstance(exit_code, int) else "started no job; see the log of the run"


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
    raise NoAirflowError(f"airflow project: no airflow/.venv found. Run `make setup`, or set {AIRFLOW_PYTHON}.")
