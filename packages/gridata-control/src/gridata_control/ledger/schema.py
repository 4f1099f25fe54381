"""Bringing the ledger's tables up to date with Alembic, from the migrations packaged beside this file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text

from gridata_control.ledger.engine import reading, writing

HEAD = "0007"
"""Newest revision in migrations/versions; a test compares it with the files."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_420_118_334  # any constant: the key of the advisory lock of Postgres


def migrate(engine: Engine) -> None:
    """Upgrade to HEAD in one transaction that excludes other migrations.

    A database that a later version of Gridata brought further is left as it is: from 0007 on migrations only add (a
    test reads them), so that this version still works on it and an upgrade can be rolled back.
    """
    with reading(engine) as connection:
        if _is_there(connection):  # the common case, without loading Alembic
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        if not _is_there(connection):
            _upgrade(connection)


def revision(engine: Engine) -> str | None:
    """Which migration the database has; None when it has none."""
    with reading(engine) as connection:
        return _revision(connection)


def _is_there(connection: Connection) -> bool:
    there = _revision(connection)
    return there is not None and there >= HEAD  # four digits each


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
