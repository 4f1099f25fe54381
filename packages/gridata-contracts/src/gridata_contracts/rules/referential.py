"""Rules that look values up in another table of the lake."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_bounds import number_bounds
from gridata_contracts.argument_key_relations import (
    compared_by_key,
    counts_by_key,
    exact_value,
    ratio_of_totals,
    reference_key,
    share_of_references,
    totals_by_key,
)
from gridata_contracts.rules.bounds import NUMBERS, SHARES
from gridata_contracts.rules.keyed import (
    COUNT,
    FOUND,
    LEAST,
    MOST,
    SUM,
    SUM_TYPE,
    Carried,
    KeyRows,
    figure,
    marking,
)
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


_BY_KEY: dict[str, Any] = {
    "required": {"columns": Argument.COLUMNS, "table": Argument.TABLE},
    "row_by_row": True,
    "quarantines": False,
}


@marking(
    Group.REFERENTIAL,
    "The value is the one of column `of` (by default of the same name) in the rows of `table` whose `key` (by default "
    "columns of the same names) is the row's `columns`, as they were at the batch's instant. A key that is not there "
    "passes: `is_key_found_in` asks for it.",
    expected="the value that {table} has for {columns}",
    example=Example(
        {"value": t.String(), "id": t.String()},
        {"columns": ["id"], "table": _TABLE, "of": "label"},
        [{"value": "A", "id": "a"}, {"value": "?", "id": "z"}],
        [{"value": "B", "id": "a"}],
    ),
    applies=Applies.SCALAR,
    optional={"key": Argument.STRINGS, "of": Argument.STRING},
    relation=compared_by_key,
    carried=Carried.BOUNDS,
    nulls="a null passes, in the value, the key or the other table; rows there that differ fail any value",
    aliases=("DatasetMatch",),
    **_BY_KEY,
)
def is_same_in(k: KeyRows) -> str:
    return f"{k.value} = {k.carried(LEAST)} AND {k.value} = {k.carried(MOST)}"


@marking(
    Group.REFERENTIAL,
    "The value is the total of column `of` over the rows of `table` whose `key` (by default columns of the same names) "
    "is the row's `columns`, give or take `tolerance` (by default 0): an order and its items. A key that is not there "
    "passes.",
    expected="the total of {of} in {table} for {columns}[, give or take {tolerance}]",
    example=Example(
        {"value": t.Decimal(12, 2), "id": t.String()},
        {"columns": ["id"], "table": _TABLE, "of": "amount"},
        [{"value": Decimal("1.25"), "id": "a"}, {"value": Decimal("5.00"), "id": "b"}],
        [{"value": Decimal("2.50"), "id": "b"}],
    ),
    applies=Applies.EXACT,
    optional={"key": Argument.STRINGS, "of": Argument.STRING, "tolerance": Argument.NUMBER},
    relation=totals_by_key,
    carried=Carried.SUM,
    nulls="a null passes, in the value or the key; nulls in the other table are left out",
    **_BY_KEY,
)
def is_total_in(k: KeyRows) -> str:
    off = f"abs(CAST({k.value} AS {SUM_TYPE}) - {k.carried(SUM)})"
    return f"{off} <= CAST({k.dialect.text(_plain(k.argument('tolerance') or 0))} AS {SUM_TYPE})"


@marking(
    Group.REFERENTIAL,
    "The number of rows of `table` whose `key` (by default columns of the same names) is the row's `columns` is within "
    "bounds; 0 for a key that is not there.",
    expected="rows in {table} for {columns}[, at least {min}][, at most {max}]",
    example=Example(
        {"id": t.String()}, {"columns": ["id"], "table": _TABLE, "min": 1, "max": 1}, [{"id": "a"}, {"id": None}],
        [{"id": "b"}, {"id": "z"}],
    ),
    applies=Applies.TABLE,
    optional={"key": Argument.STRINGS, "min": Argument.INTEGER, "max": Argument.INTEGER},
    relation=counts_by_key,
    carried=Carried.COUNT,
    nulls="a key with a null in it passes",
    **_BY_KEY,
)  # fmt: skip
def has_row_count_in(k: KeyRows) -> str:
    return k.within(f"coalesce({k.carried(COUNT)}, 0)")


@figure(
    Group.REFERENTIAL,
    "The number of rows divided by that of `table`, as it was at the batch's instant, is within bounds.",
    expected="rows of {table} times a factor[, at least {min}][, at most {max}]",
    example=Example({"id": t.String()}, {"table": _TABLE, "min": 0.5, "max": 1}, [{"id": "a"}] * 4, [{"id": "a"}] * 5),
    applies=Applies.TABLE,
    required={"table": Argument.TABLE},
    optional=NUMBERS,
    relation=number_bounds,
    carried=Carried.COUNT,
    nulls="rows count whatever they hold; against a table without rows the check passes",
    aliases=("RowCountMatch",),
)
def has_row_count_ratio_to(k: KeyRows) -> str:
    return _ratio(f"(SELECT count(*) FROM {k.table})", f"(SELECT max({COUNT}) FROM {k.reference})")


@figure(
    Group.REFERENTIAL,
    "The total of the values divided by that of column `of` (by default of the same name) of `table`, as it was at the "
    "batch's instant, is within bounds.",
    expected="the total of {table} times a factor[, at least {min}][, at most {max}]",
    example=Example(
        {"value": t.Decimal(12, 2)}, {"table": _TABLE, "of": "amount", "min": 1, "max": 1},
        [{"value": Decimal("6.25")}, {"value": None}], [{"value": Decimal("6.26")}],
    ),
    applies=Applies.EXACT,
    required={"table": Argument.TABLE},
    optional={"of": Argument.STRING, **NUMBERS},
    relation=ratio_of_totals,
    carried=Carried.SUM,
    nulls="null values are left out; without a value, or against a total of 0, the check passes",
    aliases=("AggregateMatch",),
)  # fmt: skip
def has_total_ratio_to(k: KeyRows) -> str:
    own = f"(SELECT sum(CAST({k.value} AS {SUM_TYPE})) FROM {k.table})"
    return _ratio(own, f"(SELECT max({SUM}) FROM {k.reference})")


def _ratio(number: str, of: str) -> str:
    return f"SELECT CAST({number} AS DOUBLE) / nullif(CAST({of} AS DOUBLE), 0) AS n"


def _plain(number: Any) -> str:
    """Digits without an exponent."""
    return f"{Decimal(str(number)):f}"
