"""The embedded Airflow, kept open: one process for many DAG runs, so Airflow starts only once."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from gridata_contracts.errors import PermanentError
from gridata_control.demo.progress import Progress, Step
from gridata_control.demo.result import RunResult
from gridata_control.dispatch import RunRequest, RunState, Started
from gridata_control.dispatch.embedded import airflow_python, run_end
from gridata_control.jobs import JOB_COMMAND, job_command
from gridata_control.settings import Settings

_LOG_TAIL_LINES = 12
_JVM_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Spark's jobs on a sample live for seconds: compiling hot code a second time costs more than it saves."""


class AirflowSession:
    """A dispatcher (dispatch/dispatcher.py) over one `python -m gridata_dags.embedded run-many --follow`.

    Attributes:
        results: every run so far, in order.
    """

    runs_here = True

    def __init__(self, process: subprocess.Popen[str], log: Path, as_of: str, progress: Progress) -> None:
        self._process = process
        self._log = log
        self._as_of = as_of
        self._progress = progress
        self.results: list[RunResult] = []

    def start(self, request: RunRequest) -> Started:
        """Run one DAG to its end, as of the demo's instant."""
        conf = {**request.conf, "as_of": self._as_of}
        line = json.dumps({"dag_id": request.dag_id, "run_id": request.run_id, "conf": conf})
        with self._progress.step(request.dag_id) as step:
            stdin = _pipe(self._process.stdin)
            try:
                stdin.write(line + "\n")
                stdin.flush()
            except BrokenPipeError:
                raise self._died() from None
            answer = self._next_answer()
            if answer is None:
                raise self._died()
            _tell(step, self.results[-1])
        end = run_end(answer)
        return Started(end.state, end.exit_code, end.error)

    def state(self, dag_id: str, run_id: str) -> RunState | None:
        """State of a run this session made; None for any other."""
        states = [run.state for run in self.results if (run.dag_id, run.run_id) == (dag_id, run_id)]
        return RunState(states[-1]) if states else None

    def follow(self) -> None:
        """No more requests: run what the published tables made due, until nothing is.

        Raises:
            PermanentError: Airflow ended for another reason than a failed run.
        """
        _pipe(self._process.stdin).close()
        while True:
            with self._progress.step("published tables") as step:
                if self._next_answer() is None:
                    step.hide()
                    break
                step.name = self.results[-1].dag_id
                _tell(step, self.results[-1])
        if self._process.wait() and all(result.state == "success" for result in self.results):
            raise self._died()

    def _next_answer(self) -> dict[str, Any] | None:
        """The next answer, kept as a result; None when Airflow has ended."""
        line = _pipe(self._process.stdout).readline()
        if not line:
            return None
        answer: dict[str, Any] = json.loads(line)
        if answer["state"] == "refused":
            raise PermanentError(f"embedded Airflow: {answer['error']}")
        self.results.append(_result(answer))
        return answer

    def _died(self) -> PermanentError:
        code = self._process.wait()
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        return PermanentError("\n".join([f"embedded Airflow ended with exit code {code}; see {self._log}:", *lines]))


@contextmanager
def airflow_session(settings: Settings, as_of: str, progress: Progress) -> Iterator[AirflowSession]:
    """A session whose process is gone at the end, whatever happens. It starts up while the caller goes on.

    Args:
        settings: where everything lies; handed to Airflow and to the jobs.
        as_of: instant all runs compute for, ISO 8601.
        progress: shows each run.
    """
    log = settings.home / "airflow" / "logs" / "demo.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = os.environ | settings.environment()
    environment.setdefault(JOB_COMMAND, shlex.join(job_command()))  # Airflow's own environment has no engines
    environment.setdefault("JDK_JAVA_OPTIONS", _JVM_OPTIONS)
    with log.open("a", encoding="utf-8") as stderr:
        process = subprocess.Popen(
            [str(airflow_python()), "-m", "gridata_dags.embedded", "run-many", "--follow"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
        )
        try:
            yield AirflowSession(process, log, as_of, progress)
        finally:
            _end(process)


def _result(answer: dict[str, Any]) -> RunResult:
    return RunResult(
        dag_id=answer["dag_id"],
        run_id=answer["run_id"],
        run_type=answer["run_type"],
        state=answer["state"],
        seconds=answer["seconds"],
        adopted=answer["adopted"],
        tasks=tuple(task["task_id"] for task in answer["tasks"]),
    )


def _tell(step: Step, result: RunResult) -> None:
    step.failed = result.state != "success"
    step.detail = "ran before" if result.adopted else f"{result.state}: {', '.join(result.tasks)}"


def _end(process: subprocess.Popen[str]) -> None:
    """Ask it to stop (it ends its jobs first), then wait."""
    if process.poll() is None:
        process.terminate()
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            stream.close()
    process.wait()


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None  # the session is always started with pipes
    return stream
