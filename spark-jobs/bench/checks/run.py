"""`python -m bench.checks.run`: our checks beside every peer's on the same rows, verdicts compared before times."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bench.checks.data import bench_dir, lineitem
from bench.checks.launch import NotRun, launch
from bench.checks.roster import COPIES, OURS, Entry, entries
from bench.checks.suite import CASES, COPY, SPLIT, suite
from bench.checks.table import Line, show
from bench.checks.truth import Truth, find_truth
from bench.checks.verdicts import WRONG, disagreements
from bench.checks.worker import Result

_QUICK_SCALE, _QUICK_CASES = 0.05, (COPY, "ladder-46", "rows-50")


def main() -> None:
    """Make the data, run every case of every peer, print the table, keep the JSON."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # so that the process being timed ends with it
    scale, runs, cases = options.scale, options.runs, options.cases
    if options.quick:
        scale, runs, cases = _QUICK_SCALE, 1, _QUICK_CASES
    parquet = lineitem(scale)
    truth = find_truth(parquet)
    about = {"scale": scale, "rows": truth.rows, "machine": _machine()}
    print(
        f"{about['machine']}, lineitem at scale {scale:g}: {truth.rows:,} rows, 1 warm-up and {runs} run(s)", flush=True
    )
    lines: list[Line] = []
    for case, entry in _plan(cases, entries(options.peers)):
        print(f"{case}: {entry.name} on {entry.engine}", file=sys.stderr, flush=True)
        lines.append(_line(entry, case, truth, partial(launch, parquet=parquet, runs=runs, timeout_s=options.timeout)))
        _keep(options.json, lines, about)  # after each, since a long run may be ended
    print(f"{show(lines, truth.rows)}\n\nKept in {options.json}")
    if any(one.reading == WRONG for line in lines if line.outcome.peer == OURS for one in line.found):
        raise SystemExit("Our own engine disagrees with plain SQL: see above.")
    if any(isinstance(line.outcome, NotRun) for line in lines if line.outcome.peer == OURS):
        raise SystemExit("Our own engine was not run: see above.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="TPC-H scale factor; 1 is 6.0 M rows.")
    parser.add_argument("--runs", type=int, default=3, help="After one warm-up in the same process.")
    parser.add_argument("--quick", action="store_true", help="Scale 0.05, one run, fewer cases: proves that it runs.")
    parser.add_argument("--peers", type=lambda text: text.split(","), help="Names, comma-separated; all by default.")
    parser.add_argument("--cases", type=lambda text: text.split(","), default=list(CASES), help="All by default.")
    parser.add_argument("--timeout", type=int, default=1800, metavar="S", help="For one case of one peer.")
    parser.add_argument("--json", type=Path, metavar="FILE", default=bench_dir() / "checks.json")
    return parser.parse_args()


def _plan(cases: Sequence[str], takers: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
    for case in cases:
        yield from ((case, entry) for entry in takers if (entry.name == COPIES) == (case == COPY))


def _line(entry: Entry, case: str, truth: Truth, run: Callable[[Entry, str], Result | NotRun]) -> Line:
    if case == SPLIT and not entry.splits:
        return Line(NotRun(entry.name, entry.engine, case, "it names no rows to part"))
    outcome = run(entry, case)
    found = disagreements(outcome, suite(case), truth) if isinstance(outcome, Result) else ()
    return Line(outcome, tuple(found))


def _machine() -> str:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {memory_gb:.0f} GB"


def _keep(path: Path, lines: Sequence[Line], about: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    results = [asdict(line.outcome) | {"disagreements": [asdict(one) for one in line.found]} for line in lines]
    path.write_text(json.dumps({**about, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
