"""The one table: verdicts first, then times."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from bench.checks.launch import NotRun
from bench.checks.roster import COPIES
from bench.checks.suite import COPY, suite
from bench.checks.verdicts import Disagreement, summarise
from bench.checks.worker import Result

_HEAD = (
    f"{'case':14} {'tool':36} {'engine':13} {'checks':>6} {'skip':>4} {'reasons':7} {'median s':>9} {'min s':>8} "
    f"{'runs':>4} {'CPU s':>7} {'rows/s':>11} {'x copy':>7} {'peak MB':>8} {'start s':>7}  disagreements"
)
_EXAMPLES = 2


@dataclass(frozen=True)
class Line:
    """One case of one tool, with what is wrong with its answers."""

    outcome: Result | NotRun
    found: tuple[Disagreement, ...] = ()


def show(lines: Sequence[Line], rows: int) -> str:
    """Disagreements with examples, then the table."""
    copies = {
        line.outcome.engine: median_s(line.outcome)
        for line in lines
        if isinstance(line.outcome, Result) and line.outcome.case == COPY
    }
    return "\n".join([*_disagreements(lines), "", _HEAD, *(_row(line, rows, copies) for line in lines)])


def median_s(result: Result) -> float:
    """Median wall time of the runs."""
    return float(statistics.median(_runs(result, "runs")))


def _disagreements(lines: Sequence[Line]) -> Iterator[str]:
    """Each tool's kinds of difference once, from its largest case."""
    yield "Disagreements with plain SQL (tool, kind of check, which reading, examples):"
    shown: set[tuple[str, str, str, str]] = set()
    for line in reversed(lines):
        if isinstance(line.outcome, NotRun):
            continue
        for one in line.found:
            key = (line.outcome.peer, line.outcome.engine, one.kind, one.reading)
            if key in shown:
                continue
            shown.add(key)
            same = [other for other in line.found if (other.kind, other.reading) == (one.kind, one.reading)]
            examples = "; ".join(f"{e.id} said {e.said}, true {e.truth:g}" for e in same[:_EXAMPLES])
            yield f"  {key[0]} on {key[1]}: {one.kind}: {one.reading} ({len(same)} in {line.outcome.case}): {examples}"


def _row(line: Line, rows: int, copies: dict[str, float]) -> str:
    outcome = line.outcome
    if isinstance(outcome, NotRun):
        return f"{outcome.case:14} {outcome.peer:36} {outcome.engine:13} not run: {outcome.reason}"
    wall_s = median_s(outcome)
    limit_s = copies.get(outcome.engine)
    ratio = f"{wall_s / limit_s:.2f}" if limit_s else "-"
    evaluated = len(suite(outcome.case)) - len(outcome.skipped)
    counted = f"{evaluated:6} {len(outcome.skipped):4}" if outcome.peer != COPIES else f"{'-':>6} {'-':>4}"
    reasons = "-" if outcome.peer == COPIES else "yes" if outcome.reasons else "no"
    runs = _runs(outcome, "runs")
    return (
        f"{outcome.case:14} {f'{outcome.peer} {outcome.version}':36} {outcome.engine:13} {counted} {reasons:7} "
        f"{wall_s:9.2f} {min(runs):8.2f} {len(runs):4} {statistics.median(_runs(outcome, 'cpu')):7.1f} "
        f"{rows / wall_s:11,.0f} {ratio:>7} {outcome.peak_mb:8,.0f} {outcome.seconds['start']:7.1f}  "
        f"{summarise(line.found) if outcome.peer != COPIES else '-'}"
    )


def _runs(result: Result, name: str) -> list[float]:
    return cast("list[float]", result.seconds[name])
