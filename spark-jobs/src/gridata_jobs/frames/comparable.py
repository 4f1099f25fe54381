"""A relation's columns as they are checked, while they stay in the session that holds them."""

from __future__ import annotations

import re
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
    "default_collation": ("",),
    "ieee_floating_point_ops": (True,),
    "integer_division": (False,),
}
"""What the session must have for SQL to mean what it means in ours."""
_ZONES = ("UTC", "Etc/UTC")
"""Those it may have where a column holds instants."""
_OWN_FUNCTIONS = (
    "SELECT count(*) FROM duckdb_functions() WHERE NOT internal AND function_name IN "
    "(SELECT function_name FROM duckdb_functions() WHERE internal)"
)
"""How many functions of the session stand in the place of DuckDB's."""
_BINARY = (False, False, True)
"""What `_ORDERED` says of texts that are compared by their bytes."""
_ORDERED = (
    "coalesce(any_value({0}), 'A') = 'a'",
    "coalesce(any_value({0}), 'á') = 'a'",
    "coalesce(any_value({0}), 'B') < 'a'",
)


def comparable(relation: Relation, contract: Contract, *, ours: bool = False) -> Relation | None:
    """The columns of a contract, in the types in which they are checked; None where only Arrow can give them.

    Args:
        relation: of somebody's session.
        contract: whose columns it has.
        ours: the session is one that nobody else has set up.

    Some types have other functions than the text that Arrow makes of them (JSON, UUID), and a session's zone,
    collations and settings change what SQL means.
    """
    wanted = row_schema(contract)
    with duckdb.connect() as connection:
        types = dict(zip(wanted.names, connection.from_arrow(wanted.empty_table()).types, strict=True))
    given = dict(zip(relation.columns, relation.types, strict=True))
    columns = [_column(name, given[name], types[name]) for name in (column.name for column in contract.columns)]
    texts = [column.name for column in contract.columns if str(given[column.name]) == "VARCHAR"]
    instants = any(re.search("TIME|DATE", str(given[column.name])) for column in contract.columns)
    if None in columns or not (ours or _means_the_same(relation, texts, instants=instants)):
        return None
    if not ours and any("VARCHAR" in str(given[name]) for name in types.keys() & given.keys() - {*texts}):
        return None  # DuckDB tells nobody the collation of a text within a list or a struct
    return relation.project(", ".join(map(str, columns)) or NOTHING)


def with_words(relation: Relation, contract: Contract, words: Sequence[str]) -> Relation | None:
    """A relation's own rows with packed words of the checks they break, one evaluation of both.

    DuckDB looks once at a value that stands in many rows while they are its own; Arrow's copies it looks at each.

    Args:
        relation: as in `comparable`.
        contract: likewise.
        words: SQL of each, from `compile_checks`.

    Returns:
        The columns as they are, then `word(0)`, `word(1)`, …; None where only Arrow gives them as they are checked.
    """
    found = comparable(relation, contract)
    given = dict(zip(relation.columns, relation.types, strict=True))
    if found is None or any(
        given.get(name, kind) != kind for name, kind in zip(found.columns, found.types, strict=True)
    ):
        return None
    return relation.project(", ".join(["*", *(f"{sql} AS {word(i)}" for i, sql in enumerate(words))]))


def word(number: int) -> str:
    """Column of a packed word; no frame may have one of that name."""
    return f"_w{number}"


def _column(name: str, given: object, wanted: object) -> str | None:
    sql = quoted(name)
    if given == wanted:
        return sql
    cast = "CAST({} AS VARCHAR)" if str(given).startswith("ENUM") else _CASTS.get(str(given))
    return None if cast is None else f"{cast.format(sql)} AS {sql}"


def _means_the_same(relation: Relation, texts: Sequence[str], *, instants: bool) -> bool:
    settings = [f"current_setting('{name}')" for name in _SETTINGS]
    settings += [f"({_OWN_FUNCTIONS})", "current_setting('TimeZone')" if instants else "'UTC'"]
    orders = [order.format(quoted(name)) for name in texts for order in _ORDERED]
    (found,) = relation.limit(0).aggregate(", ".join(["count(*)", *settings, *orders])).fetchall()
    _, *said = found
    allowed = [*_SETTINGS.values(), (0,), _ZONES]
    agree = all(value in some for value, some in zip(said, allowed, strict=False))
    return agree and tuple(said[len(allowed) :]) == _BINARY * len(texts)
