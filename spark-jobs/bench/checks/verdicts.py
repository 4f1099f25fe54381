"""Whether a peer said what is true, told before how fast it was."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.checks.suite import PARTS, Check
from bench.checks.truth import MAIN, Readings, Truth
from bench.checks.worker import Answer, Result

_TOLERANCE = 1e-5  # Spark's mean of a decimal(15,2) has six places
_SKETCH_TOLERANCE = 0.1  # two standard deviations of the sketches in use
WRONG = "wrong"
"""Reading of an answer to no question that anybody asked."""
_SOME_NULLS_FAIL = "some nulls fail"  # a split where null breaks some kinds of rule and not others


@dataclass(frozen=True)
class Disagreement:
    """An answer that is not the truth as the suite defines it.

    Attributes:
        kind: of the check, or the part of a split.
        truth: what the suite defines.
        reading: the other question that this answers (`nulls fail`, …), `wrong` when there is none.
    """

    id: str
    kind: str
    said: str
    truth: float
    reading: str


def disagreements(result: Result, checks: Sequence[Check], truth: Truth) -> list[Disagreement]:
    """Compare every answer of a case with the truth."""
    by_id = {check.id: check for check in checks}
    found = []
    for answer in result.checks:
        check = by_id.get(answer.id)
        kind = check.kind if check else answer.id
        reading = _reading(answer, check, truth.readings[answer.id])
        if reading != MAIN:
            found.append(Disagreement(answer.id, kind, _said(answer), truth.readings[answer.id][MAIN], reading))
    return found


def summarise(found: Sequence[Disagreement]) -> str:
    """How many of which reading, such as `2 wrong, 53 nulls fail`."""
    counts = Counter(one.reading for one in found)
    ordered = sorted(counts.items(), key=lambda item: (item[0] != WRONG, item[0]))
    return ", ".join(f"{count} {reading}" for reading, count in ordered) or "0"


def _reading(answer: Answer, check: Check | None, readings: Readings) -> str:
    if answer.verdict is not None and check is not None:
        return MAIN if answer.verdict == (readings[MAIN] == check.arguments[0]) else WRONG
    said = answer.failed if answer.failed is not None else answer.value
    if said is None:
        return "no answer"
    tolerance = _SKETCH_TOLERANCE if check is not None and check.kind == "approx_distinct" else _TOLERANCE
    if answer.failed is not None or answer.id in PARTS:
        tolerance = 0.0
    if answer.id in PARTS and min(readings.values()) < said < max(readings.values()):
        return _SOME_NULLS_FAIL
    return next((name for name, value in readings.items() if _close(said, value, tolerance)), WRONG)


def _close(said: float, value: float, tolerance: float) -> bool:
    return math.isclose(said, value, rel_tol=tolerance, abs_tol=1e-6 if tolerance else 0.0)


def _said(answer: Answer) -> str:
    values = (answer.failed, answer.value, answer.verdict)
    return str(next((value for value in values if value is not None), "nothing"))
