"""Read-only SQL over Iceberg tables: DuckDB computes, pyiceberg reads, nothing else is within reach."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridata_contracts.errors import PermanentError, UsageError
from gridata_contracts.naming import split_table
from gridata_control.catalog.snapshots import load, resolve_as_of, table_ids

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from pyiceberg.catalog import Catalog

MEMORY_LIMIT = "1GB"
"""DuckDB's own buffers; above it, sorts and joins go to a temporary folder."""

FETCH_ROWS = 1000

_REGISTERED = "_gridata_"
_UNREADABLE = re.compile(rf"Invalid Input Error: (?:exporting|reading) .*?registered as '{_REGISTERED}")
_PLACE = re.compile(r"LINE [0-9]+: (?:\.\.\.)?(.*?)(?:\.\.\.)?\n[ ^]*")


@dataclass(frozen=True)
class Answer:
    """A running query.

    Attributes:
        columns: names in order.
        types: DuckDB type of each column.
        rows: values as Python objects; read them inside the `with` block.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Iterator[tuple[object, ...]]


@contextmanager
def query(catalog: Catalog, sql: str, as_of: str | None = None) -> Iterator[Answer]:
    """Run one SELECT over tables named `<domain>_<layer>.<name>`.

    The query sees the tables of the catalog and nothing else: no file, no network, no extension, no setting.

    Args:
        catalog: from `open_catalog`.
        sql: one statement in DuckDB's dialect.
        as_of: version of every table the query names, as in `resolve_as_of`; None for the current one.

    Raises:
        UsageError: not one SELECT, not valid SQL, an unknown table or column, values that its casts and functions do
            not take, or no version for `as_of`.
        PermanentError: a table cannot be read, or this machine has not the memory or disk.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="gridata-sql-") as spill:
        connection = duckdb.connect(
            config={"memory_limit": MEMORY_LIMIT, "temp_directory": spill, "python_enable_replacements": "false"}
        )
        try:
            _require_select(connection, sql)
            _register(connection, catalog, sql, as_of)
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield _run(connection, sql)
        finally:
            connection.close()


def _require_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    import duckdb

    try:
        kinds = [statement.type for statement in connection.extract_statements(sql)]
    except duckdb.Error as error:
        raise UsageError(_message(error)) from None
    if len(kinds) != 1 or kinds[0] not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        got = ", ".join(kind.name for kind in kinds) or "nothing"
        raise UsageError(f"query: got {got}, allowed one SELECT. Tables are written by jobs only.")


def _register(connection: duckdb.DuckDBPyConnection, catalog: Catalog, sql: str, as_of: str | None) -> None:
    """Make the tables that the query reads visible.

    Where it names something else (SHOW ALL TABLES, information_schema, a misspelt table), the other tables are visible
    too, as far as they have the version: for lists, and for DuckDB to say which name is near.
    """
    known = set(table_ids(catalog))
    referenced = _referenced(connection, sql)
    named = referenced & known
    for table_id in sorted(named):
        _show(connection, catalog, table_id, as_of)
    if not named or referenced - known:
        for table_id in sorted(known - named):
            with suppress(UsageError):
                _show(connection, catalog, table_id, as_of)


def _show(connection: duckdb.DuckDBPyConnection, catalog: Catalog, table_id: str, as_of: str | None) -> None:
    from gridata_control.catalog.dataset import SnapshotDataset

    namespace, name = split_table(table_id)
    table = load(catalog, table_id)
    registered = f"{_REGISTERED}{table_id}"
    connection.register(registered, SnapshotDataset(table, resolve_as_of(table, as_of)))
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{namespace}"')
    connection.execute(f'CREATE VIEW "{namespace}"."{name}" AS SELECT * FROM "{registered}"')


def _referenced(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """Tables that the query names with their schema, as DuckDB's own parser sees it; a CTE's name has no schema.

    Empty where they cannot be told: the functions `query` and `query_table` take names as text, and a query of hundreds
    of nested expressions is no tree for Python.
    """
    nodes = list(_nodes(_syntax_tree(connection, sql)))
    if any(str(node.get("function_name")).lower() in ("query", "query_table") for node in nodes):
        return set()
    tables = [node for node in nodes if node.get("type") == "BASE_TABLE" and node.get("schema_name")]
    return {f"{node['schema_name']}.{node['table_name']}".lower() for node in tables}


def _syntax_tree(connection: duckdb.DuckDBPyConnection, sql: str) -> object:
    """The SELECT as JSON. DuckDB serialises no EXPLAIN: there it is what follows EXPLAIN and its options."""
    import duckdb

    for start, _ in duckdb.tokenize(sql):  # places in bytes
        rest = sql.encode()[start:].decode()
        [(text,)] = connection.execute("SELECT json_serialize_sql(?)", [rest]).fetchall()
        try:
            tree: dict[str, object] = json.loads(text)
        except RecursionError:
            break
        if not tree.get("error"):
            return tree
    return {}


def _nodes(tree: object) -> Iterator[dict[str, object]]:
    """Every object inside, itself included; a walk of its own stack, for a query may be nested deeply."""
    rest = [tree]
    while rest:
        node = rest.pop()
        if isinstance(node, dict):
            yield node
            rest += node.values()
        elif isinstance(node, list):
            rest += node


def _run(connection: duckdb.DuckDBPyConnection, sql: str) -> Answer:
    """Start the query; `execute` would hold all of its rows, a relation streams them."""
    import duckdb

    try:
        relation = connection.sql(sql)
        reader = relation.to_arrow_reader(FETCH_ROWS)
    except duckdb.Error as error:
        raise _refusal(error, sql) from error
    return Answer(tuple(relation.columns), tuple(str(kind) for kind in relation.types), _rows(reader, sql))


def _rows(reader: pa.RecordBatchReader, sql: str) -> Iterator[tuple[object, ...]]:
    """Values of the rows, batch by batch; through Arrow, because DuckDB's own conversion of instants needs pytz."""
    import duckdb
    import pyarrow as pa

    try:
        for batch in reader:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except duckdb.Error as error:
        raise _refusal(error, sql) from error
    except (pa.ArrowException, OSError) as error:
        raise PermanentError(_message(error)) from error


def _refusal(error: duckdb.Error, sql: str) -> UsageError | PermanentError:
    """What the person wrote is a usage error; a table that cannot be read, or a full disk, is not."""
    import duckdb

    written = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.PermissionException)
    if isinstance(error, (*written, duckdb.NotImplementedException)):
        return UsageError(_message(error))
    if isinstance(error, duckdb.DataError | duckdb.InvalidInputException) and not _UNREADABLE.match(str(error)):
        return UsageError(_about_values(error, sql))
    return PermanentError(_message(error))


def _about_values(error: duckdb.Error, sql: str) -> str:
    """DuckDB's words hold values of rows here: only its name of the fault and the place in the query are shown."""
    kind = str(error).partition(":")[0]
    places = [place for place in _PLACE.finditer(str(error)) if place[1] and place[1] in sql]
    return (
        f"query: got rows it cannot compute ({kind}; their values are not shown), allowed values that its casts and "
        "functions take. Use try_cast, or leave such rows out." + "".join(f"\n\n{place[0]}" for place in places[-1:])
    )


def _message(error: Exception) -> str:
    """DuckDB's own words, which name the place; a Python traceback in them is cut."""
    return f"query: {str(error).partition('Traceback')[0].strip()}"
