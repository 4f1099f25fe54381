"""Crash points: where the crash tests kill a job. Armed only by the environment, so a test runs the real job."""

from __future__ import annotations

import os
import signal
import time

CRASH_AT = "GRIDATA_CRASH_AT"
PAUSE_AT = "GRIDATA_PAUSE_AT"
"""`<point>:<seconds>`: holds the job there, as a long garbage collection or a frozen node would (a zombie)."""


def crash_point(name: str) -> None:
    """Die by SIGKILL or pause here when the environment names this point."""
    if os.environ.get(CRASH_AT) == name:
        os.kill(os.getpid(), signal.SIGKILL)
    point, _, seconds = os.environ.get(PAUSE_AT, "").partition(":")
    if point == name:
        time.sleep(float(seconds))
