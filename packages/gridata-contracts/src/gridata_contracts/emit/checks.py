"""Contract → plan of its checks: per array scope, in bit order, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gridata_contracts.columns import ITEM
from gridata_contracts.model import Check, Contract, JsonValue, Severity
from gridata_contracts.reasons import ReasonCode
from gridata_contracts.rules import RULES, Level


@dataclass(frozen=True)
class PlannedCheck:
    """One check with the bit it has in the packed verdict; batch checks have none."""

    bit: int | None
    id: str
    rule: str
    column: str | None
    arguments: Mapping[str, JsonValue]
    severity: Severity
    reason: ReasonCode
    expected: str


@dataclass(frozen=True)
class Scope:
    """Row checks that walk over the same array together.

    Attributes:
        array: path of the innermost array, `items`; empty for the row itself.
    """

    array: str
    checks: tuple[PlannedCheck, ...]


@dataclass(frozen=True)
class Plan:
    """Row checks by scope, in the order of their first bit, and the checks that need the whole batch."""

    scopes: tuple[Scope, ...]
    batch: tuple[PlannedCheck, ...]


def plan(contract: Contract) -> Plan:
    """Every check of the contract exactly once; bit i is the i-th row check."""
    scopes: dict[str, list[PlannedCheck]] = {}
    batch: list[PlannedCheck] = []
    bit = 0
    for check in contract.checks:
        if RULES[check.rule].level is not Level.ROW:
            batch.append(_planned(check, None))
            continue
        scopes.setdefault((check.column or "").rpartition(ITEM)[0], []).append(_planned(check, bit))
        bit += 1
    return Plan(tuple(Scope(array, tuple(checks)) for array, checks in scopes.items()), tuple(batch))


def reason_code(check: Check) -> ReasonCode:
    """The code of a row that breaks the check."""
    if check.rule == "is_not_null":
        return ReasonCode.MISSING_REQUIRED
    if check.rule == "is_unique":
        return ReasonCode.DUPLICATE_KEY
    return ReasonCode.CHECK_FAILED


def _planned(check: Check, bit: int | None) -> PlannedCheck:
    return PlannedCheck(
        bit,
        check.id,
        check.rule,
        check.column,
        check.arguments,
        check.severity,
        reason_code(check),
        check.expected,
    )
