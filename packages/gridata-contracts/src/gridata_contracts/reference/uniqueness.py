"""Rules about values that may stand only once in one record."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.reference.case import Case, Holds, rank


def _has_unique_items(case: Case) -> bool:
    field = case.argument("field")
    values = [item.get(field) if field and item is not None else item for item in case.value]
    present = [value for value in values if value is not None]
    return len(set(present)) == len(present)


def _is_different_from_columns(case: Case) -> bool:
    return rank(case.value) not in [rank(case.look(path)) for path in case.argument("columns")]


HOLDS: Mapping[str, Holds] = {
    "has_unique_items": _has_unique_items,
    "is_different_from_columns": _is_different_from_columns,
}
