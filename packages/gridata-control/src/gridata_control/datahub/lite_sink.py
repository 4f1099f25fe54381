"""The embedded catalog: datahub-lite on SQLite below the home directory."""

from __future__ import annotations

from gridata_control.datahub import client  # noqa: F401 - tames DataHub's client before its first import

# isort: split
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from datahub.emitter.mcp import MetadataChangeProposalWrapper as Proposal
from datahub.lite.sqlite_lite import SqliteLite
from datahub.lite.sqlite_lite_config import SqliteLiteConfig

from gridata_contracts.errors import TransientError
from gridata_control.datahub.sink import Emission

FILE_NAME = "lite.db"
BUSY_TIMEOUT_MS = 60_000


class LiteSink:
    """Keeps the newest version of every aspect, and the older ones as history."""

    name = "lite"

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME

    def emit(self, emission: Emission) -> None:
        """Write what is new; events older than the one held are left out, so a repeated run changes nothing.

        Raises:
            TransientError: the database is locked for too long or cannot be written.
        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with _open(self._file, read_only=False) as lite:
                self._write(lite, emission)
        except (sqlite3.Error, OSError) as error:
            raise TransientError(
                f"embedded catalog {self._file}: got {type(error).__name__}, allowed a database that can be written. "
                "Free the disk or end the process that holds it."
            ) from error

    def _write(self, lite: SqliteLite, emission: Emission) -> None:
        new_dataset = False
        for proposal in emission.proposals:
            urn = proposal.entityUrn or ""
            if not _is_older(lite, urn, proposal):
                new_dataset = new_dataset or (urn.startswith("urn:li:dataset:") and lite.get(urn, None) is None)
                lite.write(proposal)
        if new_dataset:
            lite.reindex()  # the folders of `datahub lite ls`; it reads everything, so only when they change


@contextmanager
def open_lite(folder: Path) -> Iterator[SqliteLite | None]:
    """The embedded catalog to read from; None before anything was written to it.

    Raises:
        TransientError: the file cannot be read.
    """
    file = folder / FILE_NAME
    if not file.exists():
        yield None
        return
    try:
        with _open(file, read_only=True) as lite:
            yield lite
    except sqlite3.Error as error:
        raise TransientError(
            f"embedded catalog {file}: got {type(error).__name__}, allowed a readable database. Try again."
        ) from error


@contextmanager
def _open(file: Path, *, read_only: bool) -> Iterator[SqliteLite]:
    options: dict[str, object] = {"busy_timeout": BUSY_TIMEOUT_MS}
    if not read_only:
        options |= {"journal_mode": "WAL", "synchronous": "NORMAL"}
    lite = SqliteLite(SqliteLiteConfig(file=str(file), read_only=read_only, options=options))
    # Its own close() reindexes everything, every time.
    with closing(lite.sqlite_client), warnings.catch_warnings():
        # The library calls methods of its own that it has deprecated (1.7.0.17).
        warnings.filterwarnings("ignore", message="Call to deprecated", category=DeprecationWarning)
        yield lite


def _is_older(lite: SqliteLite, urn: str, proposal: Proposal) -> bool:
    """Whether the proposal is an event (a run started, a check had a result) no newer than the one held."""
    aspect = proposal.aspect
    if aspect is None or aspect.get_aspect_type() != "timeseries":
        return False
    held = (lite.get(urn, [aspect.get_aspect_name()]) or {}).get(aspect.get_aspect_name())
    return isinstance(held, dict) and int(held["timestampMillis"]) >= int(getattr(aspect, "timestampMillis"))  # noqa: B009
