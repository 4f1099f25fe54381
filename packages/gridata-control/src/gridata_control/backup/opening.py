"""Opening the place that the settings name: a folder, or a prefix of a bucket that is not in the backed up store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gridata_contracts.errors import UsageError
from gridata_control.backup.place import Place
from gridata_control.landing.s3_access import REGION, S3Access

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

    from gridata_control.settings import Settings

_VARIABLE = "GRIDATA_BACKUP"
_AWS = "amazonaws.com"


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

        return Place(LocalFileSystem(), os.path.normpath(rest), uri)
    given = os.environ.get("GRIDATA_BACKUP_S3_ENDPOINT") or None
    region = os.environ.get("GRIDATA_BACKUP_REGION") or os.environ.get("AWS_REGION") or REGION
    endpoint = given or _aws_endpoint(region)
    bucket = rest.partition("/")[0]
    if _is_own(settings, endpoint, bucket):
        raise UsageError(
            f"{_VARIABLE}: got {uri} in the store that is backed up, allowed one that is not lost with it. Name "
            "another GRIDATA_BACKUP_S3_ENDPOINT."
        )
    return Place(_s3(endpoint, region, virtual=given is None), rest, uri)


def _is_own(settings: Settings, endpoint: str, bucket: str) -> bool:
    """Whether that is where landing or warehouse are, as far as addresses say; `require_apart` tries it."""
    own = [uri.partition("://")[2].partition("/")[0] for uri in (settings.store_uri, settings.warehouse_uri)]
    if not any(uri.startswith("s3://") for uri in (settings.store_uri, settings.warehouse_uri)):
        return False
    access = S3Access(bucket, settings.s3_endpoint)
    try:
        store = _server(str(access.client.meta.endpoint_url))  # which may come from AWS_ENDPOINT_URL
    finally:
        access.close()
    return store == _server(endpoint) and (store != (_AWS, 443) or bucket in own)


def _server(endpoint: str) -> tuple[str, int]:
    """Host and port; all of AWS is one server, where names of buckets are unique."""
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").rstrip(".")
    is_aws = f".{host}".endswith((f".{_AWS}", f".{_AWS}.cn"))
    return (_AWS, 443) if is_aws else (host, parts.port or (80 if parts.scheme == "http" else 443))


def _aws_endpoint(region: str) -> str:
    """AWS's own address: with none at all a client may follow AWS_ENDPOINT_URL into the store that is backed up."""
    from botocore.loaders import create_loader
    from botocore.regions import EndpointResolver

    found = EndpointResolver(create_loader().load_data("endpoints")).construct_endpoint("s3", region)
    if found is None:
        raise UsageError(f"GRIDATA_BACKUP_REGION: got {region!r}, allowed a region of AWS.")
    return f"https://{found['hostname']}"


def _s3(endpoint: str, region: str, *, virtual: bool) -> FileSystem:
    from pyarrow.fs import S3FileSystem

    scheme, _, address = endpoint.partition("://")
    given: dict[str, Any] = {"endpoint_override": address, "scheme": scheme, "force_virtual_addressing": virtual}
    key, secret = map(os.environ.get, ("GRIDATA_BACKUP_ACCESS_KEY_ID", "GRIDATA_BACKUP_SECRET_ACCESS_KEY"))
    if key and secret:
        given |= {"access_key": key, "secret_key": secret}
    return S3FileSystem(region=region, connect_timeout=5, request_timeout=60, **given)
