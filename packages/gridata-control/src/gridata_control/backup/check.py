"""Reading a set back: everything in it is what was kept, or it is named and, where a next run can, mended by that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gridata_control.backup.damage import mark
from gridata_control.backup.digests import digest_of
from gridata_control.backup.index import DamagedIndexError, Kept, read_index
from gridata_control.backup.objects import in_threads
from gridata_control.backup.place import LostFileError, Place
from gridata_control.backup.sets import BackupSet, Bucket
from gridata_control.landing.names import printable


@dataclass(frozen=True)
class Problem:
    """Something in a set that is not proved.

    Attributes:
        where: which file of the set, or which object version.
        what: the difference.
        is_damage: it is not what was kept; else the set does not say what was kept.
    """

    where: str
    what: str
    is_damage: bool = True


def problems(place: Place, kept: BackupSet) -> Iterator[Problem]:
    """Reads all of a set: dumps, Vault's snapshot, indexes and contents. The next run copies damaged contents again.

    Raises:
        TransientError: the place does not answer.
        PermanentError: it refuses.
    """
    for database in kept.databases:
        yield from _file(place, database.file, database.sha256)
    if kept.vault is not None:
        yield from _file(place, kept.vault, kept.vault_sha256)
    for bucket in kept.buckets:
        yield from _contents(place, bucket)


def _file(place: Place, name: str, sha256: str | None) -> Iterator[Problem]:
    found = _found(place, name)
    if sha256 is None:
        yield Problem(name, f"not hashed: got {found}, and the set does not say what was kept", is_damage=False)
    elif found != sha256:
        yield Problem(name, f"got {found}, expected {sha256}")


def _contents(place: Place, bucket: Bucket) -> Iterator[Problem]:
    def problem(kept: Kept) -> Problem | None:
        found = _found(place, kept.name(bucket.name))
        if found == kept.sha256:
            return None
        mark(place, kept.name(bucket.name))
        where = f"{bucket.name}: {printable(kept.key)!r} version {kept.version_id}"
        return Problem(where, f"got {found}, expected {kept.sha256}")

    try:
        with place.reading(bucket.index) as stream:
            contents = (kept for kept in read_index(stream, bucket.index) if not kept.is_delete_marker)
            yield from (found for found in in_threads(problem, contents) if found is not None)
    except (DamagedIndexError, LostFileError) as error:
        yield Problem(bucket.index, str(error))


def _found(place: Place, name: str) -> str:
    try:
        with place.reading(name) as stream:
            return digest_of(stream)
    except LostFileError:
        return "nothing: it is not there"
