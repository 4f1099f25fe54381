"""Starting `gridata-job`, which holds the engines, as a process of its own."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gridata_contracts.errors import TransientError, UsageError
from gridata_contracts.model import JsonValue
from gridata_control.settings import Settings

JOB_COMMAND = "GRIDATA_JOB_COMMAND"
_SAID = range(5)
"""Exit codes that a job chooses itself; any other came from outside: a kill, or a shell that reports one."""
_SHELL_SIGNAL = 128


@dataclass(frozen=True)
class JobResult:
    """How a job ended.

    Attributes:
        exit_code: 0 done, 1 a check said no, 2 usage, 3 permanent, 4 transient; negative: killed by that signal.
        report: the JSON object of its last line on standard output; empty when it printed none.
    """

    exit_code: int
    report: dict[str, JsonValue]


def job_command() -> list[str]:
    """GRIDATA_JOB_COMMAND, else the `gridata-job` beside this Python.

    Raises:
        UsageError: neither is there.
    """
    if given := os.environ.get(JOB_COMMAND):
        return shlex.split(given)
    beside = Path(sys.executable).with_name("gridata-job")
    if not beside.exists():
        raise UsageError(f"gridata-job: not found beside {sys.executable}. Install gridata-jobs or set {JOB_COMMAND}.")
    return [str(beside)]


def run_job(settings: Settings, arguments: Sequence[str]) -> JobResult:
    """Run one job to its end; its log goes to our standard error as it comes."""
    command = [*job_command(), *arguments]
    try:
        process = subprocess.run(
            command, env=os.environ | settings.environment(), stdout=subprocess.PIPE, text=True, check=False
        )
    except OSError as error:
        raise UsageError(f"{command[0]}: cannot be started ({error.strerror}). Check {JOB_COMMAND}.") from error
    return JobResult(process.returncode, _last_object(process.stdout))


def meant_exit_code(exit_code: int) -> int:
    """The exit code of Gridata's that a process's own one means: a kill is transient, since writes can be repeated."""
    return exit_code if exit_code in _SAID else TransientError.exit_code


def how_ended(exit_code: int) -> str:
    """In words: `ended with exit code 3`, `was killed by SIGKILL …`."""
    if exit_code in _SAID:
        return f"ended with exit code {exit_code}"
    number = -exit_code if exit_code < 0 else exit_code - _SHELL_SIGNAL
    if number not in set(signal.Signals):
        return f"ended with exit code {exit_code}, which is none of its own"
    why = " (out of memory, or stopped from outside)" if number == signal.SIGKILL else ""
    return f"was killed by {signal.Signals(number).name}{why}"


def _last_object(output: str) -> dict[str, JsonValue]:
    lines = output.strip().splitlines()
    try:
        value = json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
