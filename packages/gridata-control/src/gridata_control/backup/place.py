"""Where backups lie: a folder, or a prefix of a bucket that is not one of those that are backed up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from gridata_contracts.errors import PermanentError, TransientError, UsageError

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

    from gridata_control.settings import Settings

_VARIABLE = "GRIDATA_BACKUP"


def open_place(settings: Settings) -> Place:
    """The place that GRIDATA_BACKUP names; nothing is contacted yet.

    Credentials of a bucket: GRIDATA_BACKUP_ACCESS_KEY_ID and GRIDATA_BACKUP_SECRET_ACCESS_KEY, else the AWS default
    chain; its address: GRIDATA_BACKUP_S3_ENDPOINT, else AWS.

    Raises:
        UsageError: it is not set, no `file:///folder` or `s3://bucket/prefix`, or in the store that is backed up.
    """
    uri = settings.backup_uri
    if uri is None:
        raise UsageError(f"{_VARIABLE}: got nothing, allowed file:///<folder> or s3://<bucket>/<prefix>.")
    scheme, _, rest = uri.partition("://")
    if scheme == "file":
        from pyarrow.fs import LocalFileSystem

        return Place(LocalFileSystem(), rest, uri)
    endpoint = os.environ.get("GRIDATA_BACKUP_S3_ENDPOINT") or None
    bucket = rest.partition("/")[0]
    own = {where.partition("://")[2].partition("/")[0] for where in (settings.store_uri, settings.warehouse_uri)}
    if endpoint == settings.s3_endpoint and (endpoint or bucket in own):
        raise UsageError(
            f"{_VARIABLE}: got {uri} in the store that is backed up, allowed one that is not lost with it. Name "
            "another GRIDATA_BACKUP_S3_ENDPOINT."
        )
    return Place(_s3(endpoint), rest, uri)


class Place:
    """Files by name below one root.

    A file may be half there after a crash: the manifest of a set, written when all else is there, says what counts.
    A place that does not answer raises TransientError, from every method; one that refuses PermanentError.
    """

    def __init__(self, files: FileSystem, root: str, uri: str) -> None:
        self._files, self._root, self.uri = files, root.rstrip("/"), uri.rstrip("/")

    def names(self, folder: str) -> list[str]:
        """Names of all files below the folder, sorted; none when it is not there."""
        from pyarrow.fs import FileSelector, FileType

        with self._errors(folder):
            selector = FileSelector(self._path(folder), recursive=True, allow_not_found=True)
            found = [info.path for info in self._files.get_file_info(selector) if info.type is FileType.File]
        return sorted(path[len(self._root) + 1 :] for path in found)

    @contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        """A stream of the file, which can be read again from its start."""
        with self._errors(name):
            stream = self._files.open_input_file(self._path(name))
        with stream:
            yield cast("IO[bytes]", stream)

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """A stream into the file, which replaces what was there."""
        with self._errors(name):
            if self._files.type_name == "local":
                self._files.create_dir(self._path(name).rpartition("/")[0])
            stream = self._files.open_output_stream(self._path(name), compression=None)
        with self._errors(name), stream:
            yield cast("IO[bytes]", stream)

    def read(self, name: str) -> bytes:
        """The whole file."""
        with self.reading(name) as stream, self._errors(name):
            return stream.read()

    def write(self, name: str, content: bytes) -> None:
        """The whole file at once; on a folder it appears whole."""
        part = f"{name}.part" if self._files.type_name == "local" else name
        with self.writing(part) as stream:
            stream.write(content)
        if part != name:
            with self._errors(name):
                self._files.move(self._path(part), self._path(name))

    def upload(self, name: str, source: Path) -> int:
        """A file of this machine; returns its size in bytes."""
        with source.open("rb") as stream, self.writing(name) as target:
            while chunk := stream.read(1 << 20):
                target.write(chunk)
        return source.stat().st_size

    def download(self, name: str, target: Path) -> None:
        """Into a file of this machine."""
        with self.reading(name) as stream, target.open("wb") as file, self._errors(name):
            while chunk := stream.read(1 << 20):
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
            raise PermanentError(
                f"backup {self.uri}/{name}: not there. `gridata backup list` names the sets."
            ) from error
        except OSError as error:
            text = str(error)
            refused = isinstance(error, PermissionError) or "ACCESS_DENIED" in text or "NO_SUCH_BUCKET" in text
            kind = PermanentError if refused else TransientError
            raise kind(f"backup {self.uri}/{name}: {text}. Check the place, its credentials and its room.") from error


def _s3(endpoint: str | None) -> FileSystem:
    from pyarrow.fs import S3FileSystem

    scheme, _, address = (endpoint or "").partition("://")
    given: dict[str, Any] = {"endpoint_override": address, "scheme": scheme} if endpoint else {}
    key, secret = map(os.environ.get, ("GRIDATA_BACKUP_ACCESS_KEY_ID", "GRIDATA_BACKUP_SECRET_ACCESS_KEY"))
    if key and secret:
        given |= {"access_key": key, "secret_key": secret}
    region = os.environ.get("GRIDATA_BACKUP_REGION") or os.environ.get("AWS_REGION") or "us-east-1"
    return S3FileSystem(region=region, connect_timeout=5, request_timeout=60, **given)
