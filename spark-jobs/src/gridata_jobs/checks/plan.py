"""A contract's checks, compiled for one engine: one condition for clean rows, packed words for the others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from gridata_contracts.model import Check, Contract, Severity
from gridata_contracts.rules import RULES, Level
from gridata_jobs.checks.dialect import Dialect
from gridata_jobs.checks.paths import Place, Scope, columns_by_path, place
from gridata_jobs.checks.rules import ROW_RULES, Subject

WORD_BITS = 62
"""Checks in one packed word: a signed 64-bit integer of either engine holds them without its sign."""


@dataclass(frozen=True)
class UniqueCheck:
    """A key that may stand once in a batch; `columns` are paths of top-level columns."""

    check: Check
    columns: tuple[str, ...]


@dataclass(frozen=True)
class CheckPlan:
    """What an engine evaluates.

    Attributes:
        row_checks: in bit order: check i is bit `i % WORD_BITS` of word `i // WORD_BITS`.
        clean: SQL, true for a row that breaks no row check; never null.
        words: SQL of each packed word of broken checks.
        unique: keys, decided among rows that broke no error-severity row check, in this order.
    """

    row_checks: tuple[Check, ...]
    clean: str
    words: tuple[str, ...]
    unique: tuple[UniqueCheck, ...]

    @property
    def error_words(self) -> tuple[int, ...]:
        """Per word, the bits whose checks send a row to quarantine."""
        words = [0] * len(self.words)
        for i, check in enumerate(self.row_checks):
            if check.severity is Severity.ERROR:
                words[i // WORD_BITS] |= 1 << (i % WORD_BITS)
        return tuple(words)

    def broken(self, words: tuple[int, ...]) -> list[Check]:
        """The checks named by packed words, in bit order."""
        return [c for i, c in enumerate(self.row_checks) if words[i // WORD_BITS] >> (i % WORD_BITS) & 1]


def compile_checks(contract: Contract, dialect: Dialect, as_of: datetime) -> CheckPlan:
    """Compile every check of a contract for one engine.

    `as_of` is the aware UTC instant that stands for now: the batch's, so that a replay decides the same.
    """
    row_checks = tuple(c for c in contract.checks if RULES[c.rule].level is Level.ROW)
    columns = columns_by_path(contract)
    conditions: list[tuple[Place, str]] = []
    for check in row_checks:
        path = check.column or ""
        where = place(path, dialect)
        subject = Subject(check, where, columns[path].type, columns, dialect, as_of)
        conditions.append((where, ROW_RULES[check.rule](subject)))
    unique = tuple(
        UniqueCheck(c, tuple(str(p) for p in _list(c.arguments["columns"])))
        for c in contract.checks
        if c.rule == "is_unique"
    )
    return CheckPlan(row_checks, _clean(conditions, dialect), _words(conditions, dialect), unique)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _clean(conditions: list[tuple[Place, str]], dialect: Dialect) -> str:
    """No condition holds; conditions on the same array's items share one walk over it."""
    groups: dict[tuple[Scope, ...], list[str]] = defaultdict(list)
    for where, condition in conditions:
        groups[where.scopes].append(condition)
    failing = [_in_scopes(scopes, " OR ".join(group), dialect) for scopes, group in groups.items()]
    return "NOT (" + " OR ".join(failing) + ")" if failing else "true"


def _words(conditions: list[tuple[Place, str]], dialect: Dialect) -> tuple[str, ...]:
    words: list[list[str]] = []
    for i, (where, condition) in enumerate(conditions):
        if i % WORD_BITS == 0:
            words.append([])
        failing = _in_scopes(where.scopes, condition, dialect)
        words[-1].append(f"CASE WHEN {failing} THEN CAST({1 << (i % WORD_BITS)} AS BIGINT) ELSE CAST(0 AS BIGINT) END")
    return tuple(" + ".join(word) for word in words) or ("CAST(0 AS BIGINT)",)


def _in_scopes(scopes: tuple[Scope, ...], condition: str, dialect: Dialect) -> str:
    return reduce(lambda inner, s: dialect.any_item(s.array, s.variable, inner), reversed(scopes), condition)
