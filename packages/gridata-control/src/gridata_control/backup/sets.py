"""One backup: what it holds and when it was made. The manifest is written last, so a set that has one is whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.backup.place import Place

LATEST = "latest"
FORMAT = 2
"""1 had no hash of Vault's snapshot."""
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Database:
    """A dump: of which database, in which file, how large."""

    name: str
    file: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Bucket:
    """All versions of a bucket.

    Attributes:
        index: file that names them.
        versioned: whether the bucket has, or had, versions of its objects.
        copied, copied_bytes: what this set had to copy; the rest was there from sets before.
        vanished: versions that were listed and gone when they were to be copied, as maintenance removes files.
    """

    name: str
    index: str
    versioned: bool
    objects: int
    size_bytes: int
    copied: int
    copied_bytes: int
    vanished: int


@dataclass(frozen=True)
class BackupSet:
    """A whole backup.

    Attributes:
        id: instant of its start, such as 20261128T031500Z.
        taken_utc: its start. What happened later may be in it, what happened before is.
        vault: file of Vault's snapshot; None where there was none to take.
        vault_sha256: of that file; None, too, in sets of format 1.
    """

    id: str
    taken_utc: datetime
    ended_utc: datetime
    gridata: str
    ledger_revision: str | None
    databases: list[Database] = field(default_factory=list)
    buckets: list[Bucket] = field(default_factory=list)
    vault: str | None = None
    vault_sha256: str | None = None
    format: int = FORMAT

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended_utc - self.taken_utc).total_seconds()


def new_id(now: datetime) -> str:
    """Id of a set that starts now; ids sort as their instants."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S.%f}"[:-3] + "Z"


def file_of(set_id: str, name: str) -> str:
    """Name in the place of a file of a set."""
    return f"sets/{set_id}/{name}"


def write_set(place: Place, written: BackupSet) -> None:
    """From now on the set counts."""
    content = json.dumps(asdict(written), default=datetime.isoformat, indent=1)
    place.write(file_of(written.id, _MANIFEST), content.encode())


def set_ids(place: Place) -> list[str]:
    """Ids of all whole sets, oldest first."""
    names = (name.split("/") for name in place.names("sets"))
    return [parts[1] for parts in names if len(parts) == 3 and parts[2] == _MANIFEST]


def read_set(place: Place, set_id: str) -> BackupSet:
    """One whole set.

    Args:
        place: where it lies.
        set_id: its id, or `latest`.

    Raises:
        UsageError: there is none of this id.
        PermanentError: a later version of Gridata made it, or its manifest was damaged.
    """
    known = set_ids(place)
    if set_id == LATEST and known:
        set_id = known[-1]
    if set_id not in known:
        shown = f"one of {', '.join(known[-5:])}" if known else "nothing: no whole backup is there yet"
        raise UsageError(f"backup in {place.uri}: got {set_id!r}, allowed {shown}. `gridata backup list` names them.")
    name = file_of(set_id, _MANIFEST)
    try:
        said = json.loads(place.read(name))
    except ValueError as error:
        raise PermanentError(
            f"backup {place.uri}/{name}: got no JSON, allowed what was written. It was damaged: take another set."
        ) from error
    if said["format"] > FORMAT:
        raise PermanentError(
            f"backup {set_id}: got format {said['format']}, allowed {FORMAT} at most. Restore it with Gridata "
            f"{said['gridata']} or later."
        )
    instants = {name: datetime.fromisoformat(said[name]) for name in ("taken_utc", "ended_utc")}
    databases = [Database(**one) for one in said["databases"]]
    buckets = [Bucket(**one) for one in said["buckets"]]
    return BackupSet(**said | instants | {"databases": databases, "buckets": buckets})
