"""Rules that compare one value with literals."""

from __future__ import annotations

import decimal
from collections.abc import Mapping

from gridata_contracts.reference.case import Case, Holds


def _is_multiple_of(case: Case) -> bool:
    return bool(decimal.Decimal(case.value) % decimal.Decimal(str(case.argument("value"))) == 0)


HOLDS: Mapping[str, Holds] = {
    "is_between": lambda case: case.within(case.value, case.literal),
    "is_greater_than": lambda case: bool(case.value > case.literal(case.argument("value"))),
    "is_less_than": lambda case: bool(case.value < case.literal(case.argument("value"))),
    "is_multiple_of": _is_multiple_of,
}
