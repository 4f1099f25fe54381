"""Rules that compare a value with other columns of its row."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from gridata_contracts.reference.case import Case, Holds


def _compares(holds: Callable[[Any, Any], bool]) -> Holds:
    def against_other(case: Case) -> bool | None:
        other = case.look(case.argument("column"))
        return None if other is None else holds(case.value, other)

    return against_other


def _is_sum_of_columns(case: Case) -> bool:
    plus = [case.look(path) or 0 for path in case.argument("plus")]
    minus = [case.look(path) or 0 for path in case.argument("minus") or ()]
    return case.equals(sum(plus) - sum(minus))


def _is_sum_of_items(case: Case) -> bool:
    minus = case.argument("minus")
    total: Any = 0
    for item in case.look(case.argument("array")) or ():
        number = {} if item is None else item
        product = math.prod(number.get(name) or 0 for name in case.argument("factors"))
        total += product - (number.get(minus) or 0 if minus else 0)
    return case.equals(total)


HOLDS: Mapping[str, Holds] = {
    "is_at_most_column": _compares(lambda own, other: own <= other),
    "is_at_least_column": _compares(lambda own, other: own >= other),
    "is_equal_to_column": _compares(lambda own, other: own == other),
    "is_sum_of_columns": _is_sum_of_columns,
    "is_sum_of_items": _is_sum_of_items,
}
