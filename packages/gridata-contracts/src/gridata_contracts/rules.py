"""The closed list of row rules: names, arguments and meaning. Engines emit them, lint checks calls against them.

Null semantics: null passes every rule except `is_not_null` and `is_not_null_where`; a field of an object that is itself
null is not asked for by `is_not_null`, as in JSON Schema. A key with a null column is not compared by `is_unique`.
A rule on `items[*].x` looks at every item; the row fails when any item fails. A rule that compares paths compares
within the same item when both share the array, and broadcasts a top-level column to the items otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

BLANKS = " \t\n\x0b\f\r"
"""White space of `is_not_blank`: the ASCII six. Engines disagree about the rest of Unicode's."""


class Argument(StrEnum):
    """Kind of an argument's value."""

    NUMBER = "number"
    INTEGER = "integer"
    STRING = "string"
    VALUE = "value"  # a literal of the column's own type, written as in JSON
    VALUES = "values"  # a non-empty list of such literals
    COLUMN = "column"  # path of another column
    COLUMNS = "columns"  # non-empty list of paths
    BOOLEAN = "boolean"
    PATTERN = "pattern"  # regular expression of the accepted subset (patterns.py)


class Level(StrEnum):
    """`row`: decided from the row alone. `batch`: needs the batch's other rows."""

    ROW = "row"
    BATCH = "batch"


class Applies(StrEnum):
    """Column types a rule may stand on."""

    ANY = "any"
    TEXT = "text"
    NUMERIC = "numeric"
    ORDERED = "ordered"  # numeric, date, timestamp, text
    TEMPORAL = "temporal"
    ARRAY = "array"
    TABLE = "table"  # no column: the whole row or batch


@dataclass(frozen=True)
class Rule:
    """One rule of the catalogue.

    Attributes:
        required: argument names that must be given.
        optional: argument names that may be given; for some rules at least one of them must (`one_of`).
        expected: template of the words shown to a producer, with the arguments by name.
    """

    name: str
    applies: Applies
    summary: str
    required: Mapping[str, Argument]
    optional: Mapping[str, Argument]
    expected: str
    level: Level = Level.ROW
    one_of: bool = False


_RULES = (
    Rule("is_not_null", Applies.ANY, "The value is there.", {}, {}, "a value"),
    Rule(
        "is_not_null_where",
        Applies.ANY,
        "The value is there whenever `column` holds one of `values`.",
        {"column": Argument.COLUMN, "values": Argument.VALUES},
        {},
        "a value when {column} is one of {values}",
    ),
    Rule(
        "is_not_blank",
        Applies.TEXT,
        "At least one character that is not white space.",
        {},
        {},
        "text that is not blank",
    ),
    Rule(
        "is_in_set",
        Applies.ANY,
        "The value is one of `values`, compared exactly.",
        {"values": Argument.VALUES},
        {},
        "one of {values}",
    ),
    Rule(
        "is_not_in_set",
        Applies.ANY,
        "The value is none of `values`.",
        {"values": Argument.VALUES},
        {},
        "none of {values}",
    ),
    Rule(
        "is_between",
        Applies.ORDERED,
        "Inclusive bounds; either may be left out.",
        {},
        {"min": Argument.VALUE, "max": Argument.VALUE},
        "between {min} and {max}",
        one_of=True,
    ),
    Rule(
        "is_greater_than",
        Applies.ORDERED,
        "Strictly above `value`.",
        {"value": Argument.VALUE},
        {},
        "greater than {value}",
    ),
    Rule(
        "is_less_than", Applies.ORDERED, "Strictly below `value`.", {"value": Argument.VALUE}, {}, "less than {value}"
    ),
    Rule(
        "has_length",
        Applies.TEXT,
        "Length in code points, inclusive bounds.",
        {},
        {"min": Argument.INTEGER, "max": Argument.INTEGER},
        "between {min} and {max} characters",
        one_of=True,
    ),
    Rule(
        "matches",
        Applies.TEXT,
        "The whole text matches the pattern.",
        {"pattern": Argument.PATTERN},
        {},
        "text matching {pattern}",
    ),
    Rule(
        "is_multiple_of",
        Applies.NUMERIC,
        "A whole multiple of `value`; exact types only.",
        {"value": Argument.NUMBER},
        {},
        "a multiple of {value}",
    ),
    Rule(
        "has_items",
        Applies.ARRAY,
        "Number of items, inclusive bounds.",
        {},
        {"min": Argument.INTEGER, "max": Argument.INTEGER},
        "between {min} and {max} items",
        one_of=True,
    ),
    Rule(
        "has_unique_items",
        Applies.ARRAY,
        "No two items share the value of `field`; null values are not compared.",
        {"field": Argument.STRING},
        {},
        "items with different {field}",
    ),
    Rule(
        "is_at_most_column",
        Applies.ORDERED,
        "Less than or equal to another column.",
        {"column": Argument.COLUMN},
        {},
        "at most {column}",
    ),
    Rule(
        "is_at_least_column",
        Applies.ORDERED,
        "Greater than or equal to another column.",
        {"column": Argument.COLUMN},
        {},
        "at least {column}",
    ),
    Rule(
        "is_equal_to_column",
        Applies.ANY,
        "Equal to another column.",
        {"column": Argument.COLUMN},
        {},
        "equal to {column}",
    ),
    Rule(
        "is_sum_of_columns",
        Applies.NUMERIC,
        "Equals the sum of `plus` less the sum of `minus` (null counts as 0), within `tolerance`.",
        {"plus": Argument.COLUMNS},
        {"minus": Argument.COLUMNS, "tolerance": Argument.NUMBER},
        "the sum of {plus} less {minus}",
    ),
    Rule(
        "is_sum_of_items",
        Applies.NUMERIC,
        "Equals the sum of `factors` multiplied, less `minus`, over an array's items, within `tolerance`; null is 0.",
        {"array": Argument.COLUMN, "factors": Argument.VALUES},
        {"minus": Argument.STRING, "tolerance": Argument.NUMBER},
        "the sum of {factors} over {array}",
    ),
    Rule(
        "is_not_after_as_of",
        Applies.TEMPORAL,
        "Not later than the batch's `as_of` instant plus `slack_s` seconds.",
        {},
        {"slack_s": Argument.INTEGER},
        "not in the future",
    ),
    Rule(
        "is_unique",
        Applies.TABLE,
        "Within the batch the first row of a key (object order, row number) wins, the others fail.",
        {"columns": Argument.COLUMNS},
        {},
        "a key not seen before in the batch: {columns}",
        level=Level.BATCH,
    ),
)

RULES: Mapping[str, Rule] = {rule.name: rule for rule in _RULES}
"""Every rule by name."""
