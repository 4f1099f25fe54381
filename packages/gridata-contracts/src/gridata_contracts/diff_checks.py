"""Which changes of a contract's checks only loosen it: whatever was accepted before is accepted after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gridata_contracts.columns import walk
from gridata_contracts.literals import literal_value
from gridata_contracts.model import Check, Contract, JsonValue, Severity
from gridata_contracts.types import LogicalType

_MISSING = ("is_not_null", "is_not_null_where")
"""Rules that an absent column breaks."""


@dataclass(frozen=True)
class CheckChange:
    """One check added, dropped or changed."""

    check_id: str
    what: str
    allowed: bool


def check_changes(old: Contract, new: Contract, common_columns: set[str]) -> Iterator[CheckChange]:
    """Changes of declared and derived checks; those that only follow from a changed `required` are left out."""
    before = {_identity(check): check for check in old.checks}
    after = {_identity(check): check for check in new.checks}
    kinds = {column.path: column.type for column in walk(new.columns)}
    for identity, check in before.items():
        if identity in after:
            yield from _changed(check, after[identity], kinds)
        elif check.rule != "is_not_null" and (check.column is None or check.column in common_columns):
            yield CheckChange(check.id, "dropped", allowed=True)
    for identity, check in after.items():
        if identity not in before and check.rule != "is_not_null":
            of_new_column = check.column is not None and check.column not in common_columns
            accepts_old = of_new_column and check.rule not in _MISSING
            yield CheckChange(check.id, f"added: {check.expected}", accepts_old or check.severity is Severity.WARNING)


def _identity(check: Check) -> tuple[str | None, str, str]:
    """Column and rule, and the id where one column has the rule twice; a renamed id alone is no change."""
    automatic = check.id.endswith(f".{check.rule}")
    return check.column, check.rule, "" if automatic else check.id


def _changed(old: Check, new: Check, kinds: Mapping[str, LogicalType]) -> Iterator[CheckChange]:
    if old.severity != new.severity:
        what = f"{old.severity} → {new.severity}"
        yield CheckChange(new.id, what, allowed=new.severity is Severity.WARNING)
    if old.arguments != new.arguments:
        loosened = new.severity is Severity.WARNING or _is_looser(old, new, kinds)
        yield CheckChange(new.id, f"{old.expected} → {new.expected}", allowed=loosened)


def _is_looser(old: Check, new: Check, kinds: Mapping[str, LogicalType]) -> bool:
    names = {*old.arguments, *new.arguments}
    changed = [name for name in names if old.arguments.get(name) != new.arguments.get(name)]
    kind = kinds.get(new.column or "")
    read = _reader(kind if old.rule in ("is_between", "is_greater_than", "is_less_than") else None)
    loosens = _LOOSER.get(old.rule, {})
    return all(
        name in loosens and loosens[name](*(read(check.arguments.get(name)) for check in (old, new)))
        for name in changed
    )


def _reader(kind: LogicalType | None) -> Callable[[JsonValue], Any]:
    return lambda value: value if kind is None or value is None else literal_value(kind, value)


def _lower(old: Any, new: Any) -> bool:
    return new is None or (old is not None and bool(new <= old))


def _higher(old: Any, new: Any) -> bool:
    return new is None or (old is not None and bool(new >= old))


def _wider(old: Any, new: Any) -> bool:
    return bool((new or 0) >= (old or 0))


def _superset(old: Any, new: Any) -> bool:
    return all(value in new for value in old)


def _subset(old: Any, new: Any) -> bool:
    return all(value in old for value in new)


_BOUNDS = {"min": _lower, "max": _higher}
_LOOSER: Mapping[str, Mapping[str, Callable[[Any, Any], bool]]] = {
    "is_in_set": {"values": _superset},
    "is_not_in_set": {"values": _subset},
    "is_not_null_where": {"values": _subset},
    "is_between": _BOUNDS,
    "has_length": _BOUNDS,
    "has_items": _BOUNDS,
    "is_greater_than": {"value": _lower},
    "is_less_than": {"value": _higher},
    "is_sum_of_columns": {"tolerance": _wider},
    "is_sum_of_items": {"tolerance": _wider},
    "is_not_after_as_of": {"slack_s": _wider},
}
"""By rule and argument, whether going from the old to the new value accepts at least as much."""
