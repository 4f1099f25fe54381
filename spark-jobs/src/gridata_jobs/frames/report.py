"""What checks said about a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from gridata_contracts.measures import Number
from gridata_contracts.model import JsonValue, Severity
from gridata_contracts.rules import RULES, Level
from gridata_jobs.checks.aggregates import MeasuredColumn
from gridata_jobs.checks.decision import Decision, Outcome


@dataclass(frozen=True)
class CheckResult:
    """One check.

    Attributes:
        check: its id.
        failed: rows that fail it; of a check about the whole frame 1 or 0.
        evaluated: rows it looked at; of a check about the whole frame 1.
        value: what a check about the whole frame measured; None for checks of rows, and where there is nothing to
            measure.
        passed: not more rows fail than its threshold allows.
    """

    check: str
    rule: str
    column: str | None
    severity: str
    expected: str
    failed: int
    evaluated: int
    value: Number
    passed: bool


@dataclass(frozen=True)
class Report:
    """Everything the checks said, in the order they were asked for.

    Attributes:
        rows: of the frame.
        score: mean pass rate in percent, 0 to 100 (see docs/reference/checks.md); None without an evaluated check.
        measured: numbers of the columns, where they were asked for.
    """

    rows: int
    results: tuple[CheckResult, ...]
    score: float | None
    measured: tuple[MeasuredColumn, ...] = ()

    @property
    def passed(self) -> bool:
        """No check is broken but warnings."""
        return all(each.passed for each in self.results if each.severity == Severity.ERROR)

    @property
    def failures(self) -> list[tuple[str, int]]:
        """(check, failing rows) of every check, in order."""
        return [(each.check, each.failed) for each in self.results]

    def __str__(self) -> str:
        width = max((len(each.check) for each in self.results), default=0)
        lines = [_line(each, width) for each in self.results]
        score = "" if self.score is None else f", score {self.score:g}"
        broken = sum(not each.passed for each in self.results)
        return "\n".join([*lines, f"{self.rows:,} rows, {broken} of {len(lines)} checks broken{score}"])

    def to_dict(self) -> dict[str, JsonValue]:
        """Plain values, for JSON."""
        return {
            "rows": self.rows,
            "passed": self.passed,
            "score": self.score,
            "results": [{**asdict(each), "value": _plain(each.value)} for each in self.results],
            "measured": [{**asdict(each)} for each in self.measured],
        }


def report_of(decision: Decision, rows: int, measured: Sequence[MeasuredColumn]) -> Report:
    """A decision in a caller's words."""
    outcomes = sorted(decision.outcomes, key=_position)
    return Report(rows, tuple(map(_result, outcomes)), decision.score, tuple(measured))


def _position(outcome: Outcome) -> int:
    """Where the check was asked for: its source is `checks[3]`."""
    return int(outcome.check.source.partition("[")[2].partition("]")[0])


def _result(outcome: Outcome) -> CheckResult:
    check = outcome.check
    return CheckResult(
        check.id, check.rule, check.column, check.severity.value, check.expected, outcome.failed, outcome.evaluated,
        outcome.number, not outcome.broken,
    )  # fmt: skip


def _line(result: CheckResult, width: int) -> str:
    verdict = "ok" if result.passed else "broken" if result.severity == Severity.ERROR else "warning"
    found = f"{result.failed:,} of {result.evaluated:,} rows" if result.value is None else f"measured {result.value}"
    if RULES[result.rule].level is Level.SCHEMA:
        found = "columns" if result.value is None else f"got {result.value}"
    return f"{verdict:8} {result.check:{width}}  {found}, expected {result.expected}"


def _plain(value: Number) -> JsonValue:
    return value if value is None or isinstance(value, int | float) else str(value)
