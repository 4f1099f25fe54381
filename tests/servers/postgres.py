"""A Postgres of our own: `with postgres() as server: url = server.make_database()`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg2
from servers.process import Server, ServerError, free_port  # type: ignore[import-not-found]  # tests/ is put on the path by who starts servers

_INSTALL = Path(__file__).parents[2] / "scripts" / "install_packages.sh"
_USER = "gridata"


@dataclass
class Postgres:
    """A running Postgres that trusts everybody on the loopback interface."""

    port: int
    server: Server
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def make_database(self) -> str:
        """URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user=_USER, dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        connection.close()
        return f"postgresql+psycopg2://{_USER}@127.0.0.1:{self.port}/{name}"


def binaries() -> Path:
    """The newest `bin` folder of Debian's package, installed when it is missing."""
    found = _installed()
    if found is None:
        subprocess.run([str(_INSTALL)], check=True)
        found = _installed()
    if found is None:
        raise ServerError("Postgres is missing. Run scripts/install_packages.sh as root.")
    return found


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A Postgres with its data in a temporary folder, gone at the end. As root it runs as Debian's user `postgres`."""
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="gridata-postgres-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        with _running(folder, user) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(folder: Path, user: str | None) -> Iterator[Postgres]:
    data, port, bin_ = folder / "data", free_port(), binaries()
    initdb = [str(bin_ / "initdb"), "-D", str(data), "-U", _USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    made = subprocess.run(initdb, user=user, capture_output=True, text=True, check=False, cwd="/")
    if made.returncode != 0:
        raise ServerError(f"initdb: {made.stderr[-2000:]}")

    def ready() -> bool:
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user=_USER, dbname="postgres", connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    command = [str(bin_ / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
    command += ["-c", "fsync=off", "-c", "max_connections=200"]  # the data lives as long as the tests
    server = Server.start(command, {"LC_ALL": "C.UTF-8"}, folder / "postgres.log", ready, user)
    try:
        yield Postgres(port, server)
    finally:
        server.stop()


def _installed() -> Path | None:
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    folders += [Path(on_path).parent] if on_path else []
    return max(folders, key=lambda path: int((re.findall(r"\d+", str(path)) or ["0"])[0]), default=None)
