"""Read-only SQL over Iceberg tables: DuckDB computes, pyiceberg reads, nothing else is within reach."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
        UsageError: not one SELECT, not valid SQL, an unknown table or column, or no version for `as_of`.
        PermanentError: the query is valid and failed while it ran.
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
    """Make the tables whose name occurs in the text visible, or all of them when none does (SHOW ALL TABLES)."""
    from gridata_control.catalog.dataset import SnapshotDataset

    known = table_ids(catalog)
    named = [table_id for table_id in known if split_table(table_id)[1] in sql.lower()]
    for position, table_id in enumerate(named or known):
        namespace, name = split_table(table_id)
        table = load(catalog, table_id)
        connection.register(f"_gridata_{position}", SnapshotDataset(table, resolve_as_of(table, as_of)))
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{namespace}"')
        connection.execute(f'CREATE VIEW "{namespace}"."{name}" AS SELECT * FROM _gridata_{position}')


def _run(connection: duckdb.DuckDBPyConnection, sql: str) -> Answer:
    """Start the query; `execute` would hold all of its rows, a relation streams them."""
    import duckdb

    try:
        relation = connection.sql(sql)
        reader = relation.to_arrow_reader(FETCH_ROWS)
    except duckdb.Error as error:
        raise _refusal(error) from error
    return Answer(tuple(relation.columns), tuple(str(kind) for kind in relation.types), _rows(reader))


def _rows(reader: pa.RecordBatchReader) -> Iterator[tuple[object, ...]]:
    """Values of the rows, batch by batch; through Arrow, because DuckDB's own conversion of instants needs pytz."""
    import duckdb
    import pyarrow as pa

    try:
        for batch in reader:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise PermanentError(_message(error)) from error


def _refusal(error: Exception) -> UsageError | PermanentError:
    """What the person wrote is a usage error; what happened while their valid query ran is not."""
    import duckdb

    written = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.PermissionException)
    return UsageError(_message(error)) if isinstance(error, written) else PermanentError(_message(error))


def _message(error: Exception) -> str:
    """DuckDB's own words, which name the place; a Python traceback in them is cut."""
    return f"query: {str(error).partition('Traceback')[0].strip()}"
