"""Rules that look values up in another table of the lake."""

from __future__ import annotations

from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_key_relations import exact_value, reference_key, share_of_references
from gridata_contracts.rules.bounds import SHARES
from gridata_contracts.rules.keyed import FOUND, KeyRows, figure, marking
from gridata_contracts.rules.rule import Applies, Argument, Example, Group

_TABLE = "shop_bronze.parents_v1"
_NULLS = "a null passes, and so does a key with a null in it"
_ONE_COLUMN: dict[str, Any] = {
    "applies": Applies.SCALAR,
    "required": {"table": Argument.TABLE},
    "optional": {"key": Argument.STRING},
    "relation": exact_value,
    "row_by_row": True,
    "nulls": _NULLS,
    "quarantines": False,
}


@marking(
    Group.REFERENTIAL,
    "The value is in `key` (by default a column of the same name) of `table`, as it was at the batch's instant. A row "
    "without a match is flagged and stays: the parent may come later. Without a version of the table from that time "
    "nothing is asked.",
    expected="a value found in {table}[, column {key}]",
    example=Example(
        {"value": t.String()}, {"table": _TABLE, "key": "id"}, [{"value": "a"}, {"value": None}], [{"value": "z"}]
    ),
    **_ONE_COLUMN,
    aliases=("foreign_key", "relationships", "ReferentialIntegrity"),
)
def is_found_in(k: KeyRows) -> str:
    return f"{k.found} IS NOT NULL"


@marking(
    Group.REFERENTIAL,
    "The combination of `columns` is in `key` (by default columns of the same names) of `table`, as it was at the "
    "batch's instant.",
    expected="{columns} found in {table}",
    example=Example(
        {"id": t.String()}, {"columns": ["id"], "table": _TABLE}, [{"id": "a"}, {"id": None}], [{"id": "z"}]
    ),
    applies=Applies.TABLE,
    required={"columns": Argument.COLUMNS, "table": Argument.TABLE},
    optional={"key": Argument.STRINGS},
    relation=reference_key,
    row_by_row=True,
    nulls=_NULLS,
    quarantines=False,
)
def is_key_found_in(k: KeyRows) -> str:
    return f"{k.found} IS NOT NULL"


@marking(
    Group.REFERENTIAL,
    "The value is not in `key` of `table`, as it was at the batch's instant: a list of blocked values.",
    expected="a value not found in {table}[, column {key}]",
    example=Example({"value": t.String()}, {"table": _TABLE, "key": "id"}, [{"value": "z"}], [{"value": "a"}]),
    **_ONE_COLUMN,
)
def is_not_found_in(k: KeyRows) -> str:
    return f"{k.found} IS NULL"


@figure(
    Group.REFERENTIAL,
    "The share of values that are in `key` of `table`, as it was at the batch's instant, is within bounds.",
    expected="a share found in {table}[, at least {min}][, at most {max}]",
    example=Example(
        {"value": t.String()}, {"table": _TABLE, "key": "id", "min": 0.5}, [{"value": "a"}, {"value": "z"}],
        [{"value": "z"}],
    ),
    applies=Applies.SCALAR,
    required={"table": Argument.TABLE},
    optional={"key": Argument.STRING, **SHARES},
    relation=share_of_references,
    nulls="null values are left out; without a value the check passes",
)  # fmt: skip
def has_share_found_in(k: KeyRows) -> str:
    found = f"CASE WHEN r.{FOUND} IS NOT NULL THEN 1.0 ELSE 0.0 END"
    return f"SELECT avg(CAST({found} AS DOUBLE)) AS n FROM {k.table} t LEFT JOIN {k.reference} r ON t.{k.value} = r.k0"
