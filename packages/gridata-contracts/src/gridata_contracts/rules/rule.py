"""What a rule of the catalogue is: its name, what it stands on, what it is told, and how it is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gridata_contracts.types import LogicalType

if TYPE_CHECKING:
    from gridata_contracts.rule_call import Call
    from gridata_contracts.sql.subject import Subject


class Argument(StrEnum):
    """Kind of an argument's value."""

    NUMBER = "number"  # 0 or above
    SIGNED = "signed number"  # any finite number
    SHARE = "share"  # from 0 to 1
    INTEGER = "integer"  # 0 or above
    STRING = "string"
    STRINGS = "strings"  # a non-empty list of text
    CHOICE = "choice"  # one of the rule's `choices`
    CHOICES = "choices"  # a non-empty list of them
    VALUE = "value"  # a literal of the column's own type, written as in JSON
    VALUES = "values"  # a non-empty list of such literals
    OTHER_VALUES = "other values"  # a non-empty list of literals of the column that `column` names
    COLUMN = "column"  # path of another column
    COLUMNS = "columns"  # non-empty list of paths
    BOOLEAN = "boolean"
    PATTERN = "pattern"  # regular expression of the accepted subset (patterns.py)
    PATTERNS = "patterns"  # non-empty list of them
    EXPRESSION = "expression"  # a condition in SQL's words (expressions/)
    TABLE = "table"  # a table of the lake, `<schema>.<table>`
    ANY = "any"  # plain data that the rule's relation looks at


class Level(StrEnum):
    """How much of a batch a rule has to see, which decides what it costs."""

    ROW = "row"
    AGGREGATE = "aggregate"
    KEYED = "keyed"
    STATISTIC = "statistic"
    SKETCH = "sketch"
    HISTORY = "history"
    SCHEMA = "schema"

    @property
    def cost(self) -> str:
        """What evaluating it costs, in words."""
        return _COSTS[self]


_COSTS: Mapping[Level, str] = {
    Level.ROW: "in the scan",
    Level.AGGREGATE: "in the scan",
    Level.KEYED: "one shuffle per set of keys",
    Level.STATISTIC: "a second look at the column, after its statistic is known",
    Level.SKETCH: "one shuffle that counts the column's values, then arithmetic on small summaries",
    Level.HISTORY: "arithmetic on stored metrics",
    Level.SCHEMA: "nothing: column names and types only",
}


class Group(StrEnum):
    """Where a rule stands in the reference."""

    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    RANGE = "range"
    TEXT = "text"
    SETS = "sets"
    PARSING = "type and parse"
    FORMATS = "formats"
    TEMPORAL = "temporal and freshness"
    VOLUME = "volume"
    SCHEMA = "schema"
    REFERENTIAL = "referential"
    CROSS_COLUMN = "cross-column"
    AGGREGATES = "aggregates"
    DISTRIBUTION = "distribution and drift"
    HISTORY = "history and anomaly"
    CUSTOM = "custom"


class Applies(StrEnum):
    """Column types a rule may stand on."""

    ANY = "any"
    SCALAR = "scalar"
    TEXT = "text"
    NUMERIC = "numeric"
    EXACT = "exact"  # whole numbers and decimals
    FLOATING = "floating"
    BOOLEAN = "boolean"
    ORDERED = "ordered"  # numeric, date, timestamp, text
    MEASURED = "measured"  # numeric, date, timestamp
    TEMPORAL = "temporal"
    INSTANT = "instant"  # timestamp
    ARRAY = "array"
    TABLE = "table"  # no column: the whole row or batch


@dataclass(frozen=True)
class Example:
    """One passing and one failing row, for the reference page and for a test.

    Attributes:
        columns: type by column name; the rule stands on `value` where there is one, else on the table.
        arguments: as a contract writes them.
        passes, fails: value by column; missing columns are null. For rules that look at more than one row, lists.
    """

    columns: Mapping[str, LogicalType]
    arguments: Mapping[str, Any]
    passes: Any
    fails: Any

    @property
    def on(self) -> str | None:
        """Path of the column the rule stands on."""
        return next((name for name in self.columns if name == "value"), None)


def on(kind: LogicalType, arguments: Mapping[str, Any], passes: Any, fails: Any) -> Example:
    """An example on one column, `value`."""
    return Example({"value": kind}, arguments, {"value": passes}, {"value": fails})


Holds = Callable[["Subject"], str]
"""SQL that is true where the rule holds, false where it does not, and null where it cannot be said (a null operand)."""


@dataclass(frozen=True)
class Rule:
    """One rule of the catalogue.

    Attributes:
        summary: what it asks, one sentence.
        expected: template of the words shown to a producer, with the arguments by name.
        required: argument names that must be given.
        optional: argument names that may be given; for some rules at least one of them must (`one_of`).
        choices: allowed words of CHOICE arguments.
        aliases: names of the same rule in DQDL and elsewhere; a contract may use them.
        nulls: what a null value means, in words.
        about_null: the rule decides about nulls itself, so that a null policy is refused.
        relation: what arguments must keep to together; notes problems.
        quarantines: failing rows may be quarantined; False for rules whose answer may change without the row.
        holds: for level ROW.
        evaluation: for the other levels, what that level's evaluator needs (rules/<level>.py).
    """

    name: str
    group: Group
    level: Level
    applies: Applies
    summary: str
    expected: str
    example: Example
    required: Mapping[str, Argument] = field(default_factory=dict)
    optional: Mapping[str, Argument] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_of: bool = False
    aliases: tuple[str, ...] = ()
    nulls: str = "null passes"
    about_null: bool = False
    relation: Callable[[Call], None] | None = None
    quarantines: bool = True
    holds: Holds | None = None
    evaluation: object = None

    @property
    def arguments(self) -> Mapping[str, Argument]:
        """All arguments by name, required ones first."""
        return {**self.required, **self.optional}

    @property
    def filters(self) -> bool:
        """Whether a check of it may look at some rows only (`where`)."""
        return self.level in (Level.ROW, Level.AGGREGATE, Level.KEYED, Level.STATISTIC)

    @property
    def needs_history(self) -> bool:
        """Whether it is decided by what earlier batches left."""
        return self.level is Level.HISTORY or bool(getattr(self.evaluation, "needs_history", False))

    @property
    def marks_rows(self) -> bool:
        """Whether single rows break it, so that they can be quarantined or flagged."""
        return self.level is Level.ROW or bool(getattr(self.evaluation, "marks_rows", False))
