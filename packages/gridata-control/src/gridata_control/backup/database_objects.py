"""What a database holds: which of its tables have rows, and removing all of it before a dump comes in its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError

from gridata_contracts.errors import PermanentError, TransientError
from gridata_control.backup.programs import refusal

_LOCKED = "55P03"  # SQLSTATE
_LOCK_WAIT_S = 30
_CLEAR = """
DO $gridata$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        WITH ours AS (
            SELECT oid, nspname, nspname <> 'public' AND oid NOT IN (SELECT extnamespace FROM pg_extension) AS whole
            FROM pg_namespace
            WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
        ),
        installed AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
        SELECT what FROM (
            SELECT 0, format('DROP SCHEMA %I CASCADE', nspname) FROM ours
            WHERE whole AND ('pg_namespace'::regclass, oid) NOT IN (SELECT * FROM installed)
            UNION ALL
            SELECT kind.turn, format('DROP %s IF EXISTS %I.%I CASCADE', kind.name, nspname, relname)
            FROM pg_class
            JOIN ours ON ours.oid = relnamespace AND NOT whole
            JOIN (VALUES ('r', 'TABLE', 1), ('p', 'TABLE', 1), ('f', 'FOREIGN TABLE', 1), ('v', 'VIEW', 2),
                         ('m', 'MATERIALIZED VIEW', 2), ('S', 'SEQUENCE', 3)) AS kind (letter, name, turn)
              ON kind.letter = relkind
            WHERE ('pg_class'::regclass, pg_class.oid) NOT IN (SELECT * FROM installed)
            UNION ALL
            SELECT 4, format('DROP ROUTINE IF EXISTS %s CASCADE', pg_proc.oid::regprocedure)
            FROM pg_proc JOIN ours ON ours.oid = pronamespace AND NOT whole
            WHERE ('pg_proc'::regclass, pg_proc.oid) NOT IN (SELECT * FROM installed)
            UNION ALL
            SELECT 5, format('DROP TYPE IF EXISTS %I.%I CASCADE', nspname, typname)
            FROM pg_type
            JOIN ours ON ours.oid = typnamespace AND NOT whole
            LEFT JOIN pg_class ON pg_class.oid = typrelid
            WHERE typtype IN ('d', 'e', 'r', 'c') AND coalesce(relkind, 'c') = 'c'
              AND ('pg_type'::regclass, pg_type.oid) NOT IN (SELECT * FROM installed)
        ) AS drops (turn, what)
        ORDER BY turn
    LOOP
        EXECUTE statement;
    END LOOP;
END
$gridata$
"""
"""Objects of extensions stay, and the schema `public`, which the database's owner may not own. A table takes along what
hangs on it, so tables go first."""


def tables_with_rows(name: str, url: URL) -> list[str]:
    """Tables of every schema that hold anything, but for what tells the version of their shape."""
    with _connected(name, url) as connection:
        found = inspect(connection)
        schemas = [one for one in found.get_schema_names() if one != "information_schema"]
        tables = [(schema, table) for schema in schemas for table in found.get_table_names(schema)]
        quote = connection.dialect.identifier_preparer.quote
        held = "SELECT EXISTS (SELECT 1 FROM {}.{})"
        return [
            table if schema == found.default_schema_name else f"{schema}.{table}"
            for schema, table in tables
            if table != "alembic_version"
            and connection.exec_driver_sql(held.format(quote(schema), quote(table))).scalar()
        ]


def clear(name: str, url: URL) -> None:
    """Nothing that a dump could hold is there any more; all of it goes or nothing.

    Raises:
        TransientError: the database does not answer, or somebody uses what is in it.
        PermanentError: it refuses, or holds what belongs to somebody else.
    """
    with _connected(name, url) as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_WAIT_S}s'"))
        connection.execute(text(_CLEAR))
        connection.commit()


@contextmanager
def _connected(name: str, url: URL) -> Iterator[Connection]:
    engine = create_engine(url.set(drivername="postgresql+psycopg2"))
    try:
        with engine.connect() as connection:
            yield connection
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) == _LOCKED:
            raise TransientError(
                f"database {name}: somebody uses its tables. Stop what runs, then try again."
            ) from error
        said = str(error.orig)
        raise refusal(name, said, said.partition("\n")[0]) from error
    except DBAPIError as error:
        said = str(error.orig).partition("\n")[0]
        raise PermanentError(f"database {name}: {said}. Restore as the owner of what is in it.") from error
    finally:
        engine.dispose()
