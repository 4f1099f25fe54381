"""Rules about what kind of number a number is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

from gridata_contracts.reference.case import Case, Holds


def _is_nan(case: Case) -> bool:
    """NaN, which is above 0 like everything it is compared with."""
    return isinstance(case.value, float) and math.isnan(case.value)


def _is_whole_number(case: Case) -> bool:
    return bool(math.isfinite(case.value) and case.value == math.floor(case.value))


def _is_multiple_of(case: Case) -> bool:
    return bool(Decimal(case.value) % Decimal(str(case.argument("value"))) == 0)


def _has_scale_at_most(case: Case) -> bool:
    shifted = case.value.scaleb(case.argument("max"))
    return bool(shifted == shifted.to_integral_value())


HOLDS: Mapping[str, Holds] = {
    "is_positive": lambda case: _is_nan(case) or bool(case.value > 0),
    "is_not_negative": lambda case: _is_nan(case) or bool(case.value >= 0),
    "is_negative": lambda case: bool(case.value < 0),
    "is_not_positive": lambda case: bool(case.value <= 0),
    "is_not_zero": lambda case: bool(case.value != 0),
    "is_whole_number": _is_whole_number,
    "is_multiple_of": _is_multiple_of,
    "has_scale_at_most": _has_scale_at_most,
    "is_finite": lambda case: math.isfinite(case.value),
    "is_not_nan": lambda case: not _is_nan(case),
}
