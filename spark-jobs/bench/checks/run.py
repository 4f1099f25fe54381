"""`python -m bench.checks.run`: our checks beside every peer's on the same rows, verdicts compared before times."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.checks.data import bench_dir, lineitem
from bench.checks.launch import NotRun, launch
from bench.checks.roster import COPIES, OURS, Entry, entries
from bench.checks.suite import CASES, COPY, SPLIT, suite
from bench.checks.table import Line, show
from bench.checks.truth import Truth, find_truth
from bench.checks.verdicts import disagreements
from bench.checks.worker import Result

_QUICK_SCALE, _QUICK_CASES = 0.05, (COPY, "ladder-46", "rows-50")


def main() -> None:
    """Make the data, run every case of every peer, print the table, keep the JSON."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # so that the process being timed ends with it
    scale, runs = (_QUICK_SCALE, 1) if options.quick else (options.scale, options.runs)
    cases = _QUICK_CASES if options.quick else options.cases
    parquet = lineitem(scale)
    truths = {case: find_truth(parquet, case) for case in cases}
    rows = next(iter(truths.values())).rows
    print(f"{_machine()}, lineitem at scale {scale:g}: {rows:,} rows, 1 warm-up and {runs} run(s)", flush=True)
    lines = _measure(entries(options.peers), truths, parquet, runs, options.timeout)
    print(show(lines, rows))
    _keep(options.json or bench_dir() / "checks.json", lines, {"scale": scale, "rows": rows, "machine": _machine()})
    if any(line.found for line in lines if line.outcome.peer == OURS):
        raise SystemExit("Our own engine disagrees with plain SQL: see above.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="TPC-H scale factor; 1 is 6.0 M rows.")
    parser.add_argument("--runs", type=int, default=3, help="After one warm-up in the same process.")
    parser.add_argument("--quick", action="store_true", help="Scale 0.05, one run, fewer cases: proves that it runs.")
    parser.add_argument("--peers", type=lambda text: text.split(","), help="Names, comma-separated; all by default.")
    parser.add_argument("--cases", type=lambda text: text.split(","), default=list(CASES), help="All by default.")
    parser.add_argument("--timeout", type=int, default=1800, metavar="S", help="For one case of one peer.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="Where the results are kept.")
    return parser.parse_args()


def _measure(takers: Sequence[Entry], truths: dict[str, Truth], parquet: Path, runs: int, timeout_s: int) -> list[Line]:
    lines = []
    for case, truth in truths.items():
        for entry in takers:
            if (entry.name == COPIES) != (case == COPY):
                continue
            print(f"{case}: {entry.name} on {entry.engine}", file=sys.stderr, flush=True)
            lines.append(_line(entry, case, truth, parquet, runs, timeout_s))
    return lines


def _line(entry: Entry, case: str, truth: Truth, parquet: Path, runs: int, timeout_s: int) -> Line:
    if case == SPLIT and not entry.splits:
        return Line(NotRun(entry.name, entry.engine, case, "it names no rows to part"))
    outcome = launch(entry, case, parquet, runs, timeout_s)
    found = disagreements(outcome, suite(case), truth) if isinstance(outcome, Result) else ()
    return Line(outcome, tuple(found))


def _machine() -> str:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {memory_gb:.0f} GB"


def _keep(path: Path, lines: Sequence[Line], about: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    results = [asdict(line.outcome) | {"disagreements": [asdict(one) for one in line.found]} for line in lines]
    path.write_text(json.dumps(about | {"results": results}, indent=1) + "\n")
    print(f"\nKept in {path}")


if __name__ == "__main__":
    main()
