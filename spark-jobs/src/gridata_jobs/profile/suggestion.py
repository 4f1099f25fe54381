"""Rules that the first records suggest, kept or dropped by what the others say."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridata_contracts.model import Check
from gridata_jobs.checks.decision import Outcome

MOST_FAILING = 0.005
"""A rule that a larger share of records fails is not suggested."""
_Z = 1.96  # 95 %
_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")
_OPTIONS = {"is_between": "minimum", "has_pattern": "pattern"}


@dataclass(frozen=True)
class SuggestedRule:
    """One rule of the suggested contract, or one that the records spoke against.

    Attributes:
        failed, evaluated: of all records, those that taught it included.
        confidence: a bound, at 95 %, of the share of further records that keep it (Wilson's score interval): 1,000
            records without a failure give 0.996, ten give 0.722.
        kept: it is in the contract.
    """

    check: str
    rule: str
    column: str | None
    expected: str
    failed: int
    evaluated: int
    confidence: float
    kept: bool


def weigh(outcome: Outcome) -> SuggestedRule:
    """Judge a rule by all records."""
    check, failed, evaluated = outcome.check, outcome.failed, outcome.evaluated
    kept = failed <= MOST_FAILING * evaluated
    confidence = round(lower_bound(evaluated - failed, evaluated), 3)
    return SuggestedRule(check.id, check.rule, check.column, check.expected, failed, evaluated, confidence, kept)


def lower_bound(good: int, total: int) -> float:
    """Lower end of Wilson's score interval of a share, at 95 %; 0 without anything counted."""
    if not total:
        return 0.0
    share, z2 = good / total, _Z * _Z
    spread = _Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max(0.0, (share + z2 / (2 * total) - spread) / (1 + z2 / total))


def drop(document: dict[str, Any], checks: Sequence[Check]) -> None:
    """Take what asks for some checks out of a contract's document."""
    for check in checks:
        *way, last = _STEP.findall(check.source)
        place: Any = document
        for name, index in way:
            place = place[name][int(index)] if index else place[name]
        if last[0] == "logicalTypeOptions":
            place[last[0]].pop(_OPTIONS[check.rule])
            if not place[last[0]]:
                del place[last[0]]
        elif check.rule == "is_unique" and last[0] == "properties":
            _unmark_key(place[last[0]])
        else:
            place.pop(last[0], None)


def _unmark_key(properties: Sequence[Mapping[str, Any]]) -> None:
    for each in properties:
        assert isinstance(each, dict)
        each.pop("primaryKey", None)
        each.pop("primaryKeyPosition", None)
