"""Rules about membership in a list."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.reference.case import Holds

HOLDS: Mapping[str, Holds] = {
    "is_in_set": lambda case: case.value in case.literals(),
    "is_not_in_set": lambda case: case.value not in case.literals(),
}
