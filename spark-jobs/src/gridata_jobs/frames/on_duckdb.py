"""Frames checked by DuckDB: parted block by block, counted where they lie. Memory is bounded, whatever the frame."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Check, Contract
from gridata_jobs.ahead import ahead
from gridata_jobs.checks.aggregates import MeasuredColumn
from gridata_jobs.checks.decision import Decision, Outcome, Tally, decide
from gridata_jobs.checks.duck import DuckChecks, Words
from gridata_jobs.checks.lookup import Lookup
from gridata_jobs.checks.packed import flagged
from gridata_jobs.checks.verdicts import FLAGS, Verdicts
from gridata_jobs.frames.arrow_input import BLOCK_ROWS, ArrowInput, blocks_of
from gridata_jobs.frames.columns import rows_to_check, with_columns
from gridata_jobs.frames.comparable import Relation, comparable, with_words, word
from gridata_jobs.frames.counted import Counted, CountedRows, contract_of_checks
from gridata_jobs.frames.reasons import with_reasons
from gridata_jobs.frames.report import Report, report_of
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.source import ROW_NUMBER

_Marked = tuple[pa.Table, Sequence[Words]]
"""A block with the packed words of its rows; none where they are still to be evaluated."""
_UNKNOWN = re.compile(r"halffloat|date64")
"""Types that DuckDB cannot read, or not as Arrow casts them."""


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
class Counts:
    """What was counted, and decided by it.

    Attributes:
        rows: of the frame.
        measured: the numbers of its columns, where they are wanted.
    """

    decision: Decision
    rows: int
    measured: Sequence[MeasuredColumn]


@dataclass(frozen=True)
class DuckFrame:
    """A frame with its checks, to be counted or parted once."""

    source: ArrowInput
    contract: Contract
    as_of: datetime
    lookup: Lookup
    measures_columns: bool

    def report(self) -> Report:
        """Evaluate and count, nothing else."""
        found = self.counted()
        return report_of(with_columns(found.decision, self.source.schema), found.rows, found.measured)

    def counted(self) -> Counts:
        """The same before it is put in a caller's words: where the rows lie, or else block by block."""
        with (
            tempfile.TemporaryDirectory(prefix="gridata-count-") as folder,
            closing(Duck(spill_dir=Path(folder))) as duck,
        ):
            rows = self._comparable(duck)
            if rows is None:
                return self._in_blocks()
            try:
                return self._where_they_lie(rows)
            except duckdb.InvalidInputException as error:
                if "already been consumed" not in str(error):
                    raise
                raise UsageError(
                    "frame: got a relation over a stream, which can be read once, allowed one that can be asked twice. "
                    "Give the stream itself."
                ) from error

    def _comparable(self, duck: Duck) -> Relation | None:
        held = self.source.held
        if not isinstance(held, pa.Table):
            return None if held is None else comparable(held, self.contract)
        held = held.select([column.name for column in self.contract.columns])
        if not held.column_names or any(_UNKNOWN.search(str(kind)) for kind in held.schema.types):
            return None
        duck.connection.execute("SET preserve_insertion_order = true")  # the first row of a key stays
        return comparable(duck.connection.from_arrow(held), self.contract, ours=True)

    def _in_blocks(self) -> Counts:
        with self._opened() as (checks, _):
            tally = Tally()
            for _, verdicts in self._verdicts(checks):
                tally.add(verdicts.tally)
            return Counts(checks.decide(tally), tally.checked, checks.measured_columns())

    def _where_they_lie(self, relation: Relation) -> Counts:
        rows = CountedRows(relation, self.contract, self.as_of, measures_columns=self.measures_columns)
        found = rows.count()
        measured = {**rows.aggregates.judge(found.states, self.as_of), **found.measured}
        outcomes = {each.check.id: each for each in self._outcomes_among(rows, found)}
        judged = decide(self.contract.checks, found.tally, measured).outcomes
        decision = Decision(tuple(outcomes.get(each.check.id, each) for each in judged))
        return Counts(decision, found.tally.checked, rows.aggregates.measured_columns(found.states))

    def _outcomes_among(self, rows: CountedRows, found: Counted) -> Sequence[Outcome]:
        """Of the checks that could not be counted, among the rows that are left."""
        if not found.unasked:
            return ()
        contract = contract_of_checks(self.contract, found.unasked)
        source = replace(self.source, blocks=rows.left(contract, BLOCK_ROWS))
        left = replace(self, source=source, contract=contract, measures_columns=False)
        with left._opened() as (checks, _):
            tally = Tally()
            for _, verdicts in left._verdicts(checks):
                tally.add(verdicts.tally)
            tally.checked = found.tally.checked
            return checks.decide(tally).outcomes

    def parts(self, reports: list[Report]) -> Iterator[Part]:
        """Every row once, in the frame's order but for those that wait for the end: they come last.

        Args:
            reports: takes the report, once all rows are read.
        """
        with self._opened() as (checks, folder):
            tally, waiting = Tally(), list[_Waiting]()
            for block, verdicts in self._verdicts(checks, parts=True):
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

    def _verdicts(self, checks: DuckChecks, *, parts: bool = False) -> Iterator[tuple[pa.Table, Verdicts]]:
        """Blocks of the frame, with their row numbers, and what the checks say of them.

        Args:
            checks: of the frame's contract.
            parts: the blocks have all columns of the frame, to be parted.
        """
        marked = self._marked(checks.plan.words) if parts else None
        first = 1
        blocks = ((block, ()) for block in self.source.blocks) if marked is None else marked
        for block, words in ahead(itertools.chain(blocks, [(self.source.schema.empty_table(), ())])):  # at least one
            rows = rows_to_check(block, first, self.contract)
            first += len(block)
            numbered = block.append_column(rows.schema.field(ROW_NUMBER), rows.column(ROW_NUMBER))
            yield numbered, checks.check(rows, words)

    def _marked(self, sql: Sequence[str]) -> Iterator[_Marked] | None:
        """Blocks with their packed words, where the session that holds the rows can give them."""
        if not isinstance(self.source.held, Relation):
            return None
        relation = with_words(self.source.held, self.contract, sql)
        if relation is None:
            return None
        names = [word(i) for i in range(len(sql))]
        return (
            (block.drop_columns(names), [block.column(name).to_numpy() for name in names])
            for block in blocks_of(relation)
        )

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
        columns = [chosen.column(name) for name in (*block.column_names, FLAGS)]
        # The frame's own fields: they may have metadata, such as a table's field ids.
        return pa.Table.from_arrays(columns, schema=block.schema.append(chosen.schema.field(FLAGS)))
    if len(chosen) < len(block):
        numbers = block.column(ROW_NUMBER).to_numpy()
        block = block.filter(pa.array(np.isin(numbers, chosen.column(ROW_NUMBER).to_numpy(), assume_unique=True)))
    return block.append_column(FLAGS, chosen.column(FLAGS))
