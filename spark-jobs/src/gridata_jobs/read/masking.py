"""What a reason, a log or the quarantine may show of a record.

No value of a protected column (personal, confidential or restricted), nothing of an undeclared field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridata_contracts.model import Column
from gridata_contracts.reasons import MASK
from gridata_contracts.values import NumberToken
from gridata_jobs.read import json_text
from gridata_jobs.read.json_text import JsonTree


def excerpt(tree: JsonTree) -> str:
    """A value in at most SHORT_CHARS characters; containers by their shape, never their content."""
    match tree:
        case dict():
            return f"an object with {len(tree)} fields"
        case list():
            return f"an array of {len(tree)} items"
        case NumberToken() | str():
            return json_text.short(tree)
        case _:
            return json_text.dump(tree)


def shown(column: Column, value: JsonTree) -> str:
    """An offending value for a reason; masked where the column is protected or could have held something that is."""
    is_container = isinstance(value, dict | list)
    return MASK if column.is_protected or (_holds_protected(column) and not is_container) else excerpt(value)


def masked(columns: Sequence[Column], tree: Mapping[str, JsonTree]) -> dict[str, JsonTree]:
    """A copy of a parsed record in which protected and undeclared values are `***`; nulls stay null."""
    by_name = {column.name: column for column in columns}
    return {name: _masked_value(by_name.get(name), value) for name, value in tree.items()}


def _masked_value(column: Column | None, value: JsonTree) -> JsonTree:
    if value is None:
        return None
    if column is None or column.is_protected:
        return MASK
    if isinstance(value, dict):
        return masked(column.children, value)
    if isinstance(value, list):
        return [_masked_value(column, item) for item in value]
    # Text where an object with protected fields is declared is that object, written out.
    return MASK if _holds_protected(column) else value


def _holds_protected(column: Column) -> bool:
    return column.is_protected or any(_holds_protected(child) for child in column.children)
