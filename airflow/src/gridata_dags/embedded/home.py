"""The embedded Airflow's home directory: configuration by environment, metadata database, one process at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridata_contracts.errors import PermanentError

_PROJECT = Path(__file__).resolve().parents[3]


def airflow_home() -> Path:
    """`AIRFLOW_HOME`, or `airflow` below `GRIDATA_HOME` (default `.gridata`)."""
    if given := os.environ.get("AIRFLOW_HOME"):
        return Path(given).resolve()
    return Path(os.environ.get("GRIDATA_HOME", ".gridata")).resolve() / "airflow"


def configure(home: Path) -> None:
    """Set what Airflow reads at its first import. A variable the user has set wins.

    Raises:
        PermanentError: there is no folder of DAG files.
    """
    home.mkdir(parents=True, exist_ok=True)
    defaults = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(_PROJECT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),  # the API is inside this process
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    dags_folder = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if not dags_folder.is_dir():
        raise PermanentError(
            f"DAG folder: got {dags_folder}, allowed an existing folder. "
            "Set AIRFLOW__CORE__DAGS_FOLDER to airflow/dags."
        )


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the home for this process: SQLite has one writer, and an unfinished run found under the lock is orphaned.

    Waits for another process; the kernel frees the lock however its holder ends.
    """
    with (home / "embedded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrate() -> None:
    """Bring the metadata database to this Airflow's schema; does nothing when it is there."""
    from airflow.utils.db import check_migrations, upgradedb

    try:
        check_migrations(1)  # type: ignore[no-untyped-call]
    except TimeoutError:
        upgradedb()
