"""Rules that calculate with other columns of the row. Binary numbers are added from left to right, as engines do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gridata_contracts.reference.case import Case, Holds


def _is_sum_of_columns(case: Case) -> bool:
    total: Any = 0
    for path in case.argument("plus"):
        total += case.look(path) or 0
    for path in case.argument("minus") or ():
        total -= case.look(path) or 0
    return case.equals(total)


def _is_sum_of_items(case: Case) -> bool:
    minus = case.argument("minus")
    total: Any = 0
    for item in case.look(case.argument("array")) or ():
        number = {} if item is None else item
        product = math.prod(number.get(name) or 0 for name in case.argument("factors"))
        total += product - (number.get(minus) or 0 if minus else 0)
    return case.equals(total)


def _is_product_of_columns(case: Case) -> bool | None:
    factors = [case.look(path) for path in case.argument("factors")]
    return None if None in factors else case.equals(math.prod(factors))


def _is_within_of_column(case: Case) -> bool | None:
    other = case.look(case.argument("column"))
    return None if other is None else case.equals(other, "max_difference")


def _is_within_percent_of_column(case: Case) -> bool | None:
    other = case.look(case.argument("column"))
    if other is None:
        return None
    return bool(abs(case.value - other) * 100 <= abs(other) * Decimal(str(case.argument("max_percent"))))


HOLDS: Mapping[str, Holds] = {
    "is_sum_of_columns": _is_sum_of_columns,
    "is_sum_of_items": _is_sum_of_items,
    "is_product_of_columns": _is_product_of_columns,
    "is_within_of_column": _is_within_of_column,
    "is_within_percent_of_column": _is_within_percent_of_column,
}
