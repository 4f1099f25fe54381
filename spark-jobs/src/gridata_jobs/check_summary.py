"""The last line of `gridata-job check`: counts, and the verdict about everything together."""

from __future__ import annotations

from dataclasses import dataclass

from gridata_contracts.model import JsonValue
from gridata_jobs.check_lookup import NotAsked
from gridata_jobs.checks.decision import Decision, Outcome


@dataclass
class Totals:
    """Sums over all files."""

    rows_in: int = 0
    valid: int = 0
    rejected: int = 0
    files_rejected: int = 0
    files_empty: int = 0


@dataclass(frozen=True)
class Summary:
    """What was checked and what came of it.

    Attributes:
        not_asked: checks about which nothing is said.
    """

    totals: Totals
    files: int
    lane: str
    seconds: float
    decision: Decision
    not_asked: tuple[NotAsked, ...] = ()

    def as_json(self) -> dict[str, JsonValue]:
        """One JSON object: counts, `gate` (`open` or `closed`), every check that is broken or was not asked."""
        return {
            "summary": True,
            "files": self.files,
            **vars(self.totals),
            "gate": "closed" if self.decision.gate else "open",
            "broken": [outcome_json(each) for each in self.decision.outcomes if each.broken],
            "not_asked": [{"check": each.check, "table": each.table} for each in self.not_asked],
            "score": self.decision.score,
            "lane": self.lane,
            "seconds": round(self.seconds, 3),
        }

    def as_text(self) -> str:
        """The same for people; checks that close the gate are named, and those that were not asked."""
        t = self.totals
        files = f"{t.files_rejected} files rejected" + (f", {t.files_empty} empty" if t.files_empty else "")
        line = (
            f"{self.files} files, {t.rows_in} rows: {t.valid} valid, {t.rejected} rejected, {files} "
            f"({self.lane}, {self.seconds:.1f} s)"
        )
        gate = [f"nothing would be published: {outcome_sentence(each)}" for each in self.decision.gate]
        return "\n".join([*gate, *map(str, self.not_asked), line])


def outcome_json(outcome: Outcome) -> dict[str, JsonValue]:
    """One check's outcome as plain data; numbers as doubles, dates and instants as text."""
    number = outcome.number
    return {
        "check": outcome.check.id,
        "rule": outcome.check.rule,
        "column": outcome.check.column,
        "severity": outcome.check.severity.value,
        "action": outcome.check.action.value,
        "failed": outcome.failed,
        "evaluated": outcome.evaluated,
        "number": number if number is None or isinstance(number, bool | int | float) else plain_number(number),
        "broken": outcome.broken,
        **({"note": outcome.note} if outcome.note else {}),
    }


def plain_number(number: object) -> JsonValue:
    """Decimals and other values as text, so that no digit is lost."""
    return str(number)


def outcome_sentence(outcome: Outcome) -> str:
    """What broke, in words: `total.has_mean: expected a mean between 1 and 5, got 7.2`."""
    check = outcome.check
    counted = f"{outcome.failed} of {outcome.evaluated} rows fail"
    got = counted if outcome.number is None else f"got {outcome.number}"
    limit = f", tolerated {check.threshold}" if check.threshold is not None else ""
    note = f" ({outcome.note})" if outcome.note else ""
    return f"{check.id}: expected {check.expected}, {got}{limit}{note}"
