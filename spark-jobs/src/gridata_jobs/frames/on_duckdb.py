"""Frames checked by DuckDB, block by block: memory is bounded by the block, whatever the frame."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from gridata_contracts.model import Check, Contract
from gridata_jobs.ahead import ahead
from gridata_jobs.checks.decision import Decision, Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.checks.lookup import Lookup
from gridata_jobs.checks.packed import flagged
from gridata_jobs.checks.verdicts import FLAGS, Verdicts
from gridata_jobs.frames.arrow_input import ArrowInput
from gridata_jobs.frames.columns import rows_to_check, with_columns
from gridata_jobs.frames.reasons import with_reasons
from gridata_jobs.frames.report import Report, report_of
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.source import ROW_NUMBER


@dataclass(frozen=True)
class Part:
    """Decided rows in the frame's own columns.

    Attributes:
        valid: with ROW_NUMBER and FLAGS.
        rejected: with ROW_NUMBER and REASONS.
    """

    valid: pa.Table
    rejected: pa.Table


@dataclass(frozen=True)
class _Waiting:
    """Rows on disk whose fate the end decides, and what they fail so far."""

    path: Path
    block: int
    holding: Mapping[int, Sequence[Check]]


@dataclass(frozen=True)
class DuckFrame:
    """One pass over a frame."""

    source: ArrowInput
    contract: Contract
    as_of: datetime
    lookup: Lookup
    measures_columns: bool

    def report(self) -> Report:
        """Evaluate and count, nothing else."""
        with self._opened() as (checks, _):
            tally = Tally()
            for _, verdicts in self._verdicts(checks):
                tally.add(verdicts.tally)
            return self._report(checks, checks.decide(tally), tally)

    def parts(self, reports: list[Report]) -> Iterator[Part]:
        """Every row once, in the frame's order but for those that wait for the end: they come last.

        Args:
            reports: takes the report, once all rows are read.
        """
        with self._opened() as (checks, folder):
            tally, waiting = Tally(), list[_Waiting]()
            for block, verdicts in self._verdicts(checks):
                tally.add(verdicts.tally)
                if len(verdicts.held):
                    waiting.append(_put_by(block, verdicts, folder))
                broken = {row.row: row.checks for row in verdicts.broken}
                yield Part(_rows_of(block, verdicts.valid), with_reasons(block, broken, self.contract))
            decision = checks.decide(tally)
            reports.append(self._report(checks, decision, tally))
            for each in waiting:
                yield self._settled(each, checks.marks(each.block), decision)

    @contextmanager
    def _opened(self) -> Iterator[tuple[DuckChecks, Path]]:
        with tempfile.TemporaryDirectory(prefix="gridata-check-") as folder:
            duck = Duck(spill_dir=Path(folder))
            try:
                checks = DuckChecks(
                    self.contract, duck, self.as_of, self.lookup, measures_columns=self.measures_columns
                )
                yield checks, Path(folder)
            finally:
                duck.close()

    def _verdicts(self, checks: DuckChecks) -> Iterator[tuple[pa.Table, Verdicts]]:
        """Blocks of the frame, with their row numbers, and what the checks say of them."""
        first = 1
        blocks = itertools.chain(self.source.blocks, [self.source.schema.empty_table()])  # so that there is always one
        for block in ahead(blocks):
            rows = rows_to_check(block, first, self.contract)
            first += len(block)
            yield block.append_column(ROW_NUMBER, rows.column(ROW_NUMBER)), checks.check(rows)

    def _report(self, checks: DuckChecks, decision: Decision, tally: Tally) -> Report:
        return report_of(with_columns(decision, self.source.schema), tally.checked, checks.measured_columns())

    def _settled(self, waiting: _Waiting, marks: Mapping[int, Sequence[Check]], decision: Decision) -> Part:
        with pa.OSFile(str(waiting.path), "rb") as file, pa.ipc.open_file(file) as reader:
            rows = reader.read_all()
        waiting.path.unlink()
        failing = {row: [*waiting.holding.get(row, ()), *marks.get(row, ())] for row in {*waiting.holding, *marks}}
        rejected = {
            row: [check for check in checks if check.may_reject]
            for row, checks in failing.items()
            if any(check.id in decision.rejecting for check in checks)
        }
        kept = rows.filter(pa.array(~np.isin(rows.column(ROW_NUMBER).to_numpy(), list(rejected))))
        return Part(flagged(kept, marks), with_reasons(rows.drop_columns([FLAGS]), rejected, self.contract))


def _put_by(block: pa.Table, verdicts: Verdicts, folder: Path) -> _Waiting:
    waiting = _Waiting(folder / f"{verdicts.block}.arrow", verdicts.block, verdicts.holding)
    rows = _rows_of(block, verdicts.held)
    with pa.OSFile(str(waiting.path), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    return waiting


def _rows_of(block: pa.Table, chosen: pa.Table) -> pa.Table:
    """The chosen rows of a block in its own columns, with their flags."""
    if all(field in chosen.schema for field in block.schema):  # they have been chosen already
        return chosen.select([*block.column_names, FLAGS])
    if len(chosen) < len(block):
        numbers = block.column(ROW_NUMBER).to_numpy()
        block = block.filter(pa.array(np.isin(numbers, chosen.column(ROW_NUMBER).to_numpy(), assume_unique=True)))
    return block.append_column(FLAGS, chosen.column(FLAGS))
