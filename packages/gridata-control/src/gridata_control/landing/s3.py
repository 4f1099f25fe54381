"""A versioned S3 bucket (AWS, MinIO) as a landing store. Credentials come from the AWS default chain."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.landing.names import forbidden, printable
from gridata_control.landing.store import MissingObjectError, ObjectVersion, Settled

if TYPE_CHECKING:
    from botocore.client import BaseClient

_CHUNK_BYTES = 1 << 20
_REGION = "us-east-1"  # MinIO's default, and the one that a new bucket must not name
_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed", "405"})  # 405: it is a delete marker
_PERMANENT = frozenset(
    {
        "AccessDenied",
        "403",
        "NoSuchBucket",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidBucketName",
        "KeyTooLongError",
    }
)


class S3Store:
    """One bucket; S3 itself knows when an object is whole, so nothing ever has to settle.

    Args:
        bucket: name of the bucket. Versioning must be enabled, which is checked before the first listing.
        endpoint: address of an S3 other than AWS, used with path-style addresses.
    """

    def __init__(self, bucket: str, endpoint: str | None = None) -> None:
        self._bucket = bucket
        self._endpoint = endpoint

    @property
    def bucket(self) -> str:
        """Name of the bucket."""
        return self._bucket

    def uri(self, key: str) -> str:
        """`s3://bucket/key`."""
        return f"s3://{self._bucket}/{key}"

    def settle(self, prefixes: Sequence[str]) -> Settled:  # noqa: ARG002 nothing to look at
        """Nothing to do."""
        return Settled()

    def list_versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Every version and delete marker, page by page (1000 at a time)."""
        self._require_versioning()
        pages = iter(self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix))
        while True:
            with self._s3_errors(prefix):
                page = next(pages, None)
            if page is None:
                return
            yield from (_version(entry, is_delete_marker=False) for entry in page.get("Versions", ()))
            yield from (_version(entry, is_delete_marker=True) for entry in page.get("DeleteMarkers", ()))

    def open(self, key: str, version_id: str) -> BinaryIO:
        """Stream exactly this version; the caller closes it."""
        with self._s3_errors(key, version_id):
            response = self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version_id)
        return cast("BinaryIO", io.BufferedReader(_Body(self, key, response["Body"]), _CHUNK_BYTES))

    def fetch(self, key: str, version_id: str, target: Path) -> str:
        """Download exactly this version, hashing on the way."""
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{uuid.uuid4().hex}.part")
        digest = hashlib.sha256()
        try:
            with self.open(key, version_id) as source, part.open("wb") as file:
                while chunk := source.read(_CHUNK_BYTES):
                    digest.update(chunk)
                    file.write(chunk)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return digest.hexdigest()

    def name_problem(self, key: str) -> str | None:
        """What is forbidden anywhere; S3 takes the rest."""
        return forbidden(key)

    def put(self, key: str, source: BinaryIO | Path) -> ObjectVersion:
        """Upload (in parts when large); the object appears whole. Returns the version as listings show it."""
        if problem := self.name_problem(key):
            raise UsageError(f"landing key {printable(key)!r}: {problem}")
        with self._s3_errors(key):
            if isinstance(source, Path):
                with source.open("rb") as stream:
                    self._client.upload_fileobj(stream, self._bucket, key)
            else:
                self._client.upload_fileobj(source, self._bucket, key)
            version_id = self._client.head_object(Bucket=self._bucket, Key=key).get("VersionId")
        listed = (
            version for version in self.list_versions(key) if (version.key, version.version_id) == (key, version_id)
        )
        version = next(listed, None)  # not the answer's own Last-Modified: HTTP dates have whole seconds only
        if version is None:
            raise TransientError(f"{self.uri(printable(key))}: the version just put is not listed. Try again.")
        return version

    def prepare(self, *, versioned: bool = True) -> bool:
        """Make the bucket where it is not there, and turn its versions on; returns whether anything had to be done."""
        made = not self._is_there()
        with self._s3_errors(""):
            if made:
                self._make()
            if not versioned or self._client.get_bucket_versioning(Bucket=self._bucket).get("Status") == "Enabled":
                return made
            self._client.put_bucket_versioning(Bucket=self._bucket, VersioningConfiguration={"Status": "Enabled"})
            return True

    def expire(self, rule: str, prefix: str, days: int) -> bool:
        """Let the store delete objects below the prefix after so many days; returns whether that was new.

        Args:
            rule: its id; the bucket's other rules stay as they are.
            prefix: of the keys.
            days: from an object's last change.
        """
        wanted = {"ID": rule, "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}}
        with self._s3_errors(prefix):
            rules = self._lifecycle()
            if any(wanted.items() <= each.items() for each in rules):
                return False
            rules = [each for each in rules if each.get("ID") != rule]
            self._client.put_bucket_lifecycle_configuration(
                Bucket=self._bucket, LifecycleConfiguration={"Rules": [*rules, wanted]}
            )
        return True

    def _lifecycle(self) -> list[dict[str, object]]:
        from botocore.exceptions import ClientError

        try:
            found: list[dict[str, object]] = self._client.get_bucket_lifecycle_configuration(Bucket=self._bucket)[
                "Rules"
            ]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchLifecycleConfiguration":
                return []
            raise
        return found

    def close(self) -> None:
        """Give connections back; the store may be used again."""
        if client := self.__dict__.pop("_client", None):
            client.close()

    @cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        config = Config(
            retries={"mode": "standard", "max_attempts": 4},
            connect_timeout=5,
            read_timeout=60,
            s3={"addressing_style": "path" if self._endpoint else "auto"},
        )
        session = boto3.session.Session()
        region = session.region_name or _REGION
        with self._s3_errors(""):
            client: BaseClient = session.client("s3", endpoint_url=self._endpoint, config=config, region_name=region)
        return client

    def _is_there(self) -> bool:
        from botocore.exceptions import ClientError

        with self._s3_errors(""):
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in ("404", "NoSuchBucket"):
                    return False
                raise
        return True

    def _make(self) -> None:
        region = self._client.meta.region_name
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != _REGION else {}
        try:
            self._client.create_bucket(Bucket=self._bucket, **elsewhere)
        except self._client.exceptions.BucketAlreadyOwnedByYou:
            return  # somebody made it in the same moment

    def _require_versioning(self) -> None:
        with self._s3_errors(""):
            status = self._client.get_bucket_versioning(Bucket=self._bucket).get("Status", "never enabled")
        if status != "Enabled":
            raise PermanentError(
                f"landing bucket {self._bucket}: got versioning {status}, allowed Enabled. "
                "Without versions an overwritten file is lost; enable versioning on the bucket."
            )

    @contextmanager
    def _s3_errors(self, key: str, version_id: str = "") -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
        from urllib3.exceptions import HTTPError

        where = f"landing bucket {self._bucket}: {printable(key)!r}" if key else f"landing bucket {self._bucket}"
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "?")
            if version_id and code in _GONE:
                raise MissingObjectError(
                    f"{where} version {version_id}: not in the store any more ({code})."
                ) from error
            if code in _PERMANENT:
                raise PermanentError(
                    f"{where}: got {code}. Check the bucket's name and the credentials' policy."
                ) from error
            raise TransientError(f"{where}: got {code}. Try again.") from error
        except NoCredentialsError as error:
            raise PermanentError(
                f"{where}: got no credentials, allowed the AWS default chain. Set AWS_PROFILE or AWS_ACCESS_KEY_ID."
            ) from error
        except (BotoCoreError, HTTPError) as error:
            raise TransientError(
                f"{where}: {type(error).__name__}. Is {self._endpoint or 'S3'} up? Try again."
            ) from error


class _Body(io.RawIOBase):
    """The response's stream with our errors: a connection cut in the middle is a TransientError, never a short file."""

    def __init__(self, store: S3Store, key: str, body: Any) -> None:
        self._store, self._key, self._body = store, key, body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._store._s3_errors(self._key):
            chunk: bytes = self._body.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._body.close()
        super().close()


def _version(entry: dict[str, Any], *, is_delete_marker: bool) -> ObjectVersion:
    return ObjectVersion(
        key=entry["Key"],
        version_id=entry["VersionId"],
        size_bytes=entry.get("Size", 0),
        modified_utc=entry["LastModified"].astimezone(UTC),
        etag=None if is_delete_marker else entry["ETag"].strip('"'),
        is_delete_marker=is_delete_marker,
    )
