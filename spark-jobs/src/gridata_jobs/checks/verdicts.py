"""What checks said about a block of rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa

from gridata_contracts.model import Check


@dataclass(frozen=True)
class BrokenRow:
    """One row that broke at least one error-severity check; `checks` are those, in bit order."""

    row: int
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Verdicts:
    """Every row of a block is in exactly one of `valid` and `broken`.

    Attributes:
        valid: rows without a broken error-severity check (warnings stay).
        broken: the others.
        failed: rows per check id that broke it, warnings included.
    """

    valid: pa.Table
    broken: list[BrokenRow]
    failed: Counter[str] = field(default_factory=Counter)
