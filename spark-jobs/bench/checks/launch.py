"""One case of one peer in a process of its own: fresh engine, fresh JVM, nothing of ours on its path."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.checks.data import bench_dir
from bench.checks.roster import Entry
from bench.checks.worker import Answer, Result

from gridata_contracts.errors import GridataError
from gridata_jobs.jars import jar_paths

_HERE = Path(__file__).parents[2]
_LONGEST_REASON = 200


@dataclass(frozen=True)
class NotRun:
    """A case without a result: the table has a line for it all the same."""

    peer: str
    engine: str
    case: str
    reason: str


def launch(entry: Entry, case: str, parquet: Path, runs: int, timeout_s: int) -> Result | NotRun:
    """Run the peer's script, wait and read what it says last."""
    with tempfile.TemporaryDirectory(dir=bench_dir(), prefix=".run-") as scratch:
        try:
            command = _command(entry, case, parquet, runs, Path(scratch))
        except GridataError as error:
            return NotRun(entry.name, entry.engine, case, _shorten(str(error)))
        out, err, code = _wait(command, Path(scratch), timeout_s)
    if code is None:
        return NotRun(entry.name, entry.engine, case, f"no result in {timeout_s} s")
    if code != 0:
        return NotRun(entry.name, entry.engine, case, _reason(err))
    said = json.loads(out.splitlines()[-1])
    return Result(**said | {"checks": [Answer(**answer) for answer in said["checks"]]})


def _command(entry: Entry, case: str, parquet: Path, runs: int, scratch: Path) -> list[str]:
    python = ["uv", "run", "--isolated", "--no-project", "--quiet", "--python", sys.executable]
    python += [part for requirement in entry.requirements for part in ("--with", requirement)] + ["python"]
    command = [*(python if entry.requirements else [sys.executable]), "-m", f"bench.checks.{entry.module}"]
    command += ["--parquet", str(parquet), "--engine", entry.engine, "--case", case, "--runs", str(runs)]
    jars = jar_paths([entry.jar], bench_dir() / "jars") if entry.jar else []
    return [*command, "--scratch", str(scratch), "--jars", *map(str, jars)]


def _wait(command: list[str], scratch: Path, timeout_s: int) -> tuple[str, str, int | None]:
    """Output, errors and exit code, which is none after the timeout. Nothing it started outlives it."""
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment["PYTHONPATH"] = str(_HERE)
    with (scratch / "out").open("w+") as out, (scratch / "err").open("w+") as err:
        process = subprocess.Popen(
            command, cwd=scratch, env=environment, stdout=out, stderr=err, start_new_session=True
        )
        try:
            code: int | None = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return (scratch / "out").read_text(), (scratch / "err").read_text(errors="replace"), code


def _reason(err: str) -> str:
    """An installer's own cross, else the last line, which is what Python ends with."""
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    crosses = [line for line in lines if line.startswith("\u00d7")]
    return _shorten((crosses or lines or ["it said nothing"])[-1])


def _shorten(reason: str) -> str:
    return " ".join(reason.split())[:_LONGEST_REASON]
