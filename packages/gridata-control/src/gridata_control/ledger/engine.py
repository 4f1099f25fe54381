"""One way to talk to SQLite and Postgres: UTC instants, JSON text, write transactions that exclude each other."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, Text, TypeDecorator, create_engine, event, exc, make_url

from gridata_contracts.errors import GridataError, PermanentError, TransientError, UsageError
from gridata_contracts.model import JsonValue
from gridata_control.damaged import name_damage

_BUSY_TIMEOUT_S = 60
_WAL_WAIT_S = 0.05
_UNDEFINED_TABLE = "42P01"  # SQLSTATE of Postgres


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps it without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Python to database; an instant without a zone is a PermanentError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise PermanentError(
                f"instant for the ledger: got {value.isoformat()} without a zone, allowed UTC instants."
            )
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 SQLAlchemy calls it so
        """Database to Python."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[JsonValue]):
    """JSON as text with sorted keys, readable with any SQL client."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: JsonValue, dialect: Dialect) -> str | None:  # noqa: ARG002 SQLAlchemy calls it so
        """Python to database."""
        return None if value is None else json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)

    def process_result_value(self, value: str | None, dialect: Dialect) -> JsonValue:  # noqa: ARG002 SQLAlchemy calls it so
        """Database to Python."""
        return None if value is None else json.loads(value)


def open_engine(url: str) -> Engine:
    """An engine for a ledger URL; creates the folder of a SQLite file.

    Raises:
        UsageError: neither SQLite nor Postgres.
    """
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise UsageError(
            "ledger URL: not a SQLAlchemy URL, allowed sqlite:///<file> or postgresql+psycopg2://…."
        ) from error
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed, pool_pre_ping=True, isolation_level="READ COMMITTED")
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise UsageError(
            f"ledger URL: got {parsed.get_backend_name()}, allowed sqlite:///<file> or postgresql+psycopg2://…. "
            "Set GRIDATA_LEDGER_URL."
        )
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": _BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    name_damage(engine, "ledger")
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's implicit BEGIN is deferred and too late; _begin_sqlite says it
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 60000")
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Once per file, kept in it. SQLite does not wait for its busy timeout here, so we wait in its place."""
    give_up = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(_WAL_WAIT_S)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("gridata_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read transaction; a database that does not answer is a TransientError."""
    with _speaking_gridata(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction. On SQLite it holds the write lock from the start, so what it read stays true."""
    with _speaking_gridata(), engine.connect() as connection:
        writer = connection.execution_options(gridata_write=True)
        with writer.begin():
            yield writer


@contextmanager
def _speaking_gridata() -> Iterator[None]:
    """The driver's message may hold the URL's password or a value, so only its kind is passed on."""
    try:
        yield
    except (exc.OperationalError, exc.ProgrammingError, exc.InterfaceError, exc.TimeoutError) as error:
        cause = getattr(error, "orig", None) or error
        if getattr(cause, "pgcode", None) == _UNDEFINED_TABLE or str(cause).startswith("no such table"):
            raise PermanentError("ledger: got a database without its tables. Run Ledger.migrate() first.") from error
        if isinstance(error, exc.ProgrammingError):
            raise
        kind = type(cause).__name__
        raise TransientError(
            f"ledger: the database did not answer ({kind}). Check GRIDATA_LEDGER_URL, try again."
        ) from error
    except exc.StatementError as error:
        if isinstance(error.orig, GridataError):  # a value of ours that a column refuses
            raise error.orig from None
        raise
