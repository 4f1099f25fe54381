"""Rules about values that may stand only once in one record."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.reference.case import Case, Holds


def _has_unique_items(case: Case) -> bool:
    values = [None if item is None else item.get(case.argument("field")) for item in case.value]
    present = [value for value in values if value is not None]
    return len(set(present)) == len(present)


HOLDS: Mapping[str, Holds] = {"has_unique_items": _has_unique_items}
