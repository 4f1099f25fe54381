"""`INSERT … ON CONFLICT`, spelled for the dialect of the connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_ROWS_PER_STATEMENT = 500  # SQLite allows 32,766 parameters in one statement


def insert_or_ignore(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows whose key is new.

    Returns:
        How many rows were new.
    """
    postgres = connection.dialect.name == "postgresql"
    inserted = 0
    for start in range(0, len(rows), _ROWS_PER_STATEMENT):
        chunk = [dict(row) for row in rows[start : start + _ROWS_PER_STATEMENT]]
        if postgres:
            inserted += connection.execute(postgresql.insert(table).values(chunk).on_conflict_do_nothing()).rowcount
        else:
            inserted += connection.execute(sqlite.insert(table).values(chunk).on_conflict_do_nothing()).rowcount
    return inserted
