"""Contract paths as SQL: which arrays a path goes through, and the expression of its value inside them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gridata_contracts.model import Column, Contract
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.types import List

ITEMS = "[*]"


@dataclass(frozen=True)
class Scope:
    """One array a path goes through.

    Attributes:
        array: SQL of the array.
        variable: name of the lambda variable that stands for its items.
    """

    array: str
    variable: str


@dataclass(frozen=True)
class Place:
    """A path in SQL.

    Attributes:
        scopes: arrays from the outermost in; empty for a path of the row itself.
        value: SQL of the value, inside the lambdas of `scopes`.
        parent: SQL of the struct that holds it, None at the top or directly inside an item.
    """

    scopes: tuple[Scope, ...]
    value: str
    parent: str | None


def place(path: str, dialect: Dialect) -> Place:
    """`items[*].price` → scope `items` with variable `_i1`, value `_i1.price`."""
    scopes: list[Scope] = []
    value, parent = "", None
    for part in path.split("."):
        name = part.removesuffix(ITEMS)
        in_item = bool(scopes) and value == scopes[-1].variable
        parent = None if not value or in_item else value
        value = dialect.field(value, name) if value else dialect.name(name)
        if part.endswith(ITEMS):
            scopes.append(Scope(value, f"_i{len(scopes) + 1}"))  # no column's name begins with _
            value, parent = scopes[-1].variable, None
    return Place(tuple(scopes), value, parent)


def columns_by_path(contract: Contract) -> dict[str, Column]:
    """Every column and nested field by its path."""
    found: dict[str, Column] = {}

    def add(columns: tuple[Column, ...]) -> None:
        for column in columns:
            found[column.path] = column
            if isinstance(column.type, List):
                _add_items(found, column, column.path, column.type)
            add(column.children)

    add(contract.columns)
    return found


def _add_items(found: dict[str, Column], column: Column, path: str, kind: List) -> None:
    """`tags[*]`: one item of an array."""
    found[path + ITEMS] = replace(column, path=path + ITEMS, type=kind.item, required=False)
    if isinstance(kind.item, List):
        _add_items(found, column, path + ITEMS, kind.item)
