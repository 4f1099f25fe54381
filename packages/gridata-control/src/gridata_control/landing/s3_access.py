"""How one bucket is reached: the client, made when first used, and S3's errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gridata_contracts.errors import PermanentError, TransientError
from gridata_control.landing.names import printable
from gridata_control.landing.store import MissingObjectError, ObjectVersion

if TYPE_CHECKING:
    from botocore.client import BaseClient

REGION = "us-east-1"
"""MinIO's default, and the one that a new bucket must not name."""

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


class S3Access:
    """One bucket of AWS, MinIO or another S3. Credentials come from the AWS default chain.

    Args:
        bucket: name of the bucket.
        endpoint: address of an S3 other than AWS, used with path-style addresses.
    """

    def __init__(self, bucket: str, endpoint: str | None = None) -> None:
        self.bucket, self.endpoint = bucket, endpoint

    @cached_property
    def client(self) -> Any:
        """boto3's client."""
        import boto3
        from botocore.config import Config

        config = Config(
            retries={"mode": "standard", "max_attempts": 4},
            connect_timeout=5,
            read_timeout=60,
            s3={"addressing_style": "path" if self.endpoint else "auto"},
        )
        session = boto3.session.Session()
        region = session.region_name or REGION
        with self.errors(""):
            client: BaseClient = session.client("s3", endpoint_url=self.endpoint, config=config, region_name=region)
        return client

    def versions(self, prefix: str = "") -> Iterator[ObjectVersion]:
        """Every version and delete marker below the prefix, page by page (1000 at a time), in the order of keys.

        Objects of a bucket without versions have the version id `null`.
        """
        pages = iter(self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix))
        while True:
            with self.errors(prefix):
                page = next(pages, None)
            if page is None:
                return
            found = [_version(entry, is_delete_marker=False) for entry in page.get("Versions", ())]
            found += [_version(entry, is_delete_marker=True) for entry in page.get("DeleteMarkers", ())]
            yield from sorted(found, key=lambda version: version.key.encode())  # S3 lists both kinds apart

    def close(self) -> None:
        """Give connections back; the access may be used again."""
        if client := self.__dict__.pop("client", None):
            client.close()

    @contextmanager
    def errors(self, key: str, version_id: str = "") -> Iterator[None]:
        """What the client raises inside, as errors of Gridata.

        Raises:
            MissingObjectError: this version is gone.
            PermanentError: the store refuses.
            TransientError: it does not answer.
        """
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
        from urllib3.exceptions import HTTPError

        where = f"bucket {self.bucket}: {printable(key)!r}" if key else f"bucket {self.bucket}"
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
                f"{where}: {type(error).__name__}. Is {self.endpoint or 'S3'} up? Try again."
            ) from error


def _version(entry: dict[str, Any], *, is_delete_marker: bool) -> ObjectVersion:
    return ObjectVersion(
        key=entry["Key"],
        version_id=entry["VersionId"],
        size_bytes=entry.get("Size", 0),
        modified_utc=entry["LastModified"].astimezone(UTC),
        etag=None if is_delete_marker else entry["ETag"].strip('"'),
        is_delete_marker=is_delete_marker,
    )
