"""SHA-256 of streams: by it everything in a set is compared with what was kept."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import IO, Any

_CHUNK_BYTES = 1 << 20


def digest_of(source: IO[bytes], target: IO[bytes] | None = None) -> str:
    """Hash of all that the stream still holds, which is written to the target on the way."""
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest()


def digest_of_file(path: Path) -> str:
    """Hash of a file of this machine."""
    with path.open("rb") as stream:
        return digest_of(stream)


class Hashing(io.RawIOBase):
    """Writes to a stream and hashes what it wrote."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._digest = target, hashlib.sha256()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, content: Any) -> int:
        """All of it."""
        self._digest.update(content)
        self._target.write(content)
        return len(content)

    @property
    def sha256(self) -> str:
        """Of everything written so far."""
        return self._digest.hexdigest()
