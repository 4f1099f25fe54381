"""Which changes of a contract's checks only loosen it: whatever was accepted before is accepted after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from gridata_contracts.columns import ITEM, walk
from gridata_contracts.diff_change import Change, allowed_or_refused
from gridata_contracts.literals import literal_value
from gridata_contracts.model import Action, Check, Column, Contract, JsonValue, Nulls, Threshold
from gridata_contracts.rules import RULES, Level
from gridata_contracts.types import LogicalType

_STRICTNESS = (Action.FLAG, Action.QUARANTINE, Action.FAIL_BATCH)


def check_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Changes of declared and derived checks; those that only follow from a changed `required` are left out."""
    before = {_identity(check): check for check in old.checks}
    after = {_identity(check): check for check in new.checks}
    columns, columns_now = ({column.path: column for column in walk(each.columns)} for each in (old, new))
    told = {
        path for path in {*columns, *columns_now} if _required(columns.get(path)) != _required(columns_now.get(path))
    }
    kinds = {path: column.type for path, column in columns_now.items()}
    for identity, check in before.items():
        if identity in after:
            yield from _changed(check, after[identity], kinds)
        elif not _follows(check, told) and not _is_of_missing(check, columns_now):
            yield Change(check.id, "dropped")
    for identity, check in after.items():
        if identity not in before and not _follows(check, told):
            takes_absent = not RULES[check.rule].about_null and check.nulls is not Nulls.FAIL
            allowed = not check.may_reject or (_is_of_missing(check, columns) and takes_absent)
            yield allowed_or_refused(check.id, f"added: {check.expected}", allowed=allowed)


def _required(column: Column | None) -> bool:
    return column is not None and column.required


def _follows(check: Check, told: set[str]) -> bool:
    """The check of `required` of a column of which that was told already."""
    return check.rule == "is_not_null" and check.column in told


def _is_of_missing(check: Check, columns: Mapping[str, Column]) -> bool:
    """The check stands on a column, or on the items of one, that is not there."""
    return check.column is not None and _without_items(check.column) not in columns


def _without_items(path: str) -> str:
    while path.endswith(ITEM):
        path = path.removesuffix(ITEM)
    return path


def _identity(check: Check) -> tuple[str | None, str, str]:
    """Column and rule, and the id where one column has the rule twice; a renamed id alone is no change."""
    automatic = check.id.endswith(f".{check.rule}")
    return check.column, check.rule, "" if automatic else check.id


def _changed(old: Check, new: Check, kinds: Mapping[str, LogicalType]) -> Iterator[Change]:
    harmless = not new.may_reject
    if old.severity != new.severity:  # and the action with it
        yield allowed_or_refused(new.id, f"{old.severity} → {new.severity}", allowed=harmless)
    elif old.action != new.action:
        milder = _STRICTNESS.index(new.action) < _STRICTNESS.index(old.action)
        yield allowed_or_refused(new.id, f"{old.action} → {new.action}", allowed=milder)
    if old.arguments != new.arguments:
        allowed = harmless or _is_looser(old, new, kinds)
        yield allowed_or_refused(new.id, f"{old.expected} → {new.expected}", allowed=allowed)
    if old.threshold != new.threshold:
        allowed = harmless or _tolerates_more(old.threshold, new.threshold)
        yield allowed_or_refused(new.id, f"tolerates {_said(old.threshold)} → {_said(new.threshold)}", allowed=allowed)
    if _where(old) != _where(new):
        allowed = harmless or old.where is None
        yield allowed_or_refused(new.id, f"where {_said(_where(old))} → {_said(_where(new))}", allowed=allowed)
    if old.nulls != new.nulls:
        allowed = harmless or _nulls_are_looser(new, old.nulls)
        yield allowed_or_refused(new.id, f"nulls {old.nulls} → {new.nulls}", allowed=allowed)
    if old.dimension != new.dimension:
        yield Change(new.id, f"dimension {_said(old.dimension)} → {_said(new.dimension)}")


def _where(check: Check) -> str | None:
    return check.where.text if check.where is not None else None


def _said(value: object) -> str:
    return "none" if value is None else str(value)


def _tolerates_more(old: Threshold | None, new: Threshold | None) -> bool:
    if old is None or new is None:
        return old is None
    rows = new.rows is None or (old.rows is not None and new.rows >= old.rows)
    before, after = _share(old), _share(new)
    return rows and (after is None or (before is not None and after >= before))


def _share(threshold: Threshold) -> tuple[Decimal, bool] | None:
    """The stricter of its percentages, and whether just so many are tolerated; None without one."""
    bounds = ((threshold.percent, True), (threshold.below_percent, False))
    return min(((percent, itself) for percent, itself in bounds if percent is not None), default=None)


def _nulls_are_looser(new: Check, before: Nulls) -> bool:
    """Rows that are left out (`skip`) make a percentage of the others larger."""
    in_percent = new.threshold is not None and _share(new.threshold) is not None
    loose = (Nulls.FAIL, Nulls.SKIP, Nulls.PASS)
    return new.nulls is not Nulls.FAIL and (not in_percent or loose.index(new.nulls) > loose.index(before))


def _is_looser(old: Check, new: Check, kinds: Mapping[str, LogicalType]) -> bool:
    names = {*old.arguments, *new.arguments}
    changed = [name for name in names if old.arguments.get(name) != new.arguments.get(name)]
    kind = kinds.get(new.column or "")
    read = _reader(kind if old.rule in _TYPED_BOUNDS else None)
    loosens = _loosens(old, new)
    return all(
        name in loosens and loosens[name](*(read(check.arguments.get(name)) for check in (old, new)))
        for name in changed
    )


def _loosens(old: Check, new: Check) -> Mapping[str, Callable[[Any, Any], bool]]:
    """Rules about a number of the batch, or about many rows, have bounds of one meaning."""
    rule = RULES[old.rule]
    if rule.level is Level.ROW:
        return _LOOSER.get(rule.name, {})
    return {} if old.arguments.get("outside") or new.arguments.get("outside") else _BOUNDS


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


_TYPED_BOUNDS = ("is_between", "is_greater_than", "is_less_than", "has_min", "has_max")
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
