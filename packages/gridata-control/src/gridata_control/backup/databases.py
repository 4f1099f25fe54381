"""Databases, dumped and restored by PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.settings import Settings

_FURTHER = "GRIDATA_BACKUP_DATABASES"
_AWAY = ("could not connect", "connection to server", "Connection refused", "timeout expired", "server closed")


def databases_of(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, URL]:
    """Databases by name: ledger and catalog, once where they are one, and those of GRIDATA_BACKUP_DATABASES.

    Raises:
        UsageError: one is not PostgreSQL (an embedded home is a folder and is copied as one), or a line names none.
    """
    named = {"ledger": settings.ledger_url, "catalog": settings.catalog_uri}
    named |= dict(_further(environ.get(_FURTHER, "")))
    urls = {name: make_url(text) for name, text in named.items()}
    for name, url in urls.items():
        if url.get_backend_name() != "postgresql":
            raise UsageError(
                f"backup of the database {name}: got {url.get_backend_name()}, allowed postgresql. An embedded home "
                "is backed up by copying its folder while nothing runs."
            )
    if _address(urls["ledger"]) == _address(urls["catalog"]):
        del urls["catalog"]
    return urls


def _further(text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        name, _, url = line.strip().partition(" ")
        if name.isidentifier() and name.islower() and "://" in url:
            yield name, url.strip()
        elif name:  # it is not shown: it may hold a password
            raise UsageError(
                f"{_FURTHER}, line {number}: got something else, allowed a name in small letters and a URL."
            )


def dump(name: str, url: URL, target: Path) -> None:
    """All of a database as it is at one instant.

    Raises:
        TransientError: it does not answer.
        PermanentError: it refuses, or is newer than the program.
        UsageError: the program is not installed.
    """
    _run("pg_dump", name, url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def restore(name: str, url: URL, source: Path) -> None:
    """What the dump holds, all or nothing, in place of tables of the same names.

    Raises:
        As `dump`.
    """
    whole = ("--single-transaction", "--exit-on-error", "--clean", "--if-exists")
    _run("pg_restore", name, url, *whole, "--no-owner", "--no-privileges", str(source))


def tables_with_rows(name: str, url: URL) -> list[str]:
    """Tables that hold anything, but for what tells the version of their shape."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            tables = [table for table in inspect(connection).get_table_names() if table != "alembic_version"]
            quote = engine.dialect.identifier_preparer.quote
            held = "SELECT EXISTS (SELECT 1 FROM {})"
            return [table for table in tables if connection.exec_driver_sql(held.format(quote(table))).scalar()]
    except OperationalError as error:
        raise TransientError(f"database {name}: did not answer. Is {url.host} up?") from error
    finally:
        engine.dispose()


def _run(program: str, name: str, url: URL, *words: str) -> None:
    if shutil.which(program) is None:
        raise UsageError(f"{program}: not installed. Install the PostgreSQL client of the server's version or later.")
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": str(url.password)} if url.password is not None else {}
    command = [program, f"--dbname={plain}", *words]
    done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip()[-1000:]
        kind = TransientError if any(word in said for word in _AWAY) else PermanentError
        raise kind(f"database {name}: {program} ended with {done.returncode}: {said}")


def _address(url: URL) -> tuple[object, ...]:
    return url.host, url.port or 5432, url.database
