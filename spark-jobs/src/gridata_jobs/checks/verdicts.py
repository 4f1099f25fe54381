"""What checks said about a block of rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from gridata_contracts.model import Check
from gridata_jobs.checks.decision import Tally

FLAGS = "_flags"
"""Column of kept rows: ids of the checks they fail, null where they fail none."""


@dataclass(frozen=True)
class BrokenRow:
    """One row and the checks that may reject it, in bit order."""

    row: int
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Verdicts:
    """Every row of a block is in exactly one of `valid`, `held` and `broken`.

    Attributes:
        valid: rows that nothing can reject any more, with FLAGS.
        held: rows that fail only checks with a threshold, with FLAGS: the end of the batch decides.
        holding: for each row of `held`, in its order, what it fails of those checks.
        broken: rows that fail a check which rejects each row.
        tally: of the block's rows.
    """

    valid: pa.Table
    held: pa.Table
    holding: list[BrokenRow]
    broken: list[BrokenRow]
    tally: Tally = field(default_factory=Tally)
