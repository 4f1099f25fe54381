"""Putting an object version back as it was: its id, its instant, its ETag. Only MinIO lets a client say them.

MinIO takes them from its own replication, which is a PUT with these headers by somebody who may `s3:ReplicateObject`
(MinIO's source: cmd/object-handlers.go, internal/http/headers.go). Another S3 ignores them and gives ids of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import IO, Any
from urllib.parse import quote

from gridata_contracts.errors import PermanentError
from gridata_control.backup.index import Kept
from gridata_control.landing import MissingObjectError
from gridata_control.landing.names import printable
from gridata_control.landing.s3_access import S3Access

_MULTIPART_BYTES = 1 << 30
_PART_BYTES = 256 << 20
_NAMING = ("PutObject", "CreateMultipartUpload", "DeleteObject")  # requests that say which version they make


class ExactBucket:
    """Puts versions into a bucket under the ids they had. Safe to use from several threads."""

    def __init__(self, access: S3Access) -> None:
        self._access = access
        self._now = threading.local()
        access.client.meta.events.register("before-sign.s3", self._say_version)

    def put(self, kept: Kept, content: IO[bytes]) -> None:
        """The version, or the delete marker, is there.

        Raises:
            PermanentError: the store does not take ids.
        """
        with self._saying(kept), self._access.errors(kept.key):
            if kept.is_delete_marker:
                self._access.client.delete_object(Bucket=self._access.bucket, Key=kept.key)
            else:
                self._upload(kept, content)

    def require_taken(self, kept: Kept) -> None:
        """Raises PermanentError where the store has another id for what was just put."""
        try:
            with self._access.errors(kept.key, kept.version_id):
                self._access.client.head_object(Bucket=self._access.bucket, Key=kept.key, VersionId=kept.version_id)
        except MissingObjectError as error:
            raise PermanentError(
                f"bucket {self._access.bucket}: {printable(kept.key)!r}: got an id of the store's own, allowed "
                f"{kept.version_id}, which ledger and tables name. Restore into MinIO; elsewhere use the store's own "
                "replication, which keeps ids."
            ) from error

    def _upload(self, kept: Kept, content: IO[bytes]) -> None:
        from boto3.s3.transfer import TransferConfig

        said: dict[str, Any] = {"Metadata": dict(kept.metadata)}
        if kept.content_type:
            said["ContentType"] = kept.content_type
        config = TransferConfig(
            multipart_threshold=_MULTIPART_BYTES, multipart_chunksize=_PART_BYTES, use_threads=False
        )
        self._access.client.upload_fileobj(content, self._access.bucket, kept.key, ExtraArgs=said, Config=config)

    @contextmanager
    def _saying(self, kept: Kept) -> Iterator[None]:
        self._now.kept = kept
        try:
            yield
        finally:
            self._now.kept = None

    def _say_version(self, request: Any, operation_name: str, **_: object) -> None:
        kept: Kept | None = getattr(self._now, "kept", None)
        if kept is None:
            return
        instant = kept.modified_utc.astimezone(UTC)
        said = {
            "X-Minio-Source-Replication-Request": "true",
            "X-Minio-Source-Mtime": f"{instant:%Y-%m-%dT%H:%M:%S.%f}Z",
        }
        if kept.etag:
            said["X-Minio-Source-Etag"] = kept.etag
        if kept.is_delete_marker:
            said["X-Minio-Source-DeleteMarker"] = "true"
        for name, value in said.items():
            request.headers[name] = value
        named = "versionId=" in request.url  # signed again, as after a redirect
        if operation_name in _NAMING and not named:  # of `null`, too: a bucket may have had versions only later
            request.url += f"{'&' if '?' in request.url else '?'}versionId={quote(kept.version_id)}"
