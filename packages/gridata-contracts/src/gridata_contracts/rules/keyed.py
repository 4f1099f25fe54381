"""Rules over many rows of a batch: what they see, and the two forms of their answer.

They are decided in a second step, on a table of keys: one row per row of the batch that no row check rejects, with its
place and the columns the rule names. A `Marking` says which rows break the rule, a `Figure` gives one number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from gridata_contracts.literals import literal_value
from gridata_contracts.rules.registry import RULES, register
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, Level, Rule

if TYPE_CHECKING:
    import datetime as dt

    from gridata_contracts.model import Check, Column, JsonValue
    from gridata_contracts.sql.dialect import Dialect
    from gridata_contracts.types import LogicalType

PLACE = "_place"
"""Column of the table of keys: a whole number per row, rising in object order and row number."""
FOUND = "_found"
"""True in the columns that a reference adds to a row of the table of keys; null where nothing was found."""

COUNT, SUM, LEAST, MOST = "_n", "_sum", "_least", "_most"
"""Further columns that a reference may carry per key: rows, total, least and greatest value of its `of`."""
SUM_TYPE = "DECIMAL(36, 6)"
"""Of totals: 30 digits before the point."""

Statistics = Mapping[str, float | None]


class Carried(Enum):
    """What a reference says of a key beside that it is there."""

    NOTHING = "nothing"
    COUNT = "count"
    SUM = "sum"
    BOUNDS = "bounds"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that a reference has for it."""
        return {Carried.COUNT: (COUNT,), Carried.SUM: (SUM,), Carried.BOUNDS: (LEAST, MOST)}.get(self, ())


@dataclass(frozen=True)
class Keys:
    """The first row of each key stands, later ones are marked, block by block."""

    marks_rows: bool = True


@dataclass(frozen=True)
class KeyRows:
    """The table of keys as the SQL of one check sees it.

    Attributes:
        table: its name.
        names: its column by the path whose value it holds.
        columns: every column of the contract by path.
        reference: relation with the distinct keys of the referenced table, columns `k0`, `k1`, … and FOUND; None for
            rules without one.
        as_of: the batch's instant.
    """

    check: Check
    table: str
    names: Mapping[str, str]
    columns: Mapping[str, Column]
    dialect: Dialect
    as_of: dt.datetime
    reference: str | None = None

    @property
    def found(self) -> str:
        """SQL that is true where the row's key is in the reference, null elsewhere; for rules that mark rows."""
        return self.carried(FOUND)

    def carried(self, name: str) -> str:
        """SQL of what the reference says of the row's key: FOUND, COUNT, SUM, LEAST or MOST."""
        return f"{self.reference}.{name}"

    @property
    def value(self) -> str:
        """SQL of the value the rule stands on."""
        return self.names[self.check.column or ""]

    @property
    def type(self) -> LogicalType:
        """Of that value."""
        return self.columns[self.check.column or ""].type

    def argument(self, name: str) -> JsonValue:
        """An argument as the contract gives it; None when left out."""
        return self.check.arguments.get(name)

    def given(self, name: str) -> list[JsonValue]:
        """A list argument, also where one value is given; empty when left out."""
        value = self.argument(name)
        return value if isinstance(value, list) else [] if value is None else [value]

    def column(self, name: str) -> str:
        """SQL of the column that an argument names."""
        return self.names[str(self.argument(name))]

    def column_type(self, name: str) -> LogicalType:
        """Type of the column that an argument names."""
        return self.columns[str(self.argument(name))].type

    def listed(self, name: str = "columns") -> list[str]:
        """SQL of the columns that an argument lists."""
        return [self.names[str(path)] for path in self.given(name)]

    def literals(self, name: str = "values") -> list[str]:
        """An argument's literals of the rule's own type, each value once."""
        from gridata_contracts.sql.literals import literal

        once = {literal_value(self.type, each): each for each in self.given(name)}
        return [literal(self.dialect, each, self.type) for each in once.values()]

    def double(self, value: str | None = None) -> str:
        """The value as a binary number."""
        return f"CAST({value or self.value} AS DOUBLE)"

    def within(self, count: str) -> str:
        """Condition that a count keeps to `min` and `max`, of which one is given."""
        least, most = self.argument("min"), self.argument("max")
        bounds = [f"{count} >= {least}"] if least is not None else []
        return " AND ".join(bounds + ([f"{count} <= {most}"] if most is not None else []))

    def over(self, *, by: str | None = None, frame: str = "") -> str:
        """A window over the rows with the same `group`, in the order of `order_by`, else as they came.

        Args:
            by: SQL to order by instead.
            frame: of the window.
        """
        groups = self.listed("group")
        order = by or (self.column("order_by") if self.argument("order_by") else "")
        parts = [f"PARTITION BY {', '.join(groups)}"] if groups else []
        parts.append(f"ORDER BY {order + ', ' if order else ''}{PLACE}")
        return f"OVER ({' '.join(parts)}{' ' + frame if frame else ''})"


@dataclass(frozen=True)
class Marking:
    """Which rows break a rule.

    Attributes:
        holds: SQL that is true for a good row; null passes. May use windows, and statistics by name.
        statistics: SQL of numbers of the whole table by name, asked one step after the other: a later step may use
            the numbers of the earlier ones.
        row_by_row: it looks at no other row of the batch, only at a reference.
        keeps_nulls: rows with a null in a named column are looked at, too.
        carried: what it asks of a reference.
    """

    holds: Callable[[KeyRows, Statistics], str]
    statistics: Sequence[Callable[[KeyRows, Statistics], Mapping[str, str]]] = ()
    row_by_row: bool = False
    keeps_nulls: bool = False
    carried: Carried = Carried.NOTHING
    marks_rows: bool = True


@dataclass(frozen=True)
class Figure:
    """One number of the batch.

    Attributes:
        query: SQL that selects it as `n`; null when there is nothing to measure.
        most: bound of rules that have none of their own, such as 0 unwanted values.
        keeps_nulls, carried: as in `Marking`. A reference that carries something has no keys: it is the whole table.
    """

    query: Callable[[KeyRows], str]
    most: int | None = None
    keeps_nulls: bool = False
    carried: Carried = Carried.NOTHING
    marks_rows: bool = False


@dataclass(frozen=True)
class References:
    """The table that a check looks its values up in.

    Attributes:
        columns: those that hold them; none = all rows of the table together.
        kinds: types of the values that are looked up, in the same order; empty where they are not known.
        carried: what is asked of the rows of a key.
        of: the column that it is asked of; None for their number.
        of_kind: type of the value that it is compared with; None where that is not known.
    """

    table: str
    columns: tuple[str, ...]
    kinds: tuple[LogicalType, ...] = ()
    carried: Carried = Carried.NOTHING
    of: str | None = None
    of_kind: LogicalType | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column of the table that is read."""
        return tuple(dict.fromkeys([*self.columns, *([self.of] if self.of is not None else [])]))


def references_of(check: Check) -> References | None:
    """What a check looks up; None for checks that look at their own batch alone."""
    if "table" not in check.arguments:
        return None
    evaluation = RULES[check.rule].evaluation
    assert isinstance(evaluation, Marking | Figure)  # no other rule looks anything up
    own_name = str(check.column).rpartition(".")[2]
    of = str(check.arguments.get("of") or own_name) if evaluation.carried in (Carried.SUM, Carried.BOUNDS) else None
    return References(str(check.arguments["table"]), _referenced_columns(check, evaluation), (), evaluation.carried, of)


def _referenced_columns(check: Check, evaluation: Marking | Figure) -> tuple[str, ...]:
    if isinstance(evaluation, Figure) and evaluation.carried is not Carried.NOTHING:
        return ()
    key = check.arguments.get("key") or check.arguments.get("columns") or check.column
    return tuple(map(str, key if isinstance(key, list) else [key]))


def key_columns_of(check: Check) -> tuple[str, ...]:
    """Paths whose values are looked up, in the order of the reference's columns."""
    columns = check.arguments.get("columns")
    return tuple(map(str, columns)) if isinstance(columns, list) else (str(check.column),)


def references_with_kinds(check: Check, columns: Mapping[str, Column]) -> References | None:
    """What a check looks up, with the types of the values.

    Args:
        check: of a contract.
        columns: of the same contract, by path.
    """
    asked = references_of(check)
    if asked is None:
        return None
    own = columns[check.column].type if check.column is not None and asked.of is not None else None
    kinds = tuple(columns[path].type for path in key_columns_of(check)) if asked.columns else ()
    return replace(asked, kinds=kinds, of_kind=own)


def paths_of(check: Check, rule: Rule) -> tuple[str, ...]:
    """Columns that a check names, its own first, each once."""
    paths = [check.column] if check.column is not None else []
    for name, kind in rule.arguments.items():
        given = check.arguments.get(name)
        if given is not None and kind in (Argument.COLUMN, Argument.COLUMNS):
            paths += [str(each) for each in (given if isinstance(given, list) else [given])]
    return tuple(dict.fromkeys(paths))


@dataclass(frozen=True)
class _Words:
    """What every rule says about itself, beside its evaluation."""

    group: Group
    summary: str
    expected: str
    example: Example
    applies: Applies
    level: Level = Level.KEYED
    more: Mapping[str, Any] = field(default_factory=dict)

    def rule(self, name: str, evaluation: Marking | Figure) -> Rule:
        return Rule(
            name, self.group, self.level, self.applies, self.summary, self.expected, self.example,
            evaluation=evaluation, **self.more,
        )  # fmt: skip


def marking(  # noqa: PLR0913 # one argument per thing a rule says
    group: Group,
    summary: str,
    *,
    expected: str,
    example: Example,
    applies: Applies,
    level: Level = Level.KEYED,
    statistics: Sequence[Callable[[KeyRows, Statistics], Mapping[str, str]]] = (),
    row_by_row: bool = False,
    keeps_nulls: bool = False,
    carried: Carried = Carried.NOTHING,
    **more: Any,
) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register the decorated function as a rule that marks rows, named like it.

    It gets `KeyRows` (and, where there are `statistics`, their numbers) and gives the SQL condition of a good row. What
    a null says is part of the rule: it stands in the way of a null policy.
    """
    words = _Words(group, summary, expected, example, applies, level, {**more, "about_null": True})

    def add(holds: Callable[..., str]) -> Callable[..., str]:
        def asked(rows: KeyRows, found: Statistics) -> str:
            return holds(rows, found) if statistics else holds(rows)

        evaluation = Marking(asked, statistics, row_by_row, keeps_nulls, carried)
        register(words.rule(holds.__name__, evaluation))
        return holds

    return add


def figure(  # noqa: PLR0913 # one argument per thing a rule says
    group: Group,
    summary: str,
    *,
    expected: str,
    example: Example,
    applies: Applies,
    level: Level = Level.KEYED,
    most: int | None = None,
    keeps_nulls: bool = False,
    carried: Carried = Carried.NOTHING,
    **more: Any,
) -> Callable[[Callable[[KeyRows], str]], Callable[[KeyRows], str]]:
    """Register the decorated function as a rule about one number of the batch, named like it.

    It gets `KeyRows` and gives the SQL query of the number, `SELECT … AS n FROM {rows.table}`.
    """
    words = _Words(group, summary, expected, example, applies, level, more)

    def add(query: Callable[[KeyRows], str]) -> Callable[[KeyRows], str]:
        register(words.rule(query.__name__, Figure(query, most, keeps_nulls, carried)))
        return query

    return add
