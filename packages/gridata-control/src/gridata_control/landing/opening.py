"""From settings to a store."""

from __future__ import annotations

from pathlib import Path

from gridata_control.landing.local import LocalStore
from gridata_control.landing.s3 import S3Store
from gridata_control.landing.store import Store
from gridata_control.settings import Settings


def open_store(settings: Settings) -> Store:
    """The landing store of these settings; nothing is contacted yet."""
    scheme, _, rest = settings.store_uri.partition("://")
    if scheme == "s3":
        return S3Store(rest, settings.s3_endpoint)
    return LocalStore(Path(rest), settle_s=settings.settle_s)
