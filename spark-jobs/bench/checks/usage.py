"""What a process and all it started have used, in the way of `gridata_jobs.metrics`.

Written again here because a peer's environment has the standard library and that peer only.
"""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")
_USER_TICKS, _SYSTEM_TICKS = 11, 12  # places in /proc/<pid>/stat after the command's name, proc(5)


def peak_mb() -> float:
    """Highest resident size so far of this process plus those of its living children (the JVM), in MiB.

    Not getrusage's: a process inherits the peak of the one that started it, before it becomes a program of its own.
    """
    return round(sum(_peak_kb(pid) for pid in ("self", *_descendants("self"))) / 1024, 1)


def cpu_s() -> float:
    """Processor time so far of this process and its living children: what a busy machine does not stretch."""
    ticks = sum(_ticks(pid) for pid in _descendants("self"))
    return sum(os.times()[:2]) + ticks / os.sysconf("SC_CLK_TCK")


def _descendants(pid: str) -> list[str]:
    found: list[str] = []
    for path in _PROC.glob(f"{pid}/task/*/children"):
        try:
            found += path.read_text().split()
        except OSError:  # the thread ended between listing and reading
            continue
    return found + [below for child in found for below in _descendants(child)]


def _peak_kb(pid: str) -> int:
    lines = _read(pid, "status").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _ticks(pid: str) -> int:
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS]) if fields else 0


def _read(pid: str, name: str) -> str:
    try:
        return (_PROC / pid / name).read_text()
    except OSError:  # the process ended
        return ""
