"""Databases, dumped and restored by PostgreSQL's own programs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.engine import URL

from gridata_contracts.errors import UsageError
from gridata_control.backup.database_objects import clear
from gridata_control.backup.programs import run_program
from gridata_control.settings import Settings

_FURTHER = "GRIDATA_BACKUP_DATABASES"
_RESERVED = ("ledger", "catalog")


def databases_of(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, URL]:
    """Databases by name: ledger and catalog, once where they are one, and those of GRIDATA_BACKUP_DATABASES.

    Raises:
        UsageError: one is not PostgreSQL (an embedded home is a folder and is copied as one), or a line names none, or
            one that has a setting of its own or a line already.
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
    taken = set(_RESERVED)
    for number, line in enumerate(text.splitlines(), start=1):
        name, _, url = line.strip().partition(" ")
        if not name:
            continue
        if not (name.isidentifier() and name.islower() and "://" in url):  # it is not shown: it may hold a password
            raise UsageError(
                f"{_FURTHER}, line {number}: got something else, allowed a name in small letters and a URL."
            )
        if name in taken:
            raise UsageError(
                f"{_FURTHER}, line {number}: got the name {name}, allowed one that is neither "
                f"{' nor '.join(_RESERVED)} nor on a line before. Name it otherwise."
            )
        taken.add(name)
        yield name, url.strip()


def dump(name: str, url: URL, target: Path) -> None:
    """All of a database as it is at one instant.

    Raises:
        TransientError: it does not answer.
        PermanentError: it refuses, or is newer than the program.
        UsageError: the program is not installed.
    """
    run_program("pg_dump", name, url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def restore(name: str, url: URL, source: Path) -> None:
    """Exactly what the dump holds: what was there is removed first. After a failure nothing is there, or what was.

    Raises:
        As `dump`; TransientError too when somebody uses what is there, PermanentError when it is somebody else's.
    """
    run_program("pg_restore", name, url, "--list", str(source))  # one that it cannot read costs nothing
    clear(name, url)
    whole = ("--single-transaction", "--exit-on-error", "--clean", "--if-exists")
    run_program("pg_restore", name, url, *whole, "--no-owner", "--no-privileges", str(source))


def _address(url: URL) -> tuple[object, ...]:
    return url.host, url.port or 5432, url.database
