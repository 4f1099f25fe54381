"""A folder as a versioned landing store.

Producers see plain files below `landing/`. Beside them, `.gridata/` keeps a read-only copy of every version by content
hash, so an overwritten or deleted file can still be read, replayed and recounted. A version is made by `put`, or by
`settle` from a file somebody dropped directly, once its size and modification time held over two sweeps.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_contracts.naming import NAME_MAX_BYTES
from gridata_control.landing.local_index import LocalIndex, Sighting
from gridata_control.landing.names import forbidden, printable
from gridata_control.landing.store import MissingObjectError, ObjectVersion, Settled

BUCKET = "local"
_PRIVATE = ".gridata"
_CHUNK_BYTES = 1 << 20


class LocalStore:
    """See the module. `root` is created when needed; links below it are never followed.

    Args:
        root: folder of the store.
        settle_s: least seconds between the two sightings of a dropped file.
    """

    def __init__(self, root: Path, settle_s: float = 1.0) -> None:
        self._root = root.resolve()
        self._settle_s = settle_s
        self._private = self._root / _PRIVATE
        self._index = LocalIndex(self._private / "index.db")
        with _disk_errors(self._root):
            (self._private / "versions").mkdir(parents=True, exist_ok=True)
            (self._private / "tmp").mkdir(exist_ok=True)

    @property
    def bucket(self) -> str:
        """Always `local`."""
        return BUCKET

    def uri(self, key: str) -> str:
        """`file:///root/key`."""
        return f"file://{self._root}/{key}"

    def list_versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Versions by key and instant; a folder has no delete markers."""
        yield from self._index.versions(prefix)

    def open(self, key: str, version_id: str) -> BinaryIO:
        """Stream exactly this version."""
        path = self._held(key, version_id)
        try:
            return path.open("rb")
        except FileNotFoundError as error:
            raise _missing(key, version_id) from error

    def fetch(self, key: str, version_id: str, target: Path) -> str:
        """A hard link to the held copy where the file system can, which costs nothing; a copy elsewhere."""
        held = self._held(key, version_id)
        part = target.with_name(f"{uuid.uuid4().hex}.part")
        with _disk_errors(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(held, part)
            except FileNotFoundError as error:
                raise _missing(key, version_id) from error
            except OSError:  # another file system, or one without links
                shutil.copyfile(held, part)
            part.replace(target)
        return version_id

    def put(self, key: str, source: BinaryIO | Path) -> ObjectVersion:
        """Hold the content, show the file under its name, list the version.

        A crash before the last step leaves a visible file like any dropped one, and `settle` makes the same version.
        """
        path = self._path_of(key)
        with _disk_errors(self._root):
            version_id, size_bytes = self._hold(source)
            shown = self._show(path, version_id)
            version = ObjectVersion(key, version_id, size_bytes, datetime.now(UTC), content_sha256=version_id)
            self._index.add_version(version)
            self._index.remember({os.fsencode(path.relative_to(self._root)): shown}, [])
        return version

    def settle(self, prefixes: Sequence[str]) -> Settled:
        """Look at the files below the prefixes and make versions of those that no longer change."""
        before = self._index.sightings()
        now: dict[bytes, Sighting] = {}
        taken = 0
        settling: list[str] = []
        ignored: list[str] = []
        with _disk_errors(self._root):
            for path in self._dropped(prefixes):
                key, relative = self._key_of(path), self._relative(path)
                sighting = _look(path)
                if sighting is None or key.endswith(".part"):
                    ignored.append(key)
                    continue
                earlier = before.get(relative)
                if earlier is None or not earlier.same_file(sighting):
                    now[relative] = sighting
                    settling.append(key)
                elif not earlier.taken and sighting.seen_at_s - earlier.seen_at_s < self._settle_s:
                    settling.append(key)
                elif not earlier.taken:
                    now[relative], new = self._take(path, key, sighting)
                    taken += new
            self._index.remember(now, [relative for relative in before if self._is_gone(relative)])
        return Settled(taken, tuple(settling), tuple(ignored))

    def _take(self, path: Path, key: str, sighting: Sighting) -> tuple[Sighting, bool]:
        """Make a version, unless the file changed while it was read; what is known now, and whether it is new."""
        try:
            version_id, size_bytes = self._hold(path)
        except (FileNotFoundError, PermissionError):  # deleted or locked meanwhile: the others go on, this one waits
            return sighting, False
        after = _look(path)
        if after is None or not after.same_file(sighting):
            return after or sighting, False
        version = ObjectVersion(key, version_id, size_bytes, sighting.arrived_utc)
        return replace(sighting, taken=True), self._index.add_version(version)

    def _hold(self, source: BinaryIO | Path) -> tuple[str, int]:
        """Copy the content into the store's own keeping; its sha256 and size."""
        part = self._private / "tmp" / f"{uuid.uuid4().hex}.part"
        digest, size_bytes = hashlib.sha256(), 0
        try:
            with part.open("wb") as target, _reading(source) as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    digest.update(chunk)
                    size_bytes += target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            held = self._held_path(digest.hexdigest())
            held.parent.mkdir(exist_ok=True)
            part.chmod(0o444)
            part.replace(held)
        finally:
            part.unlink(missing_ok=True)
        return digest.hexdigest(), size_bytes

    def _show(self, path: Path, version_id: str) -> Sighting:
        """A copy, not a link: a producer who rewrites the visible file in place must not change the held version."""
        part = self._private / "tmp" / f"{uuid.uuid4().hex}.part"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.parent.resolve().is_relative_to(self._root):
            raise UsageError(f"landing folder {path.parent}: got a link out of {self._root}, allowed folders below it.")
        try:
            shutil.copyfile(self._held_path(version_id), part)
            status = part.lstat()
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return replace(_sighting(status), taken=True)

    def name_problem(self, key: str) -> str | None:
        """What is forbidden anywhere, and what a folder cannot hold."""
        if problem := forbidden(key):
            return problem
        if any(len(segment.encode()) > NAME_MAX_BYTES for segment in key.split("/")):
            return f"name: got a part of more than {NAME_MAX_BYTES} bytes, which no folder can hold. Shorten it."
        if key.endswith("/") or key.split("/", maxsplit=1)[0] == _PRIVATE:
            return f"name: got a folder, allowed a file outside of {_PRIVATE}. Name a file."
        return None

    def _path_of(self, key: str) -> Path:
        if problem := self.name_problem(key):
            raise UsageError(f"landing key {printable(key)!r}: {problem}")
        return self._root / key

    def _held(self, key: str, version_id: str) -> Path:
        if self._index.version(key, version_id) is None:
            raise _missing(key, version_id)
        return self._held_path(version_id)

    def _held_path(self, version_id: str) -> Path:
        return self._private / "versions" / version_id[:2] / version_id

    def _key_of(self, path: Path) -> str:
        """The path as text; a byte that is not UTF-8 reads as its escape, so such a file is data under another name."""
        return self._relative(path).decode("utf-8", "backslashreplace")

    def _relative(self, path: Path) -> bytes:
        return os.fsencode(path.relative_to(self._root))

    def _dropped(self, prefixes: Sequence[str]) -> Iterator[Path]:
        """Every entry that is no folder below the prefixes; folders behind links are not entered."""
        for top in sorted({prefix.split("/")[0] for prefix in prefixes} - {_PRIVATE, "", ".", ".."}):
            for folder, folders, names in os.walk(self._root / top, followlinks=False):
                links = [name for name in folders if Path(folder, name).is_symlink()]
                for name in (*names, *links):
                    path = Path(folder, name)
                    if any(self._key_of(path).startswith(prefix) for prefix in prefixes):
                        yield path

    def _is_gone(self, relative: bytes) -> bool:
        return not os.path.lexists(self._root / os.fsdecode(relative))


def _look(path: Path) -> Sighting | None:
    """None: gone meanwhile, or no regular file."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return _sighting(status) if stat.S_ISREG(status.st_mode) else None


def _sighting(status: os.stat_result) -> Sighting:
    return Sighting(status.st_size, status.st_mtime_ns, status.st_ino, time.time(), status.st_ctime_ns)


def _missing(key: str, version_id: str) -> MissingObjectError:
    return MissingObjectError(f"object {printable(key)!r} version {version_id}: not in the store any more.")


@contextmanager
def _reading(source: BinaryIO | Path) -> Iterator[BinaryIO]:
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield stream
    else:
        yield source


@contextmanager
def _disk_errors(where: Path) -> Iterator[None]:
    try:
        yield
    except (PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError, FileNotFoundError) as error:
        raise PermanentError(
            f"landing store {where}: {error.strerror}. Check the folder and its permissions."
        ) from error
    except OSError as error:
        raise TransientError(f"landing store {where}: {error.strerror or type(error).__name__}. Try again.") from error
