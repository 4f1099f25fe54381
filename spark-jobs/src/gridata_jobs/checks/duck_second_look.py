"""The second step of a batch's checks on DuckDB: tables of keys, filled block by block, asked at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from gridata_contracts.model import Check, Contract
from gridata_contracts.rules.keyed import PLACE
from gridata_contracts.sql.duckdb import DuckDb
from gridata_jobs.checks.decision import Measured, Tally
from gridata_jobs.checks.lookup import Lookup
from gridata_jobs.checks.second_look import ROW_BITS, KeyTable, SecondLook, referenced_keys
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.source import ROW_NUMBER, row_schema

_MARKS = "_marks"


class DuckSecondLook:
    """The second step of one batch. DuckDB spills what it cannot hold."""

    def __init__(self, planned: SecondLook, contract: Contract, duck: Duck, lookup: Lookup) -> None:
        self._connection, self._contract = duck.connection, contract
        missing = frozenset(self._look_up(planned, lookup))
        self._plan = planned.without(missing)
        self._unasked = planned.unasked(missing)
        for table in self._plan.tables:
            empty = row_schema(contract).empty_table()
            self._execute(f"CREATE OR REPLACE TEMP TABLE {table.name} AS {table.fill('rows', _place(0))}", empty)

    @property
    def waits(self) -> bool:
        """Whether a row's fate is known only at the end of the batch."""
        return self._plan.waits

    def marks_of_block(self, rows: pa.Table, tally: Tally) -> list[tuple[Check, list[int]]]:
        """Rows that break checks which look at no other row of the batch; counts what they looked at."""
        found: list[tuple[Check, list[int]]] = []
        for table in self._plan.by_row:
            if not table.markings:
                continue
            self._execute(f"CREATE OR REPLACE TEMP TABLE {table.name} AS {table.fill('rows', ROW_NUMBER)}", rows)
            self._count_applied(table, tally)
            marks = self._connection.execute(table.marks(self._rows)).fetchall()
            for i, asked in enumerate(table.markings):
                found.append((asked.check, sorted(row for row, bits in marks if bits >> i & 1)))
        return found

    def remember(self, rows: pa.Table, block: int) -> None:
        """Put a block's rows into the tables of keys."""
        for table in self._plan.tables:
            self._execute(f"INSERT INTO {table.name} {table.fill('rows', _place(block))}", rows)

    def finish(self, tally: Tally) -> dict[str, Measured]:
        """Ask the tables; counts rows that fail, and gives the numbers of the other checks by id."""
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_MARKS} ({PLACE} BIGINT, _table INTEGER, _bits BIGINT)"
        )
        measured: dict[str, Measured] = {}
        for number, table in enumerate(self._plan.tables):
            if table.markings:
                marks = table.marks(self._rows)
                self._connection.execute(f"INSERT INTO {_MARKS} SELECT {PLACE}, {number}, _bits FROM ({marks}) m")
                self._count_applied(table, tally)
                for i, asked in enumerate(table.markings):
                    counted = f"SELECT count(*) FROM {_MARKS} WHERE _table = {number} AND (_bits >> {i}) & 1 = 1"
                    tally.failed[asked.check.id] += int(self._row(counted)[0])
            measured |= table.measured(self._rows)
        tally.applied.update(dict.fromkeys(self._unasked, 0))
        tally.failed = +tally.failed
        return measured

    def marks(self, block: int) -> dict[int, list[Check]]:
        """The checks that rows of a block break, by row number; asked after `finish`."""
        first, last = block << ROW_BITS, (block + 1) << ROW_BITS
        sql = f"SELECT * FROM {_MARKS} WHERE {PLACE} >= {first} AND {PLACE} < {last} ORDER BY _table"
        found: dict[int, list[Check]] = {}
        for place, number, bits in self._connection.execute(sql).fetchall() if self._plan.waits else ():
            broken = [a.check for i, a in enumerate(self._plan.tables[number].markings) if bits >> i & 1]
            found.setdefault(place - first, []).extend(broken)
        return found

    def _look_up(self, planned: SecondLook, lookup: Lookup) -> Iterator[str]:
        """Make the referenced keys; gives the names of relations for which there is no table."""
        for name, reference in planned.references.items():
            relation = lookup.arrow(reference)
            if relation is None:
                yield name
                continue
            self._connection.register("looked_up", relation)
            keys = referenced_keys(reference, "looked_up", DuckDb())
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {keys}")
            self._connection.unregister("looked_up")

    def _count_applied(self, table: KeyTable, tally: Tally) -> None:
        (count,) = self._row(f"SELECT count(*) FROM {table.name}")
        for asked in table.markings:
            tally.applied[asked.check.id] += int(count)

    def _row(self, sql: str) -> Sequence[Any]:
        (row,) = self._rows(sql)
        return row

    def _rows(self, sql: str) -> Sequence[Sequence[Any]]:
        found: list[tuple[Any, ...]] = self._connection.execute(sql).fetchall()
        return found

    def _execute(self, sql: str, rows: pa.Table) -> None:
        self._connection.register("rows", rows)
        try:
            self._connection.execute(sql)
        finally:
            self._connection.unregister("rows")


def _place(block: int) -> str:
    return f"({block}::BIGINT << {ROW_BITS}) + {ROW_NUMBER}"
