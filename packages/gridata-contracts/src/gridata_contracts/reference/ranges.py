"""Rules that compare one value with literals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from gridata_contracts.reference.case import Case, Holds, is_among, rank


def _against(argument: str, holds: Callable[[Any, Any], bool]) -> Holds:
    return lambda case: holds(rank(case.value), rank(case.literal(case.argument(argument))))


def _is_between(case: Case) -> bool:
    left_out = [case.literal(case.argument(name)) for name in ("min", "max") if case.argument(f"exclusive_{name}")]
    return case.within(case.value, case.literal) and not is_among(case.value, left_out)


def _is_equal_to(case: Case) -> bool:
    wanted, tolerance = case.literal(case.argument("value")), case.argument("tolerance")
    if tolerance is None:
        return is_among(case.value, [wanted])
    if isinstance(wanted, float):
        low, high = wanted - float(tolerance), wanted + float(tolerance)
        return bool(rank(low) <= rank(case.value) <= rank(high))
    return bool(abs(case.value - wanted) <= Decimal(str(tolerance)))


HOLDS: Mapping[str, Holds] = {
    "is_between": _is_between,
    "is_not_between": lambda case: not case.within(case.value, case.literal),
    "is_equal_to": _is_equal_to,
    "is_not_equal_to": _against("value", lambda own, other: own != other),
    "is_at_least": _against("value", lambda own, other: own >= other),
    "is_at_most": _against("value", lambda own, other: own <= other),
    "is_greater_than": _against("value", lambda own, other: own > other),
    "is_less_than": _against("value", lambda own, other: own < other),
}
