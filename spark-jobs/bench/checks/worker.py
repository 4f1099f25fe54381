"""The loop that every peer's process runs: start, warm up, time, tell. Standard library only.

A peer script gives a function that starts its engine; what it prints last is one line of JSON for the benchmark.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from bench.checks.suite import COPY, PARTS, SPLIT, Check, suite
from bench.checks.usage import cpu_s, peak_mb

_BUDGET_S = 300  # runs after the first stop here: a slow peer is shown with fewer runs, not left out


@dataclass(frozen=True)
class Setup:
    """What a peer is started with.

    Attributes:
        parquet: the one file to check.
        engine: `spark` or `duckdb`.
        scratch: empty folder for what a case writes.
        jars: for Spark's class path.
    """

    parquet: Path
    engine: str
    scratch: Path
    jars: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What an engine said about one check: one of the three is set.

    Attributes:
        failed: rows that break it.
        value: the metric.
        verdict: only whether the metric is what was expected, where the tool tells no more.
    """

    id: str
    failed: int | None = None
    value: float | None = None
    verdict: bool | None = None


@dataclass(frozen=True)
class Result:
    """One case of one peer.

    Attributes:
        checks: the answers of the last run.
        skipped: ids of the checks that the tool cannot express.
        reasons: whether the evaluation says for each failing row which checks it broke.
        seconds: `start` (imports, JVM, session), `warm_up` (the first evaluation), `runs`, and the `cpu` of each run.
    """

    peer: str
    version: str
    engine: str
    case: str
    checks: list[Answer]
    skipped: list[str]
    reasons: bool
    seconds: dict[str, float | list[float]]
    peak_mb: float


class Peer(Protocol):
    """A started tool on one file.

    `reasons` as in `Result`; `engine` with its version, such as `spark 4.1.3`.
    """

    name: str
    version: str
    engine: str
    reasons: bool

    def can(self, check: Check, /) -> bool:
        """Whether the tool has a way of its own to ask this."""

    def evaluate(self, checks: Sequence[Check], /) -> list[Answer]:
        """Build the tool's checks, evaluate them on the whole file and collect what it says."""


@runtime_checkable
class Splitter(Peer, Protocol):
    """A peer that can also part the rows."""

    def split(self, checks: Sequence[Check], valid: Path, rejected: Path, /) -> None:
        """Write the rows that break no check, and those that break any with what they broke, as Parquet."""

    def count(self, parquet: Path, /) -> int:
        """Rows written to a folder or file: asked after the clock has stopped."""


def work(start: Callable[[Setup], Peer]) -> None:
    """Run one case and print its result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parquet", type=Path, required=True)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--case", required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jars", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    setup = Setup(options.parquet, options.engine, options.scratch, tuple(options.jars))
    with contextlib.redirect_stdout(sys.stderr):  # tools print; standard output is for the result
        result = _run(start, setup, options.case, options.runs)
    print(json.dumps(asdict(result)), flush=True)
    os._exit(0)  # tools leave threads and gateways behind that keep a process from ending


def _run(start: Callable[[Setup], Peer], setup: Setup, case: str, runs: int) -> Result:
    began_s = time.perf_counter()
    peer = start(setup)
    start_s = time.perf_counter() - began_s
    asked = suite(case)
    checks = [check for check in asked if peer.can(check)]
    once = _splitting(peer, checks, setup.scratch) if case == SPLIT else lambda: peer.evaluate(checks)
    answers, seconds = _repeat(once, runs)
    seconds["start"] = round(start_s, 2)
    if case == SPLIT and isinstance(peer, Splitter):
        answers = [Answer(part, failed=peer.count(setup.scratch / part)) for part in PARTS]
    skipped = [check.id for check in asked if check not in checks]
    reasons = case == SPLIT or (peer.reasons and case != COPY)
    return Result(peer.name, peer.version, peer.engine, case, answers, skipped, reasons, seconds, peak_mb())


def _splitting(peer: Peer, checks: Sequence[Check], scratch: Path) -> Callable[[], list[Answer]]:
    if not isinstance(peer, Splitter):
        raise SystemExit(f"{peer.name}: got case {SPLIT}, but it names no rows.")

    def once() -> list[Answer]:
        peer.split(checks, *(scratch / part for part in PARTS))
        return []

    return once


def _repeat(once: Callable[[], list[Answer]], runs: int) -> tuple[list[Answer], dict[str, float | list[float]]]:
    answers, warm_up_s, _ = _timed(once)
    wall: list[float] = []
    cpu: list[float] = []
    while len(wall) < runs and (not wall or sum(wall) + warm_up_s < _BUDGET_S):
        answers, wall_s, used_s = _timed(once)
        wall.append(wall_s)
        cpu.append(used_s)
    return answers, {"warm_up": warm_up_s, "runs": wall, "cpu": cpu}


def _timed(once: Callable[[], list[Answer]]) -> tuple[list[Answer], float, float]:
    began_s, used_s = time.perf_counter(), cpu_s()
    answers = once()
    return answers, round(time.perf_counter() - began_s, 3), round(cpu_s() - used_s, 2)
