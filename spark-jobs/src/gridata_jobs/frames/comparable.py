"""A relation's columns as they are checked, while they stay in the session that holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from gridata_contracts.model import Contract
from gridata_jobs.read.duck import quoted
from gridata_jobs.read.source import row_schema

Relation = duckdb.DuckDBPyRelation

NOTHING = '1 AS "[nothing]"'
"""What is selected where no column is asked about, so that there are rows."""
_CASTS: Mapping[str, str] = {
    "TINYINT": "CAST({} AS INTEGER)",
    "UTINYINT": "CAST({} AS INTEGER)",
    "SMALLINT": "CAST({} AS INTEGER)",
    "USMALLINT": "CAST({} AS INTEGER)",
    "UINTEGER": "CAST({} AS BIGINT)",
    "TIMESTAMP": "{} AT TIME ZONE 'UTC'",
}
"""How columns of other types than ours become those that Arrow makes of them."""
_SETTINGS: Mapping[str, tuple[object, ...]] = {
    "TimeZone": ("UTC", "Etc/UTC"),
    "default_collation": ("",),
    "ieee_floating_point_ops": (True,),
    "integer_division": (False,),
}
"""What the session must have for SQL to mean what it means in ours."""
_BINARY = (False, False, True)
"""What `_ORDERED` says of texts that are compared by their bytes."""
_ORDERED = (
    "coalesce(any_value({0}), 'A') = 'a'",
    "coalesce(any_value({0}), 'á') = 'a'",
    "coalesce(any_value({0}), 'B') < 'a'",
)


def comparable(relation: Relation, contract: Contract) -> Relation | None:
    """The columns of a contract, in the types in which they are checked; None where only Arrow can give them.

    Some types have other functions than the text that Arrow makes of them (JSON, UUID), and a session's zone,
    collations and settings change what SQL means.
    """
    wanted = row_schema(contract)
    with duckdb.connect() as connection:
        types = dict(zip(wanted.names, connection.from_arrow(wanted.empty_table()).types, strict=True))
    given = dict(zip(relation.columns, relation.types, strict=True))
    columns = [_column(name, given[name], types[name]) for name in (column.name for column in contract.columns)]
    texts = [column.name for column in contract.columns if str(given[column.name]) == "VARCHAR"]
    if None in columns or not _means_the_same(relation, texts):
        return None
    return relation.project(", ".join(map(str, columns)) or NOTHING)


def _column(name: str, given: object, wanted: object) -> str | None:
    sql = quoted(name)
    if given == wanted:
        return sql
    cast = "CAST({} AS VARCHAR)" if str(given).startswith("ENUM") else _CASTS.get(str(given))
    return None if cast is None else f"{cast.format(sql)} AS {sql}"


def _means_the_same(relation: Relation, texts: Sequence[str]) -> bool:
    settings = [f"current_setting('{name}')" for name in _SETTINGS]
    orders = [order.format(quoted(name)) for name in texts for order in _ORDERED]
    (found,) = relation.limit(0).aggregate(", ".join(["count(*)", *settings, *orders])).fetchall()
    _, *said = found
    agree = all(value in allowed for value, allowed in zip(said, _SETTINGS.values(), strict=False))
    return agree and tuple(said[len(_SETTINGS) :]) == _BINARY * len(texts)
