"""Rows counted where they lie, inside of DuckDB, where nothing but numbers is wanted.

Checks that look at one row are counts of one query over all rows. Keys are counts of a second one over the rows that
no row check rejects: rows with a key less different keys, whichever stands first. Aggregates are in the first query
while nothing is rejected, else in the second: a FILTER on each of many aggregates takes longer than the rows'
conditions once more. Sketches are counts by value, in queries of their own over the same rows. What looks at rows in
other ways (windows, lookups) gets the columns it names, of the rows that are left, as blocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from gridata_contracts.measures import StateKey, Values
from gridata_contracts.model import Check, Contract
from gridata_contracts.rules import RULES, Level
from gridata_contracts.rules.sketched import Sketched
from gridata_contracts.sql.duckdb import DuckDb
from gridata_jobs.checks.aggregates import AggregatePlan, plan_aggregates
from gridata_jobs.checks.decision import Measured, Tally
from gridata_jobs.checks.plan import CheckPlan, UniqueCheck, compile_checks
from gridata_jobs.checks.second_look import plan_second_look
from gridata_jobs.frames.columns import columns_of_checks
from gridata_jobs.frames.comparable import NOTHING, Relation
from gridata_jobs.read.duck import quoted

_SCANNED = (Level.ROW, Level.AGGREGATE, Level.SCHEMA)


def _bit(index: int) -> str:
    """Column of what a row check says; no column that can be checked has a bracket in its name."""
    return f'"[{index}]"'


_ROWS = "rows_left"
"""Name of the relation while it is asked for sketches; the session never sees it."""
_LEFT = '"[left]"'
"""Column of whether no row check rejects the row."""


@dataclass(frozen=True)
class Counted:
    """What one query said.

    Attributes:
        tally: of the checks that `unasked` does not hold.
        states: of the aggregates.
        measured: the checks about a sketch of a column.
        unasked: checks for which columns of the rows that are left have to be looked at.
    """

    tally: Tally
    states: Mapping[StateKey, Values]
    measured: Mapping[str, Measured]
    unasked: tuple[Check, ...]


class CountedRows:
    """The rows of one relation, counted."""

    def __init__(self, rows: Relation, contract: Contract, as_of: datetime, *, measures_columns: bool) -> None:
        """Compile the checks of a contract for rows from `comparable`."""
        self._contract, self._as_of = contract, as_of
        self._plan: CheckPlan = compile_checks(contract, DuckDb(), as_of)
        self.aggregates: AggregatePlan = plan_aggregates(contract, DuckDb(), measures_columns=measures_columns)
        self._decided = self._with_bits(rows)

    def count(self) -> Counted:
        """Ask everything that can be counted."""
        row, applied, keys = self._plan.row_checks, self._plan.applies, self._plan.unique
        rejects = any(check.rejects_each_row for check in row)
        left = self._decided.filter(_LEFT) if rejects else self._decided
        bits = [_count_if(_bit(i)) for i in range(len(row))]
        conditions = list(map(_count_if, applied.values()))
        aggregates, repeats = self.aggregates.aggregates(), [_repeated(each) for each in keys]
        if rejects:
            queries = ["count(*)", *bits, *conditions], [*aggregates, *repeats]
        else:
            queries = ["count(*)", *bits, *conditions, *aggregates], repeats
        scan = iter([*_answer(self._decided, queries[0]), *_answer(left, queries[1])])
        tally = Tally(int(next(scan)))
        tally.failed = Counter({check.id: int(next(scan)) for check in row})
        tally.applied = Counter({id_: int(next(scan)) for id_ in applied})
        states = self.aggregates.values([next(scan) for _ in aggregates]) if aggregates else {}
        repeated = {each.check.id: int(next(scan)) for each in keys}
        looked_at = tuple(c for c in self._contract.checks if RULES[c.rule].level not in _SCANNED)
        later = tuple(check for check in looked_at if check.id not in repeated)
        if _depends(keys, repeated, bool(later)):
            tally.failed = +tally.failed
            return Counted(tally, states, {}, looked_at)
        tally.failed = +(tally.failed + Counter(repeated))
        sketched = tuple(check for check in later if isinstance(RULES[check.rule].evaluation, Sketched))
        unasked = tuple(check for check in later if check not in sketched)
        return Counted(tally, states, self._sketches(left, sketched), unasked)

    def _sketches(self, left: Relation, checks: tuple[Check, ...]) -> dict[str, Measured]:
        """A sketch is made of counts, too: in whatever order the rows come."""
        planned = plan_second_look(contract_of_checks(self._contract, checks), DuckDb(), self._as_of)
        measured: dict[str, Measured] = {}
        for table in planned.tables:
            keys = f"WITH {table.name} AS ({table.fill(_ROWS, '0')})"

            def run(sql: str, keys: str = keys) -> Sequence[Sequence[Any]]:
                found = left.query(_ROWS, f"{keys} SELECT * FROM ({sql}) found")
                answer: list[tuple[Any, ...]] = found.fetchall() if found is not None else []
                return answer

            measured |= table.measured(run)
        return measured

    def left(self, contract: Contract, rows: int) -> Iterator[pa.Table]:
        """The columns of a contract, of the rows that no row check rejects, in order.

        Args:
            contract: some of the checks, with the columns they name.
            rows: most of them in one block.
        """
        names = ", ".join(quoted(column.name) for column in contract.columns) or NOTHING
        for batch in self._decided.filter(_LEFT).project(names).to_arrow_reader(rows):
            yield pa.Table.from_batches([batch])

    def _with_bits(self, rows: Relation) -> Relation:
        """The rows with what each row check says of them, and whether none rejects them."""
        bits = [f"({sql}) AS {_bit(i)}" for i, sql in enumerate(self._plan.conditions)]
        rejecting = [_bit(i) for i, check in enumerate(self._plan.row_checks) if check.rejects_each_row]
        left = f"NOT coalesce({' OR '.join(rejecting)}, false)" if rejecting else "true"
        return rows.project(", ".join(["*", *bits])).project(f"*, {left} AS {_LEFT}")


def contract_of_checks(contract: Contract, checks: tuple[Check, ...]) -> Contract:
    """Some checks of a contract, with the columns that they look at."""
    names = columns_of_checks(checks)
    return replace(contract, checks=checks, columns=tuple(each for each in contract.columns if each.name in names))


def _answer(rows: Relation, aggregates: Sequence[str]) -> list[Any]:
    if not aggregates:
        return []
    return [column[0].as_py() for column in rows.aggregate(", ".join(aggregates)).to_arrow_table().columns]


def _count_if(condition: str) -> str:
    return f"coalesce(count_if({condition}), 0)"  # null where there is no row


def _repeated(unique: UniqueCheck) -> str:
    """How many rows' keys an earlier one has."""
    names = [quoted(name) for name in unique.columns]
    present = [f"{name} IS NOT NULL" for name in names]
    present += [f"({unique.condition})"] if unique.condition is not None else []
    among = f"FILTER (WHERE {' AND '.join(present)})"
    return f"count(*) {among} - count(DISTINCT row({', '.join(names)})) {among}"


def _depends(keys: Sequence[UniqueCheck], repeated: Mapping[str, int], others: bool) -> bool:
    """Whether a key takes rows away from what is looked at after it, so that it matters which ones."""
    taken = [bool(repeated[each.check.id]) and each.check.rejects_each_row for each in keys]
    return any(taken if others else taken[:-1])
