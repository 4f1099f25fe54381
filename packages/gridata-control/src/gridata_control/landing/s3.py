"""A versioned S3 bucket (AWS, MinIO) as a landing store. Credentials come from the AWS default chain."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.landing.names import forbidden, printable
from gridata_control.landing.s3_access import REGION, S3Access
from gridata_control.landing.store import ObjectVersion, Settled

_CHUNK_BYTES = 1 << 20


class S3Store:
    """One bucket; S3 itself knows when an object is whole, so nothing ever has to settle.

    Args:
        bucket: name of the bucket. Versioning must be enabled, which is checked before the first listing.
        endpoint: address of an S3 other than AWS, used with path-style addresses.
    """

    def __init__(self, bucket: str, endpoint: str | None = None) -> None:
        self._access = S3Access(bucket, endpoint)

    @property
    def bucket(self) -> str:
        """Name of the bucket."""
        return self._access.bucket

    def uri(self, key: str) -> str:
        """`s3://bucket/key`."""
        return f"s3://{self.bucket}/{key}"

    def settle(self, prefixes: Sequence[str]) -> Settled:  # noqa: ARG002 nothing to look at
        """Nothing to do."""
        return Settled()

    def list_versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Every version and delete marker, page by page, in the order of keys."""
        self._require_versioning()
        yield from self._access.versions(prefix)

    def open(self, key: str, version_id: str) -> BinaryIO:
        """Stream exactly this version; the caller closes it."""
        with self._access.errors(key, version_id):
            response = self._client.get_object(Bucket=self.bucket, Key=key, VersionId=version_id)
        return self._access.body(key, response)

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
        with self._access.errors(key):
            if isinstance(source, Path):
                with source.open("rb") as stream:
                    self._client.upload_fileobj(stream, self.bucket, key)
            else:
                self._client.upload_fileobj(source, self.bucket, key)
            version_id = self._client.head_object(Bucket=self.bucket, Key=key).get("VersionId")
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
        with self._access.errors(""):
            if made:
                self._make()
            if not versioned or self._client.get_bucket_versioning(Bucket=self.bucket).get("Status") == "Enabled":
                return made
            self._client.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
            return True

    def expire(self, rule: str, prefix: str, days: int) -> bool:
        """Let the store delete objects below the prefix after so many days; returns whether that was new.

        Args:
            rule: its id; the bucket's other rules stay as they are.
            prefix: of the keys.
            days: from an object's last change.
        """
        wanted = {"ID": rule, "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}}
        with self._access.errors(prefix):
            rules = self._lifecycle()
            if any(wanted.items() <= each.items() for each in rules):
                return False
            rules = [each for each in rules if each.get("ID") != rule]
            self._client.put_bucket_lifecycle_configuration(
                Bucket=self.bucket, LifecycleConfiguration={"Rules": [*rules, wanted]}
            )
        return True

    def _lifecycle(self) -> list[dict[str, object]]:
        from botocore.exceptions import ClientError

        try:
            found: list[dict[str, object]] = self._client.get_bucket_lifecycle_configuration(Bucket=self.bucket)[
                "Rules"
            ]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchLifecycleConfiguration":
                return []
            raise
        return found

    def close(self) -> None:
        """Give connections back; the store may be used again."""
        self._access.close()

    @property
    def _client(self) -> Any:
        return self._access.client

    def _is_there(self) -> bool:
        from botocore.exceptions import ClientError

        with self._access.errors(""):
            try:
                self._client.head_bucket(Bucket=self.bucket)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in ("404", "NoSuchBucket"):
                    return False
                raise
        return True

    def _make(self) -> None:
        region = self._client.meta.region_name
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != REGION else {}
        try:
            self._client.create_bucket(Bucket=self.bucket, **elsewhere)
        except self._client.exceptions.BucketAlreadyOwnedByYou:
            return  # somebody made it in the same moment

    def _require_versioning(self) -> None:
        with self._access.errors(""):
            status = self._client.get_bucket_versioning(Bucket=self.bucket).get("Status", "never enabled")
        if status != "Enabled":
            raise PermanentError(
                f"bucket {self.bucket}: got versioning {status}, allowed Enabled. "
                "Without versions an overwritten file is lost; enable versioning on the bucket."
            )
