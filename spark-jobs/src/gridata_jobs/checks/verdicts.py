"""What checks said about a block of rows."""

from __future__ import annotations

from collections.abc import Mapping
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
        block: its number in the batch, from 0.
        valid: rows that nothing can reject any more, with FLAGS.
        held: rows of which the end of the batch decides, with FLAGS: they fail only checks with a threshold, or the
            batch has checks over many rows.
        holding: what rows of `held` fail so far of the checks that may reject them, by row number.
        broken: rows that fail a check which rejects each row.
        tally: of the block's rows.
    """

    block: int
    valid: pa.Table
    held: pa.Table
    holding: Mapping[int, tuple[Check, ...]]
    broken: list[BrokenRow]
    tally: Tally = field(default_factory=Tally)
