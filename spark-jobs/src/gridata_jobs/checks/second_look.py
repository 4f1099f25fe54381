"""Checks over many rows, planned: which tables of keys they need, and the SQL that each table is asked.

The second step of a batch's checks. The first one, the scan, leaves rows that no row check rejects; of each of them a
table of keys holds its place and the columns that some checks name. Checks with the same condition and the same columns
that must not be null share one table, and their marks come out of one query over it, so that windows over the same keys
share one shuffle. Checks that order all rows have tables of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridata_contracts.measures.measure import Bounds, bounded, judged
from gridata_contracts.model import Check, Contract
from gridata_contracts.rules import RULES
from gridata_contracts.rules.keyed import (
    COUNT,
    FOUND,
    LEAST,
    MOST,
    PLACE,
    SUM,
    SUM_TYPE,
    Figure,
    KeyRows,
    Marking,
    References,
    Statistics,
    key_columns_of,
    paths_of,
    references_of,
    references_with_kinds,
)
from gridata_contracts.rules.sketched import Sketched
from gridata_contracts.sketches import Sketch, SketchKind
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.paths import columns_by_path, place
from gridata_jobs.checks.decision import Measured
from gridata_jobs.checks.sketches import measured, take
from gridata_jobs.checks.window_keys import served_together, window_keys

ROW_BITS = 40
"""A place is the number of a block or span and, in so many bits, the row's number in its file."""
MOST_MARKS = 62
"""Checks of one table of keys: their marks are bits of one signed 64-bit integer."""

Run = Callable[[str], Sequence[Sequence[Any]]]
"""Runs a query and gives its rows."""


@dataclass(frozen=True)
class Asked:
    """One check of the second step and what it sees."""

    check: Check
    rows: KeyRows

    @property
    def reference(self) -> References | None:
        """What it looks up."""
        return references_with_kinds(self.check, self.rows.columns)


@dataclass(frozen=True)
class KeyTable:
    """One table of keys.

    Attributes:
        columns: SQL of its columns but the place.
        condition: SQL; only rows of which it is true are in it. None = all.
        markings: checks that mark rows; the i-th is bit i.
        figures: checks about one number of the batch, or about a sketch of a column.
    """

    name: str
    columns: tuple[str, ...]
    condition: str | None
    markings: tuple[Asked, ...]
    figures: tuple[Asked, ...]

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every check."""
        return (*self.markings, *self.figures)

    def fill(self, rows: str, place_sql: str) -> str:
        """The query that fills it.

        Args:
            rows: relation with the rows of the batch.
            place_sql: gives a row's place.
        """
        columns = ", ".join((f"{place_sql} AS {PLACE}", *self.columns))
        where = f" WHERE {self.condition}" if self.condition else ""
        return f"SELECT {columns} FROM {rows}{where}"

    def marks(self, run: Run) -> str:
        """The query of the rows that break some of `markings`: PLACE and `_bits`.

        Args:
            run: asks the statistics that it needs.
        """
        conditions = [self._holds(asked, run) for asked in self.markings]
        bits = " + ".join(
            f"CASE WHEN h{i} THEN CAST(0 AS BIGINT) ELSE CAST({1 << i} AS BIGINT) END" for i in range(len(conditions))
        )
        all_hold = " AND ".join(f"h{i}" for i in range(len(conditions)))
        return f"SELECT {PLACE}, {bits} AS _bits FROM ({self._judged(conditions)}) marked WHERE NOT ({all_hold})"

    def _judged(self, conditions: Sequence[str]) -> str:
        """The query that adds to each place `h0`, `h1`, …: whether the condition holds.

        Windows of one set of keys are asked after the other, each right after the one that serves it. All in one
        SELECT, Spark takes them in an order of its own and may shuffle the same keys twice.
        """
        keys = [window_keys(each) for each in conditions]
        order = served_together(each for some in keys for each in some)
        steps: dict[int, list[str]] = {}
        for i, (sql, own) in enumerate(zip(conditions, keys, strict=True)):
            steps.setdefault(max(map(order.index, own), default=0), []).append(f"coalesce({sql}, true) AS h{i}")
        names = self.markings[0].rows.names.values() if len(steps) > 1 else ()
        source = " ".join([self.name, *(_join(self.name, asked) for asked in self.markings if asked.reference)])
        first, *later = (", ".join(steps[step]) for step in sorted(steps))
        query = f"SELECT {', '.join((f'{self.name}.{PLACE}', *names, first))} FROM {source}"
        for columns in later:
            query = f"SELECT *, {columns} FROM ({query}) {self.name}"
        return query

    def _holds(self, asked: Asked, run: Run) -> str:
        marking = RULES[asked.check.rule].evaluation
        assert isinstance(marking, Marking)  # as plan_second_look chose them
        found: dict[str, float | None] = {}
        for step in marking.statistics:
            found |= _statistics(step(asked.rows, found), self.name, run)
        return marking.holds(asked.rows, found)

    def measured(self, run: Run) -> dict[str, Measured]:
        """The numbers of `figures`, judged, by check id; a column's sketch is taken once for all its checks."""
        found: dict[str, Measured] = {}
        taken: dict[tuple[str, SketchKind], Sketch] = {}
        for asked in self.figures:
            evaluation = RULES[asked.check.rule].evaluation
            if isinstance(evaluation, Sketched):
                kind = evaluation.kind_for(asked.rows.type)
                of = asked.rows.value, kind
                if of not in taken:
                    taken[of] = take(asked.rows, kind, run(evaluation.query(asked.rows)))
                keeps = not asked.rows.columns[str(asked.check.column)].is_protected
                found[asked.check.id] = measured(asked.check, evaluation, taken[of], keeps=keeps)
            else:
                assert isinstance(evaluation, Figure)  # as plan_second_look chose them
                found[asked.check.id] = _figure(asked, evaluation, run)
        return found


@dataclass(frozen=True)
class SecondLook:
    """The second step of a contract's checks.

    Attributes:
        tables: asked once all rows of the batch are in them.
        by_row: tables whose checks look at no other row, so that they can be asked of any part of the batch.
    """

    tables: tuple[KeyTable, ...] = ()
    by_row: tuple[KeyTable, ...] = ()

    @property
    def all_tables(self) -> tuple[KeyTable, ...]:
        """In the order in which they are asked."""
        return (*self.by_row, *self.tables)

    @property
    def marking_checks(self) -> tuple[Check, ...]:
        """Checks that mark rows, in the order of their tables."""
        return tuple(asked.check for table in self.all_tables for asked in table.markings)

    @property
    def waits(self) -> bool:
        """Whether a row's fate is known only at the end of the batch."""
        return any(table.markings for table in self.tables)

    @property
    def references(self) -> Mapping[str, References]:
        """What is looked up, by the name of the relation that has to hold it."""
        asked = [each for table in self.all_tables for each in table.asked]
        return {str(each.rows.reference): each.reference for each in asked if each.reference is not None}

    def unasked(self, missing: frozenset[str]) -> list[str]:
        """Ids of checks that look something up in relations that there are not."""
        asked = [each for table in self.all_tables for each in table.asked]
        return [each.check.id for each in asked if each.rows.reference in missing]

    def without(self, missing: frozenset[str]) -> SecondLook:
        """The same but for checks that look something up in relations that there are not."""

        def kept(tables: tuple[KeyTable, ...]) -> tuple[KeyTable, ...]:
            return tuple(
                KeyTable(t.name, t.columns, t.condition, _but(t.markings, missing), _but(t.figures, missing))
                for t in tables
            )

        return SecondLook(kept(self.tables), kept(self.by_row))


def _figure(asked: Asked, figure: Figure, run: Run) -> Measured:
    ((number,),) = run(figure.query(asked.rows))
    bounds = bounded(asked.check, None) if figure.most is None else Bounds(high=figure.most)
    return Measured(number, bounds.hold(judged(number)))


def _but(asked: tuple[Asked, ...], missing: frozenset[str]) -> tuple[Asked, ...]:
    return tuple(each for each in asked if each.rows.reference not in missing)


def plan_second_look(contract: Contract, dialect: Dialect, as_of: datetime) -> SecondLook:
    """The tables of keys that a contract's checks need, in the contract's order."""
    columns = columns_by_path(contract)
    # One relation per check, also of checks that look up the same: each is joined under its own name.
    relations = {c.id: f"_found_{i}" for i, c in enumerate(contract.checks) if references_of(c) is not None}
    groups: dict[tuple[bool, str | None, tuple[str, ...], bool, int], list[Check]] = {}
    for check in contract.checks:
        evaluation = RULES[check.rule].evaluation
        if not isinstance(evaluation, Marking | Figure | Sketched):
            continue
        by_row = isinstance(evaluation, Marking) and evaluation.row_by_row
        filled = () if evaluation.keeps_nulls else tuple(sorted(paths_of(check, RULES[check.rule])))
        where = _condition(check, dialect)
        alike = (by_row, where, filled, _orders_all_rows(check))
        chunk = sum(len(each) for key, each in groups.items() if key[:4] == alike) // MOST_MARKS
        groups.setdefault((*alike, chunk), []).append(check)
    found: dict[bool, list[KeyTable]] = {True: [], False: []}
    for number, ((by_row, where, filled, *_), checks) in enumerate(groups.items()):
        paths = tuple(dict.fromkeys(path for check in checks for path in paths_of(check, RULES[check.rule])))
        names = {path: f"c{i}" for i, path in enumerate(paths)}
        conditions = [f"({where})"] if where is not None else []
        conditions += [f"{place(path, dialect).value} IS NOT NULL" for path in filled]
        table = f"_keys_{number}"
        asked = [Asked(c, KeyRows(c, table, names, columns, dialect, as_of, relations.get(c.id))) for c in checks]
        found[by_row].append(
            KeyTable(
                table,
                tuple(f"{place(path, dialect).value} AS {name}" for path, name in names.items()),
                " AND ".join(conditions) or None,
                tuple(each for each in asked if RULES[each.check.rule].marks_rows),
                tuple(each for each in asked if not RULES[each.check.rule].marks_rows),
            )
        )
    return SecondLook(tuple(found[False]), tuple(found[True]))


def _orders_all_rows(check: Check) -> bool:
    """Whether its window is over all rows, which Spark sends into one task, and with them what shares their table."""
    return "group" in RULES[check.rule].arguments and not check.arguments.get("group")


def _condition(check: Check, dialect: Dialect) -> str | None:
    if check.where is None:
        return None
    from gridata_contracts.expressions import emit

    return emit(check.where, dialect)


def _join(table: str, asked: Asked) -> str:
    relation = asked.rows.reference
    names = [asked.rows.names[path] for path in key_columns_of(asked.check)]
    same = " AND ".join(f"{table}.{name} = {relation}.k{i}" for i, name in enumerate(names))
    return f"LEFT JOIN {relation} ON {same}"


def _statistics(wanted: Mapping[str, str], table: str, run: Run) -> Statistics:
    if not wanted:
        return {}
    columns = ", ".join(f"{sql} AS s{i}" for i, sql in enumerate(wanted.values()))
    (values,) = run(f"SELECT {columns} FROM {table}")
    return {name: _rounded(value) for name, value in zip(wanted, values, strict=True)}


def _rounded(value: Any) -> float | None:
    """To the digits in which both engines agree, whatever the order they add in."""
    return None if value is None else float(judged(float(value)))


def referenced_keys(reference: References, relation: str, dialect: Dialect) -> str:
    """The query of a reference's relation over the referenced table: each key once, and what is carried of its rows."""
    names = [dialect.name(name) for name in reference.columns]
    of = "" if reference.of is None else dialect.name(reference.of)
    carried = [f"{_CARRIED[name].format(of=of)} AS {name}" for name in reference.carried.columns]
    columns = ", ".join([*(f"{name} AS k{i}" for i, name in enumerate(names)), f"true AS {FOUND}", *carried])
    if not names:
        return f"SELECT {columns} FROM {relation}"
    filled = " AND ".join(f"{name} IS NOT NULL" for name in names)
    return f"SELECT {columns} FROM {relation} WHERE {filled} GROUP BY {', '.join(names)}"


_CARRIED = {
    COUNT: "count(*)",
    SUM: f"CAST(sum(CAST({{of}} AS {SUM_TYPE})) AS {SUM_TYPE})",
    LEAST: "min({of})",
    MOST: "max({of})",
}
