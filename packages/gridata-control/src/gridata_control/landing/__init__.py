"""Landing stores: where producers put files, as immutable object versions. A folder and S3, one interface."""

from gridata_control.landing.local import LocalStore
from gridata_control.landing.names import forbidden, known_suffix
from gridata_control.landing.opening import open_store
from gridata_control.landing.s3 import S3Store
from gridata_control.landing.store import MissingObjectError, ObjectVersion, Settled, Store

__all__ = [
    "LocalStore",
    "MissingObjectError",
    "ObjectVersion",
    "S3Store",
    "Settled",
    "Store",
    "forbidden",
    "known_suffix",
    "open_store",
]
