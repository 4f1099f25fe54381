"""Checks evaluated by DuckDB on Arrow rows, block after block of one batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridata_contracts.measures import StateKey, Values
from gridata_contracts.model import Check, Contract
from gridata_contracts.sql.duckdb import DuckDb
from gridata_jobs.checks.aggregates import AggregatePlan, MeasuredColumn, merged, plan_aggregates
from gridata_jobs.checks.decision import Decision, Tally, decide
from gridata_jobs.checks.duck_second_look import DuckSecondLook
from gridata_jobs.checks.lookup import GivenTables, Lookup
from gridata_jobs.checks.packed import Packed, flags_column
from gridata_jobs.checks.plan import CheckPlan, compile_checks
from gridata_jobs.checks.second_look import plan_second_look
from gridata_jobs.checks.seen_keys import SeenKeys
from gridata_jobs.checks.verdicts import FLAGS, BrokenRow, Verdicts
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.source import ROW_NUMBER, row_schema

Words = npt.NDArray[np.int64]
"""One per row, or numbers of rows."""
_NO_WORDS = (np.empty(0, dtype=np.int64),)


class DuckChecks:
    """The checks of one batch. Keys seen in earlier blocks are remembered (DuckDB spills them to disk)."""

    def __init__(
        self,
        contract: Contract,
        duck: Duck,
        as_of: datetime,
        lookup: Lookup | None = None,
        *,
        measures_columns: bool = True,
    ) -> None:
        self.plan: CheckPlan = compile_checks(contract, DuckDb(), as_of)
        self.aggregates: AggregatePlan = plan_aggregates(contract, DuckDb(), measures_columns=measures_columns)
        self._contract, self._duck, self._as_of = contract, duck, as_of
        words = ", ".join(f"{sql} AS _w{i}" for i, sql in enumerate(self.plan.words))
        # Two queries: planning the words of many checks takes longer than running them, and most blocks need none.
        # The bare OR: DuckDB leaves rows that are found out of the conditions that come after.
        self._unclean = f"SELECT * FROM rows WHERE {self.plan.failing}"
        self._words = f'SELECT "{ROW_NUMBER}" AS _row, {words} FROM rows'
        applies = ", ".join(f"count(CASE WHEN {sql} THEN 1 END)" for sql in self.plan.applies.values())
        self._applies = f"SELECT {applies} FROM rows" if applies else None
        self._keys = [SeenKeys(unique, contract, duck, i) for i, unique in enumerate(self.plan.unique)]
        self._states: dict[StateKey, Values] = {}
        planned = plan_second_look(contract, DuckDb(), as_of)
        self._later = DuckSecondLook(planned, contract, duck, lookup or GivenTables())
        self._blocks = 0

    def check(self, rows: pa.Table, words: Sequence[Words] = ()) -> Verdicts:
        """Decide every row of a block. Blocks must come in object order: the first row of a key wins.

        Args:
            rows: of the contract's columns, with ROW_NUMBER.
            words: the plan's, per row, where whoever gave the rows has evaluated them.
        """
        block = _Block(rows, *(self._unpacked(rows, words) if words else self._packed(rows)), self._blocks)
        self._blocks += 1
        tally = Tally(len(rows), applied=self._applied(rows))
        self._collect(block.candidates)
        failed = block.packed.failed()
        for keys in self._keys:
            repeated = keys.repeated(block.candidates)
            failed[keys.check.id] += len(repeated)
            block.fail(keys.check, repeated)
        for check, marked in self._later.marks_of_block(block.candidates, tally):
            failed[check.id] += len(marked)
            block.fail(check, marked)
        self._later.remember(block.candidates, block.number)
        tally.failed = +failed
        return block.verdicts(tally, waits=self._later.waits)

    def decide(self, tally: Tally) -> Decision:
        """The verdict about everything that was checked.

        Args:
            tally: sum of all blocks'; what the second step counts is added.
        """
        if not self._states:
            self._collect(row_schema(self._contract).empty_table())
        measured = self._later.finish(tally)
        return decide(self._contract.checks, tally, {**self.aggregates.judge(self._states, self._as_of), **measured})

    def marks(self, block: int) -> dict[int, list[Check]]:
        """Further checks that rows of a block break, by row number; known once the batch is decided."""
        return self._later.marks(block)

    def measured_columns(self) -> list[MeasuredColumn]:
        """The numbers of every column, of all rows so far that no row check rejects."""
        return self.aggregates.measured_columns(self._states)

    def _packed(self, rows: pa.Table) -> tuple[Words, Packed]:
        unclean = self._duck.select(self._unclean, rows=rows)
        if len(unclean) == 0:
            return np.empty(0, dtype=np.int64), Packed(self.plan, _NO_WORDS * len(self.plan.words))
        answer = self._duck.select(self._words, rows=unclean)
        words = [answer.column(f"_w{i}").to_numpy() for i in range(len(self.plan.words))]
        return answer.column("_row").to_numpy(), Packed(self.plan, words)

    def _unpacked(self, rows: pa.Table, words: Sequence[Words]) -> tuple[Words, Packed]:
        unclean = np.flatnonzero(reduce(np.bitwise_or, words))
        return rows.column(ROW_NUMBER).to_numpy()[unclean], Packed(self.plan, [word[unclean] for word in words])

    def _collect(self, candidates: pa.Table) -> None:
        if not self.aggregates.sums:
            return
        answer = self._duck.select(f"SELECT {', '.join(self.aggregates.aggregates())} FROM rows", rows=candidates)
        row = [column[0].as_py() for column in answer.columns]
        self._states = merged(self._states, self.aggregates.values(row))

    def _applied(self, rows: pa.Table) -> Counter[str]:
        if self._applies is None:
            return Counter()
        answer = self._duck.select(self._applies, rows=rows)
        return Counter(
            {id_: int(column[0].as_py()) for id_, column in zip(self.plan.applies, answer.columns, strict=True)}
        )


class _Block:
    """One block's rows, sorted out step by step."""

    def __init__(self, rows: pa.Table, unclean: npt.NDArray[np.int64], packed: Packed, number: int) -> None:
        self.packed, self.number = packed, number
        rejected = packed.any_of(lambda check: check.rejects_each_row)
        broken = packed.checks_of(rejected, lambda check: check.may_reject)
        self._broken = {int(unclean[at]): checks for at, checks in broken.items()}
        self._flags: dict[int, list[str]] = {}
        self._held: dict[int, list[Check]] = {}
        ids = [check.id for check in packed.row_checks]
        for at, which in zip(*packed.pairs(~rejected), strict=True):
            row, check = int(unclean[at]), packed.row_checks[which]
            self._flags.setdefault(row, []).append(ids[which])
            if check.may_reject:
                self._held.setdefault(row, []).append(check)
        self.candidates = _without(rows, list(self._broken))

    def fail(self, check: Check, rows: list[int]) -> None:
        """These candidates fail a further check."""
        for row in rows:
            if check.rejects_each_row:
                self._broken[row] = [*self._held.pop(row, []), check]
                self._flags.pop(row, None)
                continue
            self._flags.setdefault(row, []).append(check.id)
            if check.may_reject:
                self._held.setdefault(row, []).append(check)
        if check.rejects_each_row:
            self.candidates = _without(self.candidates, rows)

    def verdicts(self, tally: Tally, *, waits: bool) -> Verdicts:
        """Everything sorted out.

        Args:
            tally: of the block's rows.
            waits: every row's fate is known only at the end of the batch.
        """
        flagged = self._with_flags()
        broken = [BrokenRow(row, tuple(checks)) for row, checks in sorted(self._broken.items())]
        holding = {row: tuple(checks) for row, checks in self._held.items()}
        if waits:
            return Verdicts(self.number, flagged.slice(0, 0), flagged, holding, broken, tally)
        if not self._held:
            return Verdicts(self.number, flagged, flagged.slice(0, 0), {}, broken, tally)
        held = np.isin(flagged.column(ROW_NUMBER).to_numpy(), list(self._held))
        kept, waiting = flagged.filter(pa.array(~held)), flagged.filter(pa.array(held))
        return Verdicts(self.number, kept, waiting, holding, broken, tally)

    def _with_flags(self) -> pa.Table:
        rows = self.candidates
        by_position: dict[int, list[str]] = {}
        if self._flags:
            numbers = rows.column(ROW_NUMBER).to_numpy()
            wanted = np.flatnonzero(np.isin(numbers, list(self._flags)))
            by_position = {int(at): self._flags[int(numbers[at])] for at in wanted}
        return rows.append_column(FLAGS, flags_column(len(rows), by_position))


def _without(rows: pa.Table, numbers: list[int]) -> pa.Table:
    if not numbers:
        return rows
    keep = ~np.isin(rows.column(ROW_NUMBER).to_numpy(), np.array(numbers, dtype=np.int64))
    return rows.filter(pa.array(keep))
