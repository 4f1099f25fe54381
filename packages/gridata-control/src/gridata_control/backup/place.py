"""Where backups lie: files by name below a folder or a prefix of a bucket."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from gridata_contracts.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

_REFUSED = (
    "ACCESS_DENIED",
    "INVALID_ACCESS_KEY_ID",
    "INVALID_CLIENT_TOKEN_ID",
    "INVALID_SIGNATURE",
    "NO_SUCH_BUCKET",
    "SIGNATURE_DOES_NOT_MATCH",
)
_CREDENTIALS = "GRIDATA_BACKUP_ACCESS_KEY_ID and GRIDATA_BACKUP_SECRET_ACCESS_KEY (without them the AWS default chain)"
_BLOCK_BYTES = 1 << 20


class LostFileError(PermanentError):
    """The place answers and has no such file."""


class Place:
    """Files by name below one root.

    In a folder a file appears whole. In a bucket it may be half there when writing it failed: the manifest of a set,
    written when all else is there, says what counts.
    A place that does not answer raises TransientError, from every method; one that refuses PermanentError.
    """

    def __init__(self, files: FileSystem, root: str, uri: str) -> None:
        self._files, self._root, self.uri = files, root.rstrip("/"), uri.rstrip("/")

    def names(self, folder: str) -> list[str]:
        """Names of all files below the folder, sorted; none when it is not there."""
        return sorted(self.sizes(folder))

    def sizes(self, folder: str) -> dict[str, int]:
        """Size in bytes of each file below the folder, by name."""
        from pyarrow.fs import FileSelector, FileType

        with self._errors(folder):
            selector = FileSelector(self._path(folder), recursive=True, allow_not_found=True)
            found = self._files.get_file_info(selector)
        return {info.path[len(self._root) + 1 :]: info.size for info in found if info.type is FileType.File}

    @contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        """A stream of the file, with the place's errors."""
        with self._errors(name):
            stream = self._files.open_input_file(self._path(name))
        with stream, io.BufferedReader(_Reading(stream, lambda: self._errors(name)), _BLOCK_BYTES) as reading:
            yield cast("IO[bytes]", reading)

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """A stream into the file, which replaces what was there."""
        path = self._path(name)
        is_folder = self._files.type_name == "local"
        part = f"{path}.part" if is_folder else path
        with self._errors(name):
            if is_folder:
                self._files.create_dir(path.rpartition("/")[0])
            stream = self._files.open_output_stream(part, compression=None)
        with self._errors(name), stream:
            yield cast("IO[bytes]", stream)
        if is_folder:
            with self._errors(name):
                self._files.move(part, path)

    def read(self, name: str) -> bytes:
        """The whole file."""
        with self.reading(name) as stream:
            return stream.read()

    def write(self, name: str, content: bytes) -> None:
        """The whole file at once."""
        with self.writing(name) as stream:
            stream.write(content)

    def upload(self, name: str, source: Path) -> int:
        """A file of this machine; returns its size in bytes."""
        with source.open("rb") as stream, self.writing(name) as target:
            while chunk := stream.read(_BLOCK_BYTES):
                target.write(chunk)
        return source.stat().st_size

    def download(self, name: str, target: Path) -> None:
        """Into a file of this machine."""
        with self.reading(name) as stream, target.open("wb") as file:
            while chunk := stream.read(_BLOCK_BYTES):
                file.write(chunk)

    def delete(self, name: str) -> None:
        """The file is there no more; no error when it was not."""
        with self._errors(name):
            try:
                self._files.delete_file(self._path(name))
            except FileNotFoundError:
                return

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}".rstrip("/")

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise LostFileError(
                f"backup {self.uri}/{name}: not there. `gridata backup list` names the sets."
            ) from error
        except OSError as error:
            where = f"backup {self.uri}/{name}: {error}"
            if isinstance(error, PermissionError) or any(word in str(error) for word in _REFUSED):
                rights = "the folder's rights" if self._files.type_name == "local" else _CREDENTIALS
                raise PermanentError(f"{where}. Check the place and {rights}.") from error
            raise TransientError(f"{where}. Check the place and its room, then try again.") from error


class _Reading(io.RawIOBase):
    """A stream whose reads raise our errors."""

    def __init__(self, stream: Any, errors: Callable[[], AbstractContextManager[None]]) -> None:
        self._stream, self._errors = stream, errors

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._errors():
            return int(self._stream.readinto(buffer))
