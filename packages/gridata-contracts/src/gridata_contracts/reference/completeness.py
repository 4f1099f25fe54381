"""Rules about values that are there."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.reference.case import Case, Holds
from gridata_contracts.sql.blanks import BLANKS


def _is_not_null_where(case: Case) -> bool:
    column = case.argument("column")
    wanted = [case.literal(value, column) for value in case.argument("values")]
    return case.value is not None or case.look(column) not in wanted


HOLDS: Mapping[str, Holds] = {
    "is_not_null": lambda case: case.value is not None or case.parent_is_null,
    "is_not_null_where": _is_not_null_where,
    "is_not_blank": lambda case: bool(case.value.strip(BLANKS)),
    "has_items": lambda case: case.within(len(case.value), int),
}
