"""Rules over the keys of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gridata_contracts.model import Check
from gridata_contracts.reference.case import Record


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
