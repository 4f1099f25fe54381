"""Crash points: where the crash tests kill a job. Armed only by the environment, so a test runs the real job."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

CRASH_AT = "GRIDATA_CRASH_AT"
PAUSE_AT = "GRIDATA_PAUSE_AT"
"""`<point>:<file>`: holds the job there until the file exists, as a long garbage collection or a frozen node would (a
zombie). `<file>.<process id>` says that it is there."""

_PAUSE_MAX_S = 300.0
_STEP_S = 0.05


def crash_point(name: str) -> None:
    """Die by SIGKILL or pause here when the environment names this point."""
    if os.environ.get(CRASH_AT) == name:
        os.kill(os.getpid(), signal.SIGKILL)
    point, _, release = os.environ.get(PAUSE_AT, "").rpartition(":")
    if point == name:
        _pause(Path(release))


def _pause(release: Path) -> None:
    """Hold until the file exists; not for ever, as whoever would make it may be gone."""
    release.with_name(f"{release.name}.{os.getpid()}").touch()
    deadline = time.monotonic() + _PAUSE_MAX_S
    while not release.exists() and time.monotonic() < deadline:
        time.sleep(_STEP_S)
