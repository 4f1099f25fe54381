"""The tree of an expression: a closed list of nodes, each with the logical type of its value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from gridata_contracts.types import Boolean, LogicalType
from gridata_contracts.values import Value


class Word(StrEnum):
    """Joins conditions."""

    AND = "AND"
    OR = "OR"


class Sign(StrEnum):
    """Compares two values."""

    EQUAL = "="
    UNEQUAL = "<>"
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


class Operator(StrEnum):
    """Calculates with two numbers."""

    PLUS = "+"
    MINUS = "-"
    TIMES = "*"


class Function(StrEnum):
    """Everything that may be called."""

    ABS = "abs"
    COALESCE = "coalesce"
    CONTAINS = "contains"
    ENDS_WITH = "ends_with"
    LENGTH = "length"
    LOWER = "lower"
    STARTS_WITH = "starts_with"
    UPPER = "upper"


@dataclass(frozen=True)
class Column:
    """The value at a path without arrays; null where an object around it is null."""

    path: str
    type: LogicalType


@dataclass(frozen=True)
class Constant:
    """A literal. An exact number is a Decimal without trailing zeros, whatever it is compared with."""

    value: Value
    type: LogicalType


@dataclass(frozen=True)
class Not:
    """Null stays null."""

    operand: Node
    type: ClassVar[LogicalType] = Boolean()


@dataclass(frozen=True)
class Junction:
    """Two or more conditions joined by one word."""

    word: Word
    operands: tuple[Node, ...]
    type: ClassVar[LogicalType] = Boolean()


@dataclass(frozen=True)
class Comparison:
    """Two values compared as values of the type `common`."""

    sign: Sign
    left: Node
    right: Node
    common: LogicalType
    type: ClassVar[LogicalType] = Boolean()


@dataclass(frozen=True)
class Membership:
    """The value is (`negated`: is not) one of the options, all of the type `common`."""

    value: Node
    options: tuple[Node, ...]
    common: LogicalType
    negated: bool = False
    type: ClassVar[LogicalType] = Boolean()


@dataclass(frozen=True)
class Range:
    """The value lies (`negated`: does not lie) within inclusive bounds, all of the type `common`."""

    value: Node
    low: Node
    high: Node
    common: LogicalType
    negated: bool = False
    type: ClassVar[LogicalType] = Boolean()


@dataclass(frozen=True)
class NullTest:
    """The value is (`negated`: is not) null; never null itself."""

    value: Node
    negated: bool = False
    type: ClassVar[LogicalType] = Boolean()


@dataclass(frozen=True)
class Arithmetic:
    """A sum, difference or product: Decimal, wide enough for every result, or Floating of 64 bits."""

    operator: Operator
    left: Node
    right: Node
    type: LogicalType


@dataclass(frozen=True)
class Negative:
    """The number with its sign turned."""

    operand: Node
    type: LogicalType


@dataclass(frozen=True)
class Call:
    """A function of arguments whose types were checked."""

    function: Function
    arguments: tuple[Node, ...]
    type: LogicalType


Node = (
    Column
    | Constant
    | Not
    | Junction
    | Comparison
    | Membership
    | Range
    | NullTest
    | Arithmetic
    | Negative
    | Call
)  # fmt: skip


@dataclass(frozen=True)
class Expression:
    """A condition about one row: true, false or null.

    Attributes:
        text: canonical form: however a condition was spaced, cased or bracketed, it reads the same here, and reading
            it again gives the same tree.
        tree: the typed tree; plain values all through, so that it travels to workers.
        columns: the paths it looks at, in order of first mention.
    """

    text: str
    tree: Node
    columns: tuple[str, ...]
