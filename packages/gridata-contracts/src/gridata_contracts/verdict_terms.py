"""How a check is judged, as a contract writes it beside the rule: severity, action, threshold, where, nulls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from gridata_contracts.columns import Schema
from gridata_contracts.model import Action, Nulls, Severity, Threshold
from gridata_contracts.problems import Problems
from gridata_contracts.rules.rule import Rule

if TYPE_CHECKING:
    from gridata_contracts.expressions import Expression

KEYS = ("where", "nulls", "action", "threshold")
"""Keys of an implementation that are not arguments of its rule."""

_SAID = {"error": "error", "warn": "warning", "info": "warning"}
"""Other words for a severity: the standard's `info` is only told, too."""
_T = TypeVar("_T")
_PERCENT = re.compile(r"(< ?)?(100|[0-9]{1,2}(?:\.[0-9]{1,6})?) ?%")


@dataclass(frozen=True)
class Terms:
    """The judging part of a check."""

    severity: Severity
    action: Action
    threshold: Threshold | None
    where: Expression | None
    nulls: Nulls


def read_terms(
    rule: Rule, severity: str | None, given: dict[str, Any], at: str, schema: Schema, problems: Problems
) -> Terms | None:
    """Read and prove the terms; None when a problem was noted.

    Args:
        rule: what is judged; rules that mark no rows cannot quarantine any.
        severity: as written beside the implementation.
        given: the values of KEYS that are written.
        at: path of the implementation in the document.
        schema: columns that a condition may name.
        problems: takes what is wrong.
    """
    before = len(problems.messages)
    word = _SAID.get(severity or "error", severity)
    level = _one_of(word, {each.value: each for each in Severity}, f"{_beside(at)}.severity", problems)
    action = _one_of(
        given.get("action", _default_action(rule, level)),
        {each.value: each for each in Action},
        f"{at}.action",
        problems,
    )
    nulls = _one_of(given.get("nulls", "pass"), {each.value: each for each in Nulls}, f"{at}.nulls", problems)
    threshold = _threshold(given["threshold"], f"{at}.threshold", problems) if "threshold" in given else None
    where = _condition(given["where"], f"{at}.where", schema, problems) if "where" in given else None
    _refuse_contradictions(rule, level, action, given, at, problems)
    if level is None or action is None or nulls is None or len(problems.messages) > before:
        return None
    return Terms(level, action, threshold, where, nulls)


def _beside(implementation: str) -> str:
    """The quality entry, where severity is written."""
    return implementation.removesuffix(".implementation")


def _condition(written: Any, at: str, schema: Schema, problems: Problems) -> Expression | None:
    from gridata_contracts.expressions import parse_expression  # loads a SQL parser: only where one is written

    return parse_expression(written, schema, at, problems)


def _default_action(rule: Rule, severity: Severity | None) -> str:
    if severity is Severity.WARNING or not rule.quarantines:
        return Action.FLAG.value
    return Action.QUARANTINE.value if rule.marks_rows else Action.FAIL_BATCH.value


def _one_of(word: Any, choices: Mapping[str, _T], at: str, problems: Problems) -> _T | None:
    if word not in list(choices):
        problems.add_choice(at, word, choices)
        return None
    return choices[word]


def _threshold(written: Any, at: str, problems: Problems) -> Threshold | None:
    """`10`, `"1.5 %"`, `"< 1.5 %"`, or a mapping with `rows`, `percent` and `below_percent`."""
    if type(written) is int and written >= 0:
        return Threshold(rows=written)
    if isinstance(written, str) and (match := _PERCENT.fullmatch(written)) is not None:
        percent = Decimal(match[2])
        if match[1] is None:
            return Threshold(percent=percent)
        if percent > 0:
            return Threshold(below_percent=percent)
    if isinstance(written, dict) and written and set(written) <= {"rows", "percent", "below_percent"}:
        rows, shares = written.get("rows"), [written.get(name) for name in ("percent", "below_percent")]
        whole = rows is None or (type(rows) is int and rows >= 0)
        if whole and all(each is None or _is_percent(each) for each in shares) and shares[1] != 0:
            return Threshold(rows, *(None if each is None else Decimal(str(each)) for each in shares))
    problems.add(at, written, 'a number of rows, a share such as "1 %", "< 1 %", or {rows: 10, percent: 1}')
    return None


def _is_percent(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 100


def _refuse_contradictions(
    rule: Rule, severity: Severity | None, action: Action | None, given: dict[str, Any], at: str, problems: Problems
) -> None:
    if severity is Severity.WARNING and action not in (Action.FLAG, None):
        problems.add(f"{at}.action", str(action), "flag, as severity is warning", "Make it an error, or flag the rows.")
    if action is Action.QUARANTINE and not rule.marks_rows:
        allowed = f"fail_batch or flag ({rule.name} decides about the batch, no row breaks it)"
        problems.add(f"{at}.action", str(action), allowed)
    elif action is Action.QUARANTINE and not rule.quarantines:
        allowed = f"flag or fail_batch ({rule.name} may hold tomorrow without a change of the row)"
        problems.add(f"{at}.action", str(action), allowed)
    for key, refused in _refused(rule):
        if key in given and refused:
            problems.add(f"{at}.{key}", given[key], f"no {key} for {rule.name}", refused)


def _refused(rule: Rule) -> Iterable[tuple[str, str]]:
    yield "nulls", f"It decides about nulls itself: {rule.nulls}." if rule.about_null or not rule.marks_rows else ""
    yield "threshold", "" if rule.marks_rows else "Its own bounds say what is tolerated."
    yield "where", "" if rule.filters else "It looks at the whole batch."
