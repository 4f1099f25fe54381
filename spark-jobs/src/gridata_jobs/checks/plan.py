"""A contract's row checks, compiled for one engine: one condition for clean rows, packed words for the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from gridata_contracts.errors import PermanentError
from gridata_contracts.model import Check, Contract, Nulls
from gridata_contracts.rules import RULES, Level, Rule
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.paths import Place, Scope, columns_by_path, place
from gridata_contracts.sql.subject import Subject
from gridata_contracts.types import Struct

WORD_BITS = 62
"""Checks in one packed word: a signed 64-bit integer of either engine holds them without its sign."""
_ROW_ITSELF = Struct(())


@dataclass(frozen=True)
class UniqueCheck:
    """A key that may stand once in a batch.

    Attributes:
        columns: paths of top-level columns.
        condition: SQL; only rows of which it is true are compared. None = all.
    """

    check: Check
    columns: tuple[str, ...]
    condition: str | None = None


@dataclass(frozen=True)
class CheckPlan:
    """What an engine evaluates.

    Attributes:
        row_checks: in bit order: check i is bit `i % WORD_BITS` of word `i // WORD_BITS`.
        conditions: SQL of each row check, true for a row that breaks it, false or null for others.
        failing: SQL, true for a row that breaks a row check, false or null for others.
        words: SQL of each packed word of broken checks; never null.
        applies: by check id, SQL that is true for rows the check evaluates; only checks that leave some out.
        unique: keys, decided among rows that broke no check which rejects each row, in this order.
    """

    row_checks: tuple[Check, ...]
    conditions: tuple[str, ...]
    failing: str
    words: tuple[str, ...]
    applies: dict[str, str]
    unique: tuple[UniqueCheck, ...]

    def bits(self, wanted: Callable[[Check], bool]) -> tuple[int, ...]:
        """Per word, the bits of the row checks that are wanted."""
        words = [0] * len(self.words)
        for i, check in enumerate(self.row_checks):
            if wanted(check):
                words[i // WORD_BITS] |= 1 << (i % WORD_BITS)
        return tuple(words)

    def broken(self, words: tuple[int, ...]) -> list[Check]:
        """The checks named by packed words, in bit order."""
        return [c for i, c in enumerate(self.row_checks) if words[i // WORD_BITS] >> (i % WORD_BITS) & 1]


def compile_checks(contract: Contract, dialect: Dialect, as_of: datetime) -> CheckPlan:
    """Compile every row check of a contract for one engine.

    `as_of` is the aware UTC instant that stands for now: the batch's, so that a replay decides the same.
    """
    row_checks = tuple(c for c in contract.checks if RULES[c.rule].level is Level.ROW)
    subjects = [_subject(check, contract, dialect, as_of) for check in row_checks]
    placed = [(subject.place, _fails(subject)) for subject in subjects]
    conditions = tuple(_in_scopes(where.scopes, condition, dialect) for where, condition in placed)
    unique = tuple(
        UniqueCheck(
            c, tuple(str(p) for p in _list(c.arguments["columns"])), _subject(c, contract, dialect, as_of).condition
        )
        for c in contract.checks
        if c.rule == "is_unique"
    )
    applies = {s.check.id: sql for s in subjects if (sql := _applies(s)) is not None}
    return CheckPlan(row_checks, conditions, _failing(placed, dialect), _words(conditions), applies, unique)


def _subject(check: Check, contract: Contract, dialect: Dialect, as_of: datetime) -> Subject:
    columns = columns_by_path(contract)
    where = place(check.column, dialect) if check.column is not None else Place((), "", None)
    kind = columns[check.column].type if check.column is not None else _ROW_ITSELF
    return Subject(check, where, kind, columns, dialect, as_of)


def _fails(subject: Subject) -> str:
    """True for a failing value, false or null for any other."""
    rule: Rule = RULES[subject.check.rule]
    if rule.holds is None:
        raise PermanentError(f"check {subject.check.id}: got rule {rule.name} without a condition. Mend the rule.")
    failing = f"NOT ({rule.holds(subject)})"
    if subject.check.nulls is Nulls.FAIL:
        failing = f"({subject.value} IS NULL OR {failing})"
    where = subject.condition
    return failing if where is None else f"(({where}) AND {failing})"


def _applies(subject: Subject) -> str | None:
    """None when the check evaluates every row."""
    parts = [f"({subject.condition})"] if subject.condition is not None else []
    if subject.check.nulls is Nulls.SKIP and not subject.place.scopes:
        parts.append(f"{subject.value} IS NOT NULL")
    return f"coalesce({' AND '.join(parts)}, false)" if parts else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _failing(conditions: list[tuple[Place, str]], dialect: Dialect) -> str:
    """Any condition holds; conditions on the same array's items share one walk over it.

    An OR over nulls is true where any is true, and null or false elsewhere.
    """
    groups: dict[tuple[Scope, ...], list[str]] = defaultdict(list)
    for where, condition in conditions:
        groups[where.scopes].append(condition)
    return " OR ".join(_in_scopes(scopes, " OR ".join(group), dialect) for scopes, group in groups.items()) or "false"


def _words(conditions: Sequence[str]) -> tuple[str, ...]:
    words: list[list[str]] = []
    for i, failing in enumerate(conditions):
        if i % WORD_BITS == 0:
            words.append([])
        words[-1].append(f"CASE WHEN {failing} THEN CAST({1 << (i % WORD_BITS)} AS BIGINT) ELSE CAST(0 AS BIGINT) END")
    return tuple(" | ".join(word) for word in words) or ("CAST(0 AS BIGINT)",)


def _in_scopes(scopes: tuple[Scope, ...], condition: str, dialect: Dialect) -> str:
    return reduce(lambda inner, s: dialect.any_item(s.array, s.variable, inner), reversed(scopes), condition)
