"""`type: sql` of the standard: the few queries that both engines answer alike, as checks of ours.

A query is not passed on to an engine. `SELECT COUNT(*) FROM {object} WHERE <condition>` counts the rows of the batch of
which the condition is true; `SUM`, `AVG`, `MIN` and `MAX` of one column measure it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from open_data_contract_standard.model import DataQuality

from gridata_contracts.columns import Place, Schema
from gridata_contracts.problems import Absent, Problems
from gridata_contracts.quality_limits import Limits, read_limits, whole
from gridata_contracts.wanted import Wanted

_MEASURES = {"SUM": "has_sum", "AVG": "has_mean", "MIN": "has_min", "MAX": "has_max"}
_QUERY = re.compile(
    r"\s*SELECT\s+(?:(?P<count>COUNT\s*\(\s*\*\s*\))|(?P<of>SUM|AVG|MIN|MAX)\s*\(\s*(?P<column>[^\s()]+)\s*\))"
    r"\s+FROM\s+(?P<object>\S+?)(?:\s+WHERE\s+(?P<where>.*?))?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_HOLE = re.compile(r"\$?\{(\w+)\}")
_OBJECT, _PROPERTY = ("object", "table"), ("property", "column")  # the standard's text has both words
_TEXT = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_CLAUSE = re.compile(r"\b(GROUP\s+BY|HAVING|ORDER\s+BY|LIMIT|UNION|EXCEPT|INTERSECT|SELECT|JOIN)\b", re.IGNORECASE)
_ALLOWED = (
    "SELECT COUNT(*) FROM {object} [WHERE condition], or SUM, AVG, MIN or MAX of one column instead of COUNT(*), where "
    "the condition is one that both engines answer alike"
)
_NEXT_STEP = "Ask a rule with engine: gridata, or make the number in a transform and check its table."


@dataclass(frozen=True)
class _Query:
    """What a query asks: `rule` about `column`, among the rows of which `where` is true."""

    rule: str
    column: str | None
    where: str | None


def sql_check(
    item: DataQuality, place: Place | None, schema: Schema, table: str, where: str, problems: Problems
) -> Wanted | None:
    """The check of one query; None when a problem was noted.

    Args:
        item: the entry as written.
        place: the property it is written at, which `{property}` stands for; None is the schema itself.
        schema: columns that the query may name.
        table: name of the schema object, which `{object}` stands for.
        where: path of the entry in the document.
        problems: takes what is wrong.
    """
    limits = read_limits(item, where, problems)
    if item.unit not in (None, "rows"):
        problems.add_choice(f"{where}.unit", item.unit, ("rows",), "The query gives the number itself.")
        return None
    query = _read_query(item.query, place, table, f"{where}.query", problems)
    if query is None or not _is_readable(query, schema, f"{where}.query", problems) or limits is None:
        return None
    if query.rule == "has_row_count":
        counted = whole(limits, where, problems)
        return None if counted is None else _of_count(query, counted, item, where)
    return _of(query, limits, item, where)


def _of_count(query: _Query, limits: Limits, item: DataQuality, where: str) -> Wanted:
    if query.where is not None and limits.is_upper and limits.high == 0:
        # A row is counted where the condition is true, so it is good where that is false or null: NOT (null) is null,
        # and a condition that is null passes.
        arguments = {"expression": f"NOT ({query.where})"}
        written = {"expression": "query"}
        return Wanted("is_true", arguments, where, item.id, item.severity, {}, item.dimension, written=written)
    return _of(query, limits, item, where)


def _of(query: _Query, limits: Limits, item: DataQuality, where: str) -> Wanted:
    terms = {"where": query.where} if query.where is not None else {}
    written = {**limits.said_by, "rule": "query"}
    arguments = limits.arguments()
    return Wanted(query.rule, arguments, where, item.id, item.severity, terms, item.dimension, query.column, written)


def _read_query(text: object, place: Place | None, table: str, where: str, problems: Problems) -> _Query | None:
    if not isinstance(text, str):
        problems.add(where, Absent, _ALLOWED, _NEXT_STEP)
        return None
    filled = _filled(text, place, table, where, problems)
    if filled is None:
        return None
    match = _QUERY.fullmatch(filled)
    clause = None if match is None else _CLAUSE.search(_TEXT.sub("''", match["where"] or ""))
    if match is None or clause is not None or match["object"].strip('"') != table:
        problems.add(where, text, _ALLOWED, _NEXT_STEP)
        return None
    if match["count"]:
        return _Query("has_row_count", None, match["where"])
    return _Query(_MEASURES[match["of"].upper()], match["column"].replace('"', ""), match["where"])


def _filled(text: str, place: Place | None, table: str, where: str, problems: Problems) -> str | None:
    """The query with names for its placeholders, quoted, since a column may be called like a keyword."""
    words = dict.fromkeys(_OBJECT, f'"{table}"')
    if place is not None:
        words |= {name: ".".join(f'"{part}"' for part in place.path.split(".")) for name in _PROPERTY}
    unknown = [name for name in _HOLE.findall(text) if name not in words]
    for name in dict.fromkeys(unknown):
        hint = "Name the column, or move the query to its property." if name in _PROPERTY else ""
        problems.add_choice(where, f"{{{name}}}", tuple(f"{{{word}}}" for word in words), hint)
    return None if unknown else _HOLE.sub(lambda hole: words[hole[1]], text)


def _is_readable(query: _Query, schema: Schema, where: str, problems: Problems) -> bool:
    """The condition and the column are of the contract."""
    before = len(problems.messages)
    if query.where is not None:
        from gridata_contracts.expressions import parse_expression  # loads a SQL parser: only where one is written

        if parse_expression(query.where, schema, where, problems) is None:
            return False
    if query.column is not None and schema.find(query.column, where, problems) is None:
        return False
    return len(problems.messages) == before
