"""The last line of `gridata-job check`: counts, and the verdict about everything together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gridata_contracts.model import Action, JsonValue
from gridata_control.landing.names import printable
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
        misnamed: files that would be refused by their name when they are sent, and why.
    """

    totals: Totals
    files: int
    lane: str
    seconds: float
    decision: Decision
    not_asked: tuple[NotAsked, ...] = ()
    misnamed: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, JsonValue]:
        """One JSON object: counts, `gate` (`open` or `closed`), every check that is broken or was not asked."""
        return {
            "summary": True,
            "files": self.files,
            **vars(self.totals),
            "gate": "closed" if self.decision.gate else "open",
            "broken": [outcome_json(each) for each in self.decision.outcomes if each.broken],
            "not_asked": [{"check": each.check, "table": each.table} for each in self.not_asked],
            "misnamed": [{"file": file, "problem": problem} for file, problem in self.misnamed.items()],
            "score": self.decision.score,
            "lane": self.lane,
            "seconds": round(self.seconds, 3),
        }

    def as_text(self) -> str:
        """The same for people; checks that close the gate, that only warn and that were not asked are named."""
        t = self.totals
        files = f"{_counted(t.files_rejected, 'file')} rejected" + (f", {t.files_empty} empty" if t.files_empty else "")
        line = (
            f"{_counted(self.files, 'file')}, {_counted(t.rows_in, 'row')}: {t.valid} valid, {t.rejected} rejected, "
            f"{files} ({self.lane}, {self.seconds:.1f} s)"
        )
        warned = (each for each in self.decision.outcomes if each.broken and each.check.action is Action.FLAG)
        return "\n".join(
            [
                *(f"nothing would be published: {outcome_sentence(each)}" for each in self.decision.gate),
                *(f"warning: {outcome_sentence(each)}" for each in warned),
                *(f"would be refused when sent: {printable(name)}: {why}" for name, why in self.misnamed.items()),
                *map(str, self.not_asked),
                line,
            ]
        )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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
