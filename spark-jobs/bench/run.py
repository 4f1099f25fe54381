"""`make bench`: ingest beside plain copies of the same files, in one run, as MB of input per second and as ratios."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.cases import Timing, copy_with_duckdb, copy_with_spark, ingest
from bench.inputs import make_inputs


@dataclass(frozen=True)
class Row:
    """One line of the table: the runs of one case."""

    name: str
    megabytes: float
    runs: list[Timing]
    limit: str | None = None

    @property
    def rate(self) -> float:
        """MB of input per second, of the median run."""
        return self.megabytes / float(statistics.median(run.wall_s for run in self.runs))


def main() -> None:
    """Make the files, time the cases, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000, help="Size of the JSON lines files.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="40 MB, one run: proves that the benchmark runs.")
    parser.add_argument("--no-spark", action="store_true")
    options = parser.parse_args()
    megabytes, runs = (40, 1) if options.quick else (options.megabytes, options.runs)
    with tempfile.TemporaryDirectory(prefix="gridata-bench-") as folder:
        print(f"{platform.processor() or platform.machine()}, {_cores()} cores, {megabytes} MB, median of {runs}")
        _print(_measure(Path(folder), megabytes, runs, spark=not options.no_spark))


def _measure(folder: Path, megabytes: int, runs: int, *, spark: bool) -> list[Row]:
    files = make_inputs(folder, megabytes)

    def timed(name: str, source: Path, case: Callable[[], Timing], limit: str | None = None) -> Row:
        return Row(name, source.stat().st_size / 1e6, [case() for _ in range(runs)], limit)

    rows = []
    for kind, source in (("JSON lines", files.clean), ("CSV", files.csv), ("Parquet", files.parquet)):
        copy = f"DuckDB copy, {kind}"
        rows.append(timed(copy, source, partial(copy_with_duckdb, source, folder)))
        rows.append(timed(f"duckdb lane, {kind}", source, partial(ingest, source, folder, "duckdb"), copy))
        if kind == "JSON lines":
            bad = "duckdb lane, JSON lines, 2 % bad"
            rows.append(timed(bad, files.bad, partial(ingest, files.bad, folder, "duckdb"), copy))
    if spark:
        rows.append(timed("Spark copy, JSON lines", files.clean, partial(copy_with_spark, files.clean, folder)))
        lane = "Spark lane, JSON lines"
        rows.append(timed(lane, files.clean, partial(ingest, files.clean, folder, "spark"), "Spark copy, JSON lines"))
    return rows


def _print(rows: list[Row]) -> None:
    by_name = {row.name: row for row in rows}
    print(f"{'case':34} {'MB':>6} {'s':>7} {'MB/s':>6} {'of copy':>8} {'peak MB':>8}  where the time goes")
    for row in rows:
        ratio = f"{row.rate / by_name[row.limit].rate:7.0%}" if row.limit else "      -"
        best = min(row.runs, key=lambda run: run.wall_s)
        steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in best.steps.items() if seconds >= 0.1)
        seconds = statistics.median(run.wall_s for run in row.runs)
        peak = max(run.peak_mb for run in row.runs)
        print(f"{row.name:34} {row.megabytes:6.0f} {seconds:7.1f} {row.rate:6.0f} {ratio:>8} {peak:8.0f}  {steps}")


def _cores() -> int:
    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    main()
