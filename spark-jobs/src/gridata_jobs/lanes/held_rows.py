"""Rows whose fate the end of the batch decides, kept on local disk until then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from gridata_contracts.model import Check
from gridata_jobs.checks.decision import Decision
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.checks.packed import by_position, flagged, flags_column
from gridata_jobs.checks.verdicts import BrokenRow
from gridata_jobs.read.blocks import Span
from gridata_jobs.read.source import ROW_NUMBER
from gridata_jobs.split import SplitBlock

_HOLDING = "_holding"


@dataclass(frozen=True)
class Decided:
    """Held rows of one block, decided.

    Attributes:
        position: of their file in the batch.
        span: the records they are among.
        valid: rows that are kept, with their flags.
        broken: rows that are rejected, with all checks that may reject them.
    """

    position: int
    span: Span
    valid: pa.Table
    broken: list[BrokenRow]


@dataclass(frozen=True)
class _Block:
    path: Path
    number: int
    position: int
    span: Span


class HeldRows:
    """Appends blocks to one file each; gives them back once."""

    def __init__(self, scratch: Path, checks: Iterable[Check]) -> None:
        self._folder = scratch / "held"
        self._checks = {check.id: check for check in checks}
        self._blocks: list[_Block] = []

    def add(self, block: SplitBlock, rows: pa.Table, position: int) -> None:
        """Keep the held rows of a block.

        Args:
            block: says what its rows fail so far.
            rows: `block.held`, in its order, with any further columns.
            position: of its file in the batch.
        """
        if len(rows) == 0:
            return
        self._folder.mkdir(exist_ok=True)
        kept = _Block(self._folder / f"{len(self._blocks)}.arrow", block.number, position, block.span)
        failing = by_position(rows, {row: [c.id for c in checks] for row, checks in block.holding.items()})
        table = rows.append_column(_HOLDING, flags_column(len(rows), failing))
        with pa.OSFile(str(kept.path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        self._blocks.append(kept)

    def decided(self, decision: Decision, checks: DuckChecks) -> Iterator[Decided]:
        """Every held row once, in the order they came.

        Args:
            decision: about the batch.
            checks: knows what rows fail of the checks over many rows.
        """
        for block in self._blocks:
            with pa.OSFile(str(block.path), "rb") as source, pa.ipc.open_file(source) as reader:
                table = reader.read_all()
            yield self._decide(block, table, checks.marks(block.number), decision.rejecting)
            block.path.unlink()

    def _decide(
        self, block: _Block, table: pa.Table, marks: Mapping[int, Sequence[Check]], rejecting: frozenset[str]
    ) -> Decided:
        failing = {row: [*checks, *marks.get(row, ())] for row, checks in self._holding(table)}
        failing |= {row: list(checks) for row, checks in marks.items() if row not in failing}
        broken = [
            BrokenRow(row, tuple(check for check in checks if check.may_reject))
            for row, checks in sorted(failing.items())
            if any(check.id in rejecting for check in checks)
        ]
        rows = flagged(table.drop_columns([_HOLDING]), marks)
        if broken:
            rejected = np.isin(rows.column(ROW_NUMBER).to_numpy(), [row.row for row in broken])
            rows = rows.filter(pa.array(~rejected))
        return Decided(block.position, block.span, rows, broken)

    def _holding(self, table: pa.Table) -> Iterator[tuple[int, list[Check]]]:
        some = table.filter(pa.array(~table.column(_HOLDING).is_null().to_numpy(zero_copy_only=False)))
        for row, ids in zip(some.column(ROW_NUMBER).to_numpy(), some.column(_HOLDING).to_pylist(), strict=True):
            yield int(row), [self._checks[each] for each in ids or ()]
