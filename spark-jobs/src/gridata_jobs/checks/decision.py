"""From the numbers of a batch to its verdict: which checks are broken, which rows that rejects, and the one gate.

Decided once, on collected numbers, before anything is committed; no row is looked at again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gridata_contracts.measures import Number
from gridata_contracts.model import Action, Check, Severity
from gridata_contracts.rules import RULES, Level
from gridata_contracts.sketches import Sketch

_WEIGHTS = {Severity.ERROR: 3, Severity.WARNING: 1}


@dataclass
class Tally:
    """What was counted in a batch or a part of it.

    Attributes:
        checked: rows that could be read, so that their checks were evaluated.
        failed: rows per check id that failed it, whatever its severity.
        applied: rows per check id that it looked at; only checks that leave some out.
    """

    checked: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    applied: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Count another part in."""
        self.checked += other.checked
        self.failed.update(other.failed)
        self.applied.update(other.applied)


@dataclass(frozen=True)
class Measured:
    """The number of a check that decides about the batch, and whether it is within the check's bounds.

    Attributes:
        sketch: what the number comes from, for later batches; of checks that have one.
    """

    number: Number
    holds: bool
    sketch: Sketch | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one check.

    Attributes:
        failed: rows that failed it; for a check about the batch 1 or 0.
        evaluated: rows it looked at; for a check about the batch 1.
        number: what a check about the batch measured; None for checks of rows, and where there was nothing to measure.
        broken: more rows failed than it tolerates.
        note: how a check about earlier batches came to its verdict; empty for others.
        sketch: see `Measured`.
    """

    check: Check
    failed: int
    evaluated: int
    number: Number
    broken: bool
    note: str = ""
    sketch: Sketch | None = None


@dataclass(frozen=True)
class Decision:
    """The verdict about a batch, one outcome per check of the contract, in its order."""

    outcomes: tuple[Outcome, ...] = ()

    @property
    def rejecting(self) -> frozenset[str]:
        """Ids of the checks whose failing rows are rejected."""
        return frozenset(o.check.id for o in self.outcomes if o.broken and o.check.may_reject)

    @property
    def gate(self) -> tuple[Outcome, ...]:
        """Broken checks for which nothing of the batch may be published; empty when the gate is open."""
        return tuple(o for o in self.outcomes if o.broken and o.check.action is Action.FAIL_BATCH)

    @property
    def score(self) -> float | None:
        """Quality score, 0 to 100: see `quality_score`."""
        return quality_score(self.outcomes)


def decide(checks: Sequence[Check], tally: Tally, measured: Mapping[str, Measured]) -> Decision:
    """Judge every check by its threshold, or by its own bounds."""
    return Decision(tuple(_outcome(check, tally, measured) for check in checks))


def _outcome(check: Check, tally: Tally, measured: Mapping[str, Measured]) -> Outcome:
    one = measured.get(check.id)
    if RULES[check.rule].needs_history:  # not asked until with_history knows what came before
        return Outcome(check, 0, 0, None, broken=False, sketch=one.sketch if one is not None else None)
    if one is not None:
        return Outcome(check, int(not one.holds), 1, one.number, not one.holds, sketch=one.sketch)
    if RULES[check.rule].level is Level.SCHEMA:
        return Outcome(check, 0, 1, None, broken=False)  # a contract that does not keep it is refused when it is loaded
    failed, evaluated = tally.failed[check.id], tally.applied.get(check.id, tally.checked)
    tolerated = check.threshold.tolerates(failed, evaluated) if check.threshold is not None else failed == 0
    return Outcome(check, failed, evaluated, None, not tolerated)


def quality_score(outcomes: Sequence[Outcome]) -> float | None:
    """Mean pass rate of all checks in percent, warnings weighing a third of errors; None without an evaluated check.

    The pass rate of a check is 1 - failed / evaluated; of a check about the batch it is 1 or 0. So one check broken by
    every row of ten costs ten points, and a check broken by one row in a thousand costs a hundredth of one.
    """
    asked = [outcome for outcome in outcomes if outcome.evaluated]
    weighed = [(_WEIGHTS[each.check.severity], 1 - each.failed / each.evaluated) for each in asked]
    weight = sum(each for each, _ in weighed)
    return round(100 * sum(each * rate for each, rate in weighed) / weight, 2) if weight else None
