"""Jobs as child processes on the worker's own machine: the embedded default."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO

from gridata_contracts.errors import PermanentError
from gridata_dags.jobs import Job, JobResult, JsonObject

COMMAND_VARIABLE = "GRIDATA_JOB_COMMAND"
# Airflow kills a task's process 5 s after it asked it to stop; the job must be gone before.
GRACE_S = 3.0
_AIRFLOW_OWN = ("AIRFLOW__", "AIRFLOW_CONN_", "AIRFLOW_VAR_", "_AIRFLOW", "__AIRFLOW")


def job_command() -> list[str]:
    """Command that runs jobs: `GRIDATA_JOB_COMMAND`, or `gridata-job` on the PATH.

    Raises:
        PermanentError: the command does not exist.
    """
    words = shlex.split(os.environ.get(COMMAND_VARIABLE, "gridata-job"))
    if not words or shutil.which(words[0]) is None:
        raise PermanentError(
            f"job command: got {' '.join(words)!r}, allowed an executable. "
            f"Set {COMMAND_VARIABLE} to the gridata-job of the job environment."
        )
    return words


def job_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What a job sees of the worker's environment: all but Airflow's configuration, connections and sockets."""
    return {name: value for name, value in environment.items() if not name.startswith(_AIRFLOW_OWN)}


class SubprocessBackend:
    """Runs one job at a time as a process group of its own, so that a kill reaches its children (the JVM)."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._cancelled = False

    def find(self, job: Job) -> str | None:  # noqa: ARG002 - the protocol's signature
        """Nothing: no other process can wait for a child process.

        A job that outlives a killed worker and its retry may both write; keyed writes publish once.
        """
        return None

    def submit(self, job: Job) -> str:
        """Start the job's process; its id is the process group."""
        self._process = subprocess.Popen(
            [*job_command(), job.name, *job.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=job_environment(os.environ),
            start_new_session=True,
        )
        return str(self._process.pid)

    def wait(self, job_id: str, on_line: Callable[[str], None]) -> JobResult:
        """Follow the process to its end.

        Standard error and all lines of standard output but the last are log; the last is the report.
        """
        process = self._own(job_id)
        assert process.stdout is not None
        assert process.stderr is not None
        errors = _Follower(process.stderr, on_line)
        last = ""
        with process.stdout:
            for line in process.stdout:
                if last:
                    on_line(last)
                last = line.rstrip("\n") or last
        errors.join()
        exit_code = process.wait()
        if self._cancelled:
            _signal_group(process.pid, signal.SIGKILL)
        report = _as_report(last)
        if last and report is None:
            on_line(last)
        return JobResult(exit_code, report, errors.last or last)

    def cancel(self, job_id: str) -> None:
        """Ask the process group to stop, and kill it after the grace time."""
        process = self._own(job_id)
        if process.returncode is not None:
            return
        self._cancelled = True
        _signal_group(process.pid, signal.SIGTERM)
        killer = threading.Timer(GRACE_S, _kill_unless_ended, (process,))
        killer.daemon = True
        killer.start()

    def _own(self, job_id: str) -> subprocess.Popen[str]:
        if self._process is None or str(self._process.pid) != job_id:
            raise PermanentError(f"job process: got {job_id}, allowed the one this task started. Submit it first.")
        return self._process


class _Follower(threading.Thread):
    """Passes a stream's lines on as they come, and keeps the last."""

    def __init__(self, stream: IO[str], on_line: Callable[[str], None]) -> None:
        super().__init__(name="job-stderr", daemon=True)
        self.last = ""
        self._stream = stream
        self._on_line = on_line
        self.start()

    def run(self) -> None:
        with self._stream:
            for line in self._stream:
                if text := line.rstrip("\n"):
                    self.last = text
                    self._on_line(text)


def _as_report(line: str) -> JsonObject | None:
    try:
        report = json.loads(line)
    except json.JSONDecodeError:
        return None
    return report if isinstance(report, dict) else None


def _kill_unless_ended(process: subprocess.Popen[str]) -> None:
    if process.returncode is None:
        _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
