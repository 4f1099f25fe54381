"""The stand-in for gridata-job, seen from a test: what jobs shall do, and what was asked of them."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("fake_job.py")


class FakeJobs:
    """Jobs in one folder; see fake_job.py for what a plan may say."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.environment = {"GRIDATA_JOB_COMMAND": str(SCRIPT), "GRIDATA_FAKE_DIR": str(folder)}

    def plan(self, job: str, what: str, batch_id: str | None = None) -> None:
        (self.folder / (f"{job}.{batch_id}" if batch_id else job)).write_text(what)

    def calls(self, job: str) -> list[dict[str, Any]]:
        path = self.folder / f"{job}.calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def wait_ready(self, plan: str, what: str = "ready", within_s: float = 120) -> int:
        """Process id that the job of a plan (`<job>` or `<job>.<batch>`), or its child, wrote once it was up."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError, ValueError):
                return int((self.folder / f"{plan}.{what}").read_text())
            time.sleep(0.05)
        raise AssertionError(f"job {plan} was not {what} within {within_s} s")

    def end_all(self) -> None:
        """End what a failed test may have left running."""
        for path in [*self.folder.glob("*.ready"), *self.folder.glob("*.child")]:
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(path.read_text()), signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether the process lives (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_gone(pid: int, within_s: float = 10) -> bool:
    deadline = time.monotonic() + within_s
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_running(pid)
