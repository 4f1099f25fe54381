"""The index of a bucket in a set: a line per object version, in the order of keys."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from io import TextIOWrapper
from typing import IO, cast

from gridata_contracts.errors import PermanentError
from gridata_contracts.naming import file_id
from gridata_control.landing.store import ObjectVersion

NO_VERSIONS = "null"
"""Version id of every object of a bucket that has no versions, and of one that came before a bucket had them."""

_CHUNK_BYTES = 1 << 20
_DAMAGE = (gzip.BadGzipFile, EOFError, zlib.error, ValueError, TypeError, KeyError)


@dataclass(frozen=True)
class Kept:
    """One object version as it is kept.

    Attributes:
        version_id: the store's own; `null` in a bucket without versions.
        sha256: of the content, as it was written to the place; empty for a delete marker.
        content_type, metadata: what whoever put the object said of it.
    """

    key: str
    version_id: str
    modified_utc: datetime
    size_bytes: int = 0
    etag: str | None = None
    sha256: str = ""
    content_type: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    is_delete_marker: bool = False

    def name(self, bucket: str) -> str:
        """Name of the content in the place; the same in every set."""
        return content_name(bucket, self.key, self.version_id, self.etag)


def content_name(bucket: str, key: str, version_id: str, etag: str | None) -> str:
    """Where the content of an object version is kept: its key may hold anything, its id only hexadecimal digits."""
    version = f"{version_id}/{etag}" if version_id == NO_VERSIONS else version_id
    identity = file_id(bucket, key, version)
    return f"objects/{bucket}/{identity[:2]}/{identity}"


def is_of(kept: Kept, version: ObjectVersion) -> bool:
    """Whether that version of the store is the kept one."""
    same = (kept.key, kept.version_id) == (version.key, version.version_id)
    return same and (kept.version_id != NO_VERSIONS or kept.etag == version.etag)


def write_index(stream: IO[bytes], entries: Iterable[Kept]) -> None:
    """All entries, as they come, as compressed lines of JSON."""
    with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as packed:
        for entry in entries:
            said = {name: value for name, value in asdict(entry).items() if value not in (None, "", {}, False)}
            packed.write(json.dumps(said, default=datetime.isoformat, ensure_ascii=True).encode() + b"\n")


class DamagedIndexError(PermanentError):
    """An index is not what was written."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(
            f"index {name}: got {type(error).__name__}, allowed what was written. It was damaged: take another set."
        )


def read_index(stream: IO[bytes], name: str) -> Iterator[Kept]:
    """All entries, as they are asked for.

    Args:
        stream: the index as it lies in the place.
        name: of the index, for complaints.

    Raises:
        DamagedIndexError: it is not what was written.
    """
    try:
        with gzip.GzipFile(fileobj=stream, mode="rb") as packed:
            for line in TextIOWrapper(cast("IO[bytes]", packed), encoding="utf-8"):
                said = json.loads(line)
                yield Kept(**said | {"modified_utc": datetime.fromisoformat(said["modified_utc"])})
    except _DAMAGE as error:
        raise DamagedIndexError(name, error) from error


def require_sound(stream: IO[bytes], name: str) -> None:
    """Read it to its end, where its checksum is. Raises DamagedIndexError."""
    try:
        with gzip.GzipFile(fileobj=stream, mode="rb") as packed:
            while packed.read(_CHUNK_BYTES):
                pass
    except _DAMAGE as error:
        raise DamagedIndexError(name, error) from error
