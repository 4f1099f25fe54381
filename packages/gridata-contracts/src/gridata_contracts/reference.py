"""What every row rule means, in plain Python: the reference that both engines are tested against.

Slow and simple on purpose. It decides about typed records (values of gridata_contracts.values), one by one.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gridata_contracts.columns import ITEM, walk
from gridata_contracts.literals import literal_value
from gridata_contracts.model import Check, Contract
from gridata_contracts.rules import RULES, Level
from gridata_contracts.sql.blanks import BLANKS
from gridata_contracts.types import LogicalType

Record = Mapping[str, Any]

_EXACT = decimal.Context(prec=200)
"""More digits than the product or sum of any decimals of 38 digits in a record has."""


def broken_checks(contract: Contract, record: Record, as_of: dt.datetime) -> list[Check]:
    """The row checks that a record breaks, warnings included, in bit order.

    Args:
        contract: gives the checks and the types of their literals.
        record: value by top-level column; objects as mappings, arrays as sequences, absent or None is null.
        as_of: aware instant that stands for now.
    """
    kinds = {column.path: column.type for column in walk(contract.columns)}
    row_checks = (check for check in contract.checks if RULES[check.rule].level is Level.ROW)
    with decimal.localcontext(_EXACT):
        return [check for check in row_checks if _is_broken(check, kinds, record, as_of)]


def repeated_rows(check: Check, records: Sequence[Record]) -> list[int]:
    """Positions of the rows that `is_unique` rejects: every later row of a key; keys with a null are not compared."""
    seen: set[tuple[Any, ...]] = set()
    repeated = []
    columns: Any = check.arguments["columns"]
    for i, record in enumerate(records):
        key = tuple(record.get(column) for column in columns)
        if None in key:
            continue
        if key in seen:
            repeated.append(i)
        seen.add(key)
    return repeated


@dataclass(frozen=True)
class _Case:
    """One value a rule looks at, with the array items around it."""

    check: Check
    kinds: Mapping[str, LogicalType]
    record: Record
    items: Mapping[str, Any]
    as_of: dt.datetime

    @cached_property
    def value(self) -> Any:
        return self.look(self.check.column or "")

    @property
    def parent_is_null(self) -> bool:
        """The object around the value is null; an array's item itself does not count."""
        parent, dot, _ = (self.check.column or "").rpartition(".")
        return bool(dot) and parent not in self.items and self.look(parent) is None

    def argument(self, name: str) -> Any:
        return self.check.arguments.get(name)

    def literal(self, literal: Any, path: str | None = None) -> Any:
        return literal_value(self.kinds[path or self.check.column or ""], literal)

    def look(self, path: str) -> Any:
        """The value at a path, inside the same items where it goes through the same arrays."""
        around = max((each for each in self.items if path == each or path.startswith(f"{each}.")), key=len, default="")
        value = self.items[around] if around else self.record
        for name in path[len(around) :].removeprefix(".").split(".") if path != around else ():
            value = None if value is None else value.get(name)
        return value


def _is_broken(check: Check, kinds: Mapping[str, LogicalType], record: Record, as_of: dt.datetime) -> bool:
    return any(_BROKEN[check.rule](case) for case in _cases(check, kinds, record, as_of))


def _cases(check: Check, kinds: Mapping[str, LogicalType], record: Record, as_of: dt.datetime) -> Iterator[_Case]:
    """One case per row, or per innermost item of the arrays the path goes through."""
    cases = [_Case(check, kinds, record, {}, as_of)]
    arrays = (check.column or "").split(ITEM)[:-1]
    for i in range(len(arrays)):
        array = ITEM.join(arrays[: i + 1])
        cases = [
            _Case(check, kinds, record, {**case.items, array + ITEM: item}, as_of)
            for case in cases
            for item in case.look(array) or ()
        ]
    yield from cases


def _is_not_null(case: _Case) -> bool:
    return case.value is None and not case.parent_is_null


def _is_not_null_where(case: _Case) -> bool:
    column = case.argument("column")
    wanted = [case.literal(value, column) for value in case.argument("values")]
    return case.value is None and case.look(column) in wanted


def _is_in_set(case: _Case) -> bool:
    return case.value not in [case.literal(value) for value in case.argument("values")]


def _outside(case: _Case, number: Any, bounds: Callable[[Any], Any]) -> bool:
    low, high = case.argument("min"), case.argument("max")
    return (low is not None and number < bounds(low)) or (high is not None and number > bounds(high))


def _is_multiple_of(case: _Case) -> bool:
    return bool(decimal.Decimal(case.value) % decimal.Decimal(str(case.argument("value"))) != 0)


def _has_unique_items(case: _Case) -> bool:
    values = [None if item is None else item.get(case.argument("field")) for item in case.value]
    present = [value for value in values if value is not None]
    return len(set(present)) < len(present)


def _compares(broken: Callable[[Any, Any], bool]) -> Callable[[_Case], bool]:
    def against_other(case: _Case) -> bool:
        other = case.look(case.argument("column"))
        return other is not None and broken(case.value, other)

    return against_other


def _is_sum_of_columns(case: _Case) -> bool:
    plus = [case.look(path) or 0 for path in case.argument("plus")]
    minus = [case.look(path) or 0 for path in case.argument("minus") or ()]
    return _differs(case, sum(plus) - sum(minus))


def _is_sum_of_items(case: _Case) -> bool:
    minus = case.argument("minus")
    total: Any = 0
    for item in case.look(case.argument("array")) or ():
        number = {} if item is None else item
        product = math.prod(number.get(name) or 0 for name in case.argument("factors"))
        total += product - (number.get(minus) or 0 if minus else 0)
    return _differs(case, total)


def _differs(case: _Case, expected: Any) -> bool:
    tolerance = decimal.Decimal(str(case.argument("tolerance") or 0))
    return bool(abs(case.value - expected) > tolerance)


def _is_not_after_as_of(case: _Case) -> bool:
    limit = case.as_of + dt.timedelta(seconds=case.argument("slack_s") or 0)
    return bool(case.value > (limit if isinstance(case.value, dt.datetime) else limit.astimezone(dt.UTC).date()))


def _unless_null(broken: Callable[[_Case], bool]) -> Callable[[_Case], bool]:
    return lambda case: case.value is not None and broken(case)


_BROKEN: Mapping[str, Callable[[_Case], bool]] = {
    "is_not_null": _is_not_null,
    "is_not_null_where": _is_not_null_where,
    **{
        name: _unless_null(broken)
        for name, broken in {
            "is_not_blank": lambda case: not case.value.strip(BLANKS),
            "is_in_set": _is_in_set,
            "is_not_in_set": lambda case: not _is_in_set(case),
            "is_between": lambda case: _outside(case, case.value, case.literal),
            "is_greater_than": lambda case: case.value <= case.literal(case.argument("value")),
            "is_less_than": lambda case: case.value >= case.literal(case.argument("value")),
            "has_length": lambda case: _outside(case, len(case.value), int),
            "has_pattern": lambda case: re.fullmatch(case.argument("pattern"), case.value) is None,
            "is_multiple_of": _is_multiple_of,
            "has_items": lambda case: _outside(case, len(case.value), int),
            "has_unique_items": _has_unique_items,
            "is_at_most_column": _compares(lambda own, other: own > other),
            "is_at_least_column": _compares(lambda own, other: own < other),
            "is_equal_to_column": _compares(lambda own, other: own != other),
            "is_sum_of_columns": _is_sum_of_columns,
            "is_sum_of_items": _is_sum_of_items,
            "is_not_after_as_of": _is_not_after_as_of,
        }.items()
    },
}
