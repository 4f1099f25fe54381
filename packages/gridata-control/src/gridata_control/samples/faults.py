"""Faults that are put into good records on purpose, and what each must be rejected for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from gridata_contracts.errors import PermanentError
from gridata_contracts.model import Check, Contract, Severity
from gridata_contracts.reasons import ReasonCode

Record = TypeVar("Record")
Row = TypeVar("Row")

_CODES = {"is_not_null": ReasonCode.MISSING_REQUIRED, "is_unique": ReasonCode.DUPLICATE_KEY}


@dataclass(frozen=True)
class Breach:
    """One reason a fault gives: a rule broken on a column, or (without a rule) a fault found while reading."""

    code: ReasonCode
    column: str | None = None
    rule: str | None = None


@dataclass(frozen=True)
class Fault(Generic[Record, Row]):
    """One way to spoil a record.

    Attributes:
        name: unique in its dataset.
        breaches: every reason the spoilt record is rejected for, no more and no fewer.
        spoil: makes the spoilt row, in the form it is written in. May change the record it is given.
        needs: whether a record can be spoilt this way.
        keeps_original: the good record is written too, right before (a duplicate needs its first).
    """

    name: str
    breaches: tuple[Breach, ...]
    spoil: Callable[[Record], Row]
    needs: Callable[[Record], bool] = lambda _: True
    keeps_original: bool = False


def _subject(check: Check) -> str | None:
    """Column a rule stands on; for a key, its columns."""
    columns = check.arguments.get("columns")
    return "+".join(map(str, columns)) if isinstance(columns, list) else check.column


def unreadable(code: ReasonCode, column: str | None = None) -> Breach:
    """A fault found while reading; no check is asked about such a record."""
    return Breach(code, column)


def broken(column: str, rule: str) -> Breach:
    """A check of the contract that says no. For `is_unique`, the column is the key."""
    return Breach(_CODES.get(rule, ReasonCode.CHECK_FAILED), column, rule)


class Rulebook:
    """Check ids of a contract, by column and rule."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._checks: dict[tuple[str | None, str], list[Check]] = {}
        for check in contract.checks:
            if check.severity is Severity.ERROR:
                self._checks.setdefault((_subject(check), check.rule), []).append(check)

    def check_id(self, breach: Breach) -> str | None:
        """Id of the check a breach breaks; None for a fault found while reading.

        Raises:
            PermanentError: the contract has no such check, or more than one, so the answer key would be wrong.
        """
        if breach.rule is None:
            return None
        checks = self._checks.get((breach.column, breach.rule), [])
        if len(checks) != 1:
            raise PermanentError(
                f"{self._contract.path}: checks {breach.rule} on {breach.column or 'the row'}: got {len(checks)},"
                " allowed 1 of severity error. Change the contract or the sample's faults together."
            )
        return checks[0].id
