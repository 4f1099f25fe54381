"""One value that a rule looks at, with the array items and the record around it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from gridata_contracts.columns import ITEM
from gridata_contracts.literals import literal_value
from gridata_contracts.model import Check
from gridata_contracts.types import LogicalType

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One value of one record.

    Attributes:
        kinds: logical type by column path.
        items: by path of an array's item (`items[*]`), the item this case is about.
        as_of: aware instant that stands for now.
    """

    check: Check
    kinds: Mapping[str, LogicalType]
    record: Record
    items: Mapping[str, Any]
    as_of: dt.datetime

    @cached_property
    def value(self) -> Any:
        """The value the rule stands on; None is null, and so is the missing column of a rule of the whole row."""
        return None if self.check.column is None else self.look(self.check.column)

    @property
    def kind(self) -> LogicalType:
        """Logical type of the value."""
        return self.kinds[self.check.column or ""]

    @property
    def parent_is_null(self) -> bool:
        """The object around the value is null; an array's item itself does not count."""
        parent, dot, _ = (self.check.column or "").rpartition(".")
        return bool(dot) and parent not in self.items and self.look(parent) is None

    def argument(self, name: str) -> Any:
        """An argument as the contract gives it; None when left out."""
        return self.check.arguments.get(name)

    def literal(self, literal: Any, path: str | None = None) -> Any:
        """The value of a literal of this column's type, or of another's."""
        return literal_value(self.kinds[path or self.check.column or ""], literal)

    def literals(self, name: str = "values") -> list[Any]:
        """The values of an argument's literals."""
        return [self.literal(value) for value in self.argument(name)]

    def within(self, number: Any, read: Callable[[Any], Any], low: str = "min", high: str = "max") -> bool:
        """Inclusive bounds from two arguments, of which either may be left out."""
        least, most, own = self.argument(low), self.argument(high), rank(number)
        return (least is None or own >= rank(read(least))) and (most is None or own <= rank(read(most)))

    def equals(self, expected: Any, within: str = "tolerance") -> bool:
        """The value and a number differ by at most an argument."""
        limit = str(self.argument(within) or 0)
        return bool(abs(self.value - expected) <= (float if isinstance(self.value, float) else Decimal)(limit))

    def look(self, path: str) -> Any:
        """The value at a path, inside the same items where it goes through the same arrays."""
        around = max((each for each in self.items if path == each or path.startswith(f"{each}.")), key=len, default="")
        value = self.items[around] if around else self.record
        for name in path[len(around) :].removeprefix(".").split(".") if path != around else ():
            value = None if value is None else value.get(name)
        return value


def rank(value: Any) -> Any:
    """What a value compares by: NaN equals itself and stands above every number."""
    if not isinstance(value, float):
        return value
    return (True, 0.0) if math.isnan(value) else (False, value)


def small(text: str) -> str:
    """The text with small letters for the capitals A to Z, and those alone."""
    return "".join(char.lower() if "A" <= char <= "Z" else char for char in text)


def is_among(value: Any, values: Iterable[Any]) -> bool:
    """The value is one of them."""
    return rank(value) in [rank(each) for each in values]


Holds = Callable[[Case], bool | None]
"""True: the rule holds; False: it does not; None: it cannot be said, because another value is null."""


def cases(check: Check, kinds: Mapping[str, LogicalType], record: Record, as_of: dt.datetime) -> Iterator[Case]:
    """One case per row, or per innermost item of the arrays the path goes through."""
    found = [Case(check, kinds, record, {}, as_of)]
    arrays = (check.column or "").split(ITEM)[:-1]
    for i in range(len(arrays)):
        array = ITEM.join(arrays[: i + 1])
        found = [
            Case(check, kinds, record, {**case.items, array + ITEM: item}, as_of)
            for case in found
            for item in case.look(array) or ()
        ]
    yield from found
