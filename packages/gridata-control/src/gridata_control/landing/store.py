"""What every landing store can do: list object versions, give back exactly one of them, take a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from gridata_contracts.errors import PermanentError


class MissingObjectError(PermanentError):
    """The object version was listed once and is gone. An ingest job quarantines the file with MISSING_FILE."""


@dataclass(frozen=True)
class ObjectVersion:
    """One version of one object, immutable for ever.

    Attributes:
        key: decoded text; may hold anything a producer could write.
        version_id: the store's own; for a local folder the content's sha256.
        modified_utc: when the version arrived, by the store's clock.
        etag: hash of the content as the store computes it, without quotes; None for a local folder.
        content_sha256: where the store knows it; S3 does not.
        is_delete_marker: says that the key was deleted here; has no content.
    """

    key: str
    version_id: str
    size_bytes: int
    modified_utc: datetime
    etag: str | None = None
    content_sha256: str | None = None
    is_delete_marker: bool = False


@dataclass(frozen=True)
class Settled:
    """What a look at directly dropped files found. Always empty where the store itself knows when an object is whole.

    Attributes:
        taken: new versions that now exist.
        settling: keys seen for the first time or still changing; the next sweep looks again.
        ignored: keys that are no regular files (links, pipes) or a producer's unfinished `*.part`.
    """

    taken: int = 0
    settling: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


class Store(Protocol):
    """A versioned object store. A store that does not answer raises TransientError, from every method."""

    @property
    def bucket(self) -> str:
        """Name that stands for the store in file ids."""
        ...

    def settle(self, prefixes: Sequence[str]) -> Settled:
        """Make versions of files that were dropped past `put`, once they no longer change."""
        ...

    def list_versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Every version below the prefix, delete markers included, in no promised order."""
        ...

    def open(self, key: str, version_id: str) -> BinaryIO:
        """Stream exactly this version.

        Raises:
            MissingObjectError: it is gone.
        """
        ...

    def fetch(self, key: str, version_id: str, target: Path) -> str:
        """Write exactly this version to a local file, whole or not at all.

        Returns:
            sha256 of the content, hexadecimal.

        Raises:
            MissingObjectError: it is gone.
        """
        ...

    def name_problem(self, key: str) -> str | None:
        """Why `put` takes no object under this key, in words for the producer; None = it does."""
        ...

    def put(self, key: str, source: BinaryIO | Path) -> ObjectVersion:
        """Write a new version, whole or not at all.

        Raises:
            UsageError: the key is forbidden; `name_problem` says why.
        """
        ...

    def uri(self, key: str) -> str:
        """Address of the key for people and lineage, such as `s3://bucket/key`."""
        ...
