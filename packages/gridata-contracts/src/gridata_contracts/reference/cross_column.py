"""Rules that compare a value with another column of its row."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from gridata_contracts.reference.case import Case, Holds, rank


def _compares(holds: Callable[[Any, Any], bool]) -> Holds:
    def against_other(case: Case) -> bool | None:
        other = case.look(case.argument("column"))
        return None if other is None else holds(rank(case.value), rank(other))

    return against_other


HOLDS: Mapping[str, Holds] = {
    "is_at_most_column": _compares(operator.le),
    "is_less_than_column": _compares(operator.lt),
    "is_at_least_column": _compares(operator.ge),
    "is_greater_than_column": _compares(operator.gt),
    "is_equal_to_column": _compares(operator.eq),
    "is_not_equal_to_column": _compares(operator.ne),
    "is_not_distinct_from_column": lambda case: rank(case.value) == rank(case.look(case.argument("column"))),
}
