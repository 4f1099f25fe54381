"""Rules about rows that share a key: how many there may be, and what they have in common."""

from __future__ import annotations

from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_key_relations import bounds_of_keys, exact_key, key_columns
from gridata_contracts.rules.keyed import PLACE, KeyRows, marking
from gridata_contracts.rules.rule import Applies, Argument, Example, Group

_KEY_NULLS = "rows with a null in the key are left out"


def _ids(arguments: dict[str, Any], passes: list[Any], fails: list[Any]) -> Example:
    return Example({"id": t.String()}, arguments, [{"id": v} for v in passes], [{"id": v} for v in fails])


def _same_key(k: KeyRows) -> str:
    return f"PARTITION BY {', '.join(k.listed())}"


@marking(
    Group.UNIQUENESS,
    "The key has no null, and no earlier row of the batch has it.",
    expected="a complete key not seen before in the batch: {columns}",
    example=_ids({"columns": ["id"]}, ["a", "b"], ["a", "a", None]),
    applies=Applies.TABLE,
    required={"columns": Argument.COLUMNS},
    relation=key_columns,
    keeps_nulls=True,
    nulls="a null in the key fails",
    aliases=("IsPrimaryKey", "isPrimaryKey", "primaryKey"),
)
def is_primary_key(k: KeyRows) -> str:
    filled = " AND ".join(f"{name} IS NOT NULL" for name in k.listed())
    return f"{filled} AND row_number() OVER ({_same_key(k)} ORDER BY {PLACE}) = 1"


@marking(
    Group.UNIQUENESS,
    "No other row of the batch has the key: all rows of a repeated key fail, the first one too.",
    expected="a key that stands once in the batch: {columns}",
    example=_ids({"columns": ["id"]}, ["a", "b"], ["a", "a"]),
    applies=Applies.TABLE,
    required={"columns": Argument.COLUMNS},
    relation=key_columns,
    nulls=_KEY_NULLS,
)
def is_not_repeated(k: KeyRows) -> str:
    return f"count(*) OVER ({_same_key(k)}) = 1"


@marking(
    Group.VOLUME,
    "The number of rows with the same key is within bounds; all rows of a key fail together.",
    expected="rows per {columns}[, at least {min}][, at most {max}]",
    example=_ids({"columns": ["id"], "max": 2}, ["a", "a"], ["a", "a", "a"]),
    applies=Applies.TABLE,
    required={"columns": Argument.COLUMNS},
    optional={"min": Argument.INTEGER, "max": Argument.INTEGER},
    relation=bounds_of_keys,
    nulls=_KEY_NULLS,
)
def has_rows_per_key(k: KeyRows) -> str:
    return k.within(f"count(*) OVER ({_same_key(k)})")


@marking(
    Group.CROSS_COLUMN,
    "The same for all rows with the same `columns`: they determine it. All rows of a key with several values fail.",
    expected="one value per {columns}",
    example=Example(
        {"value": t.String(), "id": t.String()},
        {"columns": ["id"]},
        [{"value": "Lamp", "id": "a"}, {"value": "Lamp", "id": "a"}],
        [{"value": "Lamp", "id": "a"}, {"value": "Desk", "id": "a"}],
    ),
    applies=Applies.SCALAR,
    required={"columns": Argument.COLUMNS},
    relation=exact_key,
    nulls="rows with a null in the value or the key are left out",
    aliases=("functional_dependency",),
)
def is_same_for_key(k: KeyRows) -> str:
    return f"min({k.value}) OVER ({_same_key(k)}) = max({k.value}) OVER ({_same_key(k)})"
