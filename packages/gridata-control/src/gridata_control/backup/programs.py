"""PostgreSQL's own programs: how they are told where to, how long they may take, what of their words is repeated."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from gridata_contracts.errors import GridataError, PermanentError, TransientError, UsageError

TIMEOUT_S = 6 * 3600
"""A dump keeps the server from cleaning up for as long as it runs; what takes longer needs the server's own backups."""

_CONNECT_TIMEOUT_S = 10
_SETTINGS = {"ledger": "GRIDATA_LEDGER_URL", "catalog": "GRIDATA_CATALOG_URI"}
_AWAY = (
    "could not connect",
    "connection to server",
    "could not translate host name",
    "could not receive data",
    "Connection refused",
    "Connection reset",
    "SSL SYSCALL",
    "SSL connection",
    "timeout expired",
    "server closed",
)
_BUSY = ("the database system is", "too many", "connection slots", "terminating connection")


def run_program(program: str, name: str, url: URL, *words: str) -> None:
    """Run it against a database; no part of the URL is among its arguments, which every process of the machine can see.

    Raises:
        UsageError: it is not installed.
        TransientError: the database does not answer, or it took longer than TIMEOUT_S.
        PermanentError: the database refuses.
    """
    if shutil.which(program) is None:
        raise UsageError(f"{program}: not installed. Install the PostgreSQL client of the server's version or later.")
    with _service(url) as told:
        command = [program, "--dbname=service=gridata", *words]
        environ = {"PGCONNECT_TIMEOUT": str(_CONNECT_TIMEOUT_S)} | os.environ | told | {"LC_ALL": "C"}
        try:
            done = subprocess.run(
                command, env=environ, capture_output=True, text=True, errors="replace", check=False, timeout=TIMEOUT_S
            )
        except subprocess.TimeoutExpired:
            raise TransientError(
                f"database {name}: {program} was not done after {TIMEOUT_S} s and was ended. Does the server hang?"
            ) from None
    if done.returncode != 0:
        raise refusal(name, done.stderr, f"{program} ended with {done.returncode}: {complaint(program, done.stderr)}")


def refusal(name: str, said: str, what: str) -> GridataError:
    """The error to raise for what a database said: only one that did not answer may answer later.

    Args:
        name: of the database.
        said: all that was said.
        what: the part of it that may be repeated.
    """
    setting = _SETTINGS.get(name, "GRIDATA_BACKUP_DATABASES")
    refused = "FATAL:" in said and not any(word in said for word in _BUSY)
    if not refused and any(word in said for word in (*_AWAY, *_BUSY)):
        return TransientError(f"database {name}: {what}. Is the server of {setting} up? Try again.")
    return PermanentError(f"database {name}: {what}. Check {setting} and the rights of its user.")


def complaint(program: str, said: str) -> str:
    """The first error; never its detail, context or statement, which may show a row."""
    start = f"{program}: error: "
    first = next((line.removeprefix(start) for line in said.splitlines() if line.startswith(start)), "no error told")
    return first.partition(": ERROR:")[0] if first.startswith("COPY failed") else first


@contextmanager
def _service(url: URL) -> Iterator[dict[str, str]]:
    """Variables that lead a program of PostgreSQL to the database, and the file that one of them names."""
    plain = url.set(drivername="postgresql+psycopg2")
    _, options = plain.get_dialect()().create_connect_args(plain)
    password = options.pop("password", None)  # no line of the file: there a blank at its end is lost
    with tempfile.TemporaryDirectory() as folder:  # nobody else may enter it
        file = Path(folder) / "service"
        file.write_text("".join(f"{line}\n" for line in ("[gridata]", *(f"{k}={v}" for k, v in options.items()))))
        told = {"PGSERVICEFILE": str(file)}
        yield told | ({"PGPASSWORD": str(password)} if password is not None else {})
