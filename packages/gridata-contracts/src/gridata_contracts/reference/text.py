"""Rules about text: its length and its form."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gridata_contracts.reference.case import Holds

HOLDS: Mapping[str, Holds] = {
    "has_length": lambda case: case.within(len(case.value), int),
    "has_pattern": lambda case: re.fullmatch(case.argument("pattern"), case.value) is not None,
}
