"""One batch that a rule over many rows looks at: records in object order, without those the rule leaves out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gridata_contracts.literals import literal_value
from gridata_contracts.model import Check
from gridata_contracts.reference.case import Record, rank
from gridata_contracts.types import LogicalType

Row = tuple[int, Record]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Batch:
    """A check and the rows it looks at.

    Attributes:
        rows: position in the batch and record.
        parents: records of the table that the check looks up in.
    """

    check: Check
    kinds: Mapping[str, LogicalType]
    rows: Sequence[Row]
    as_of: dt.datetime
    parents: Sequence[Record] = ()

    def argument(self, name: str) -> Any:
        """An argument as the contract gives it; None when left out."""
        return self.check.arguments.get(name)

    @property
    def kind(self) -> LogicalType:
        """Type of the rule's own column."""
        return self.kinds[self.check.column or ""]

    def value(self, record: Record) -> Any:
        """The value that the rule stands on."""
        return look(record, self.check.column or "")

    def key(self, record: Record, argument: str = "columns") -> Key:
        """The values of the columns that an argument lists; empty when it is left out."""
        return tuple(look(record, path) for path in self.argument(argument) or ())

    def literals(self, name: str = "values") -> set[Any]:
        """The values of an argument's literals."""
        return {literal_value(self.kind, each) for each in self.argument(name)}

    def groups(self, key: Callable[[Record], Any]) -> dict[Any, list[Row]]:
        """Rows by key, in their order."""
        found: dict[Any, list[Row]] = {}
        for row in self.rows:
            found.setdefault(key(row[1]), []).append(row)
        return found

    def in_order(self, order: Callable[[Record], Any] | None = None) -> Iterator[list[Row]]:
        """The rows of each `group`, by `order`, else by `order_by`, else as they came."""
        by = self.argument("order_by")

        def default(record: Record) -> Any:
            return rank(look(record, by)) if by else 0

        for rows in self.groups(lambda record: self.key(record, "group")).values():
            yield sorted(rows, key=lambda row: ((order or default)(row[1]), row[0]))

    def bounds(self, number: Any) -> bool:
        """Within `min` and `max` (out of them if `outside`); floating numbers to twelve digits."""
        if isinstance(number, float):
            number = Decimal(f"{number:.11e}")
        within = True
        for name, sign in (("min", 1), ("max", -1)):
            if self.argument(name) is not None:
                room = sign * (number - Decimal(str(self.argument(name))))
                within = within and (room > 0 if self.argument(f"exclusive_{name}") else room >= 0)
        return within != bool(self.argument("outside"))


def look(record: Record, path: str) -> Any:
    """The value at a path without arrays; None below a null."""
    value: Any = record
    for name in path.split("."):
        value = None if value is None else value.get(name)
    return value
