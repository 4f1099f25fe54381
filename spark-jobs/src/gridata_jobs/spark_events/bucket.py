"""The event logs in the store: objects below one prefix, by their name below it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from gridata_contracts.errors import TransientError

_REGION = "us-east-1"


class EventBucket:
    """Where event logs lie. Credentials come from the AWS default chain, as all of a job's do.

    It gives up sooner than other clients: no job waits long for its log.

    Args:
        uri: `s3://bucket/prefix`.
        endpoint: address of an S3 other than AWS.
    """

    def __init__(self, uri: str, endpoint: str | None) -> None:
        self.uri = uri
        self._bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix}/"
        self._endpoint = endpoint

    def put(self, name: str, content: Path) -> None:
        """Make the object what the file holds just now. Raises TransientError."""
        with self._errors(name):
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content.read_bytes())

    def delete(self, name: str) -> None:
        """Remove the object; nothing where it is gone. Raises TransientError."""
        with self._errors(name):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def tags(self) -> Mapping[str, str]:
        """By name, a tag that changes with the object's content. Raises TransientError."""
        with self._errors(""):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            found = [entry for page in pages for entry in page.get("Contents", ())]
        names = {str(entry["Key"]).removeprefix(self._prefix): str(entry["ETag"]) for entry in found}
        return {name: tag for name, tag in names.items() if name and not name.endswith("/")}

    def fetch(self, name: str, target: Path) -> None:
        """Write the object's content to a file. Raises TransientError."""
        with self._errors(name):
            self._client.download_file(self._bucket, self._prefix + name, str(target))

    @cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        config = Config(
            retries={"mode": "standard", "max_attempts": 2},
            connect_timeout=3,
            read_timeout=20,
            s3={"addressing_style": "path" if self._endpoint else "auto"},
        )
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _REGION
        return boto3.session.Session().client("s3", endpoint_url=self._endpoint, config=config, region_name=region)

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError, HTTPError) as error:
            said = error.response.get("Error", {}).get("Code", "?") if isinstance(error, ClientError) else None
            raise TransientError(f"{self.uri}/{name}: got {said or type(error).__name__}. Try again.") from error
