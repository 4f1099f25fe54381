"""How one bucket is reached: the client, made when first used, and S3's errors in our words."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, cast

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
        "InvalidArgument",
        "InvalidBucketName",
        "KeyTooLongError",
        "NotImplemented",
    }
)
_CREDENTIALS = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"})
_BLOCK_BYTES = 1 << 20


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
        with self.errors(""):
            session = boto3.session.Session()
            region = session.region_name or REGION
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

    def body(self, key: str, answer: Any) -> BinaryIO:
        """The content that `get_object` answered, with our errors: one cut off is a TransientError, never short."""
        return cast("BinaryIO", io.BufferedReader(_Body(self, key, answer["Body"]), _BLOCK_BYTES))

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
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            ParamValidationError,
            PartialCredentialsError,
            ProfileNotFound,
        )
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
            if code in _CREDENTIALS:
                raise PermanentError(
                    f"{where}: got {code}, allowed credentials that the store knows. Check AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY, or what else of the AWS default chain is set."
                ) from error
            if code in _PERMANENT:
                raise PermanentError(
                    f"{where}: got {code}. Check the bucket's name and the credentials' policy."
                ) from error
            raise TransientError(f"{where}: got {code}. Try again.") from error
        except (NoCredentialsError, PartialCredentialsError, ProfileNotFound) as error:
            raise PermanentError(
                f"{where}: got no credentials ({type(error).__name__}), allowed the AWS default chain. Set "
                "AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            ) from error
        except ParamValidationError as error:
            raise PermanentError(f"{where}: got a name that S3 does not allow. Check the bucket's name.") from error
        except (BotoCoreError, HTTPError) as error:
            raise TransientError(
                f"{where}: {type(error).__name__}. Is {self.endpoint or 'S3'} up? Try again."
            ) from error


class _Body(io.RawIOBase):
    def __init__(self, access: S3Access, key: str, body: Any) -> None:
        self._access, self._key, self._body = access, key, body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._access.errors(self._key):
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
