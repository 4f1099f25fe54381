"""What a local store knows about its files: the versions it holds and the dropped files it is watching (SQLite)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gridata_contracts.errors import TransientError
from gridata_control.damaged import damaged, is_damage
from gridata_control.landing.store import ObjectVersion

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TABLES = """
CREATE TABLE IF NOT EXISTS versions (
  key TEXT NOT NULL, version_id TEXT NOT NULL, size_bytes INTEGER NOT NULL, modified_us INTEGER NOT NULL,
  PRIMARY KEY (key, version_id)
);
CREATE TABLE IF NOT EXISTS sightings (
  path BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
  seen_at_s REAL NOT NULL, taken INTEGER NOT NULL
);
"""


@dataclass(frozen=True)
class Sighting:
    """A dropped file as a sweep saw it; `taken` once a version was made of exactly this state."""

    size_bytes: int
    mtime_ns: int
    inode: int
    seen_at_s: float
    changed_ns: int = 0
    taken: bool = False

    @property
    def arrived_utc(self) -> datetime:
        """The inode's change time: when the file came here, like S3's LastModified; mtime may be from elsewhere."""
        return _instant(self.changed_ns // 1000)

    def same_file(self, other: Sighting) -> bool:
        """Whether nothing a writer changes differs between the two."""
        mine = (self.size_bytes, self.mtime_ns, self.inode)
        return mine == (other.size_bytes, other.mtime_ns, other.inode)


class LocalIndex:
    """One SQLite file; each method is one transaction, safe from several processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add_version(self, version: ObjectVersion) -> bool:
        """Whether the version is new; a known one keeps its first instant."""
        row = (version.key, version.version_id, version.size_bytes, _microseconds(version.modified_utc))
        with self._transaction() as database:
            return database.execute("INSERT OR IGNORE INTO versions VALUES (?, ?, ?, ?)", row).rowcount == 1

    def versions(self, prefix: str) -> list[ObjectVersion]:
        """Versions below the prefix, by key and instant."""
        query = "SELECT * FROM versions WHERE substr(key, 1, ?) = ? ORDER BY key, modified_us, version_id"
        with self._transaction() as database:
            rows = database.execute(query, (len(prefix), prefix)).fetchall()
        return [_version(key, version, size, modified) for key, version, size, modified in rows]

    def version(self, key: str, version_id: str) -> ObjectVersion | None:
        """The version, when the store holds it."""
        query = "SELECT * FROM versions WHERE key = ? AND version_id = ?"
        with self._transaction() as database:
            row = database.execute(query, (key, version_id)).fetchone()
        return None if row is None else _version(*row)

    def sightings(self) -> dict[bytes, Sighting]:
        """The last look at every dropped file, by path below the root."""
        with self._transaction() as database:
            rows = database.execute("SELECT * FROM sightings").fetchall()
        return {
            path: Sighting(size, mtime, inode, seen, taken=bool(taken))
            for path, size, mtime, inode, seen, taken in rows
        }

    def remember(self, sightings: dict[bytes, Sighting], gone: list[bytes]) -> None:
        """Replace what was known about these paths, forget the ones that are gone."""
        rows = [(path, s.size_bytes, s.mtime_ns, s.inode, s.seen_at_s, int(s.taken)) for path, s in sightings.items()]
        with self._transaction() as database:
            database.executemany("INSERT OR REPLACE INTO sightings VALUES (?, ?, ?, ?, ?, ?)", rows)
            database.executemany("DELETE FROM sightings WHERE path = ?", [(path,) for path in gone])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            database = sqlite3.connect(self._path, timeout=60, isolation_level=None)
            try:
                database.execute("PRAGMA synchronous = FULL")
                database.executescript(_TABLES)
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
            finally:
                database.close()  # without a COMMIT this rolls back
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                raise damaged("landing store index", self._path) from error
            if not isinstance(error, sqlite3.OperationalError):
                raise
            raise TransientError(f"landing store index {self._path}: {error}. Try again.") from error


def _version(key: str, version_id: str, size_bytes: int, modified_us: int) -> ObjectVersion:
    return ObjectVersion(key, version_id, size_bytes, _instant(modified_us), content_sha256=version_id)


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
