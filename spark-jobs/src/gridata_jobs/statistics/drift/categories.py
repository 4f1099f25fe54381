"""Records counted by category."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gridata_contracts.errors import UsageError


@dataclass(frozen=True)
class Categories:
    """Records of a column by value.

    Attributes:
        counts: records by category. A null of the column counts only if the caller gives it a name.

    Raises:
        UsageError: a count is below 0 or not finite.
    """

    counts: Mapping[str, int]

    def __post_init__(self) -> None:
        wrong = [count for count in self.counts.values() if not (math.isfinite(count) and count >= 0)]
        if wrong:
            raise UsageError(f"categories: counts: got {wrong[0]}, allowed finite numbers >= 0. Count records.")
