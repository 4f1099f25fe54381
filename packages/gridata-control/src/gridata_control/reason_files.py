"""The producer's reason files in the store: which say something, and whose versions are the newest.

One path has one reason file, that of its object's newest version. Jobs write it for versions that they read; a version
of zero bytes is never read, so whoever sees it first empties the file of the version before it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

from gridata_contracts.naming import reasons_key
from gridata_control.landing.store import ObjectVersion, Store
from gridata_control.ledger.records import LandedFile


def empty_reason_files(store: Store, files: Iterable[LandedFile]) -> None:
    """Empty the reason file of each object whose newest version is one of these, which have nothing to reject."""
    by_key = {reasons_key(file.key): file for file in files}
    for key in sorted(told(store, by_key)):
        if is_newest(store, by_key[key]):
            store.put(key, io.BytesIO())


def told(store: Store, keys: Iterable[str]) -> set[str]:
    """Those of the keys whose reason file says something now; one listing per folder, most of which hold few."""
    wanted = set(keys)
    newest: dict[str, ObjectVersion] = {}
    for folder in sorted({f"{key.rpartition('/')[0]}/" for key in wanted}):
        for version in store.list_versions(folder):
            newest[version.key] = max(version, newest.get(version.key, version), key=_object_order)
    return {key for key in wanted & newest.keys() if newest[key].size_bytes and not newest[key].is_delete_marker}


def is_newest(store: Store, file: LandedFile) -> bool:
    """No later version of the object has other content; the same content sent again is a duplicate, and never run."""
    versions = [each for each in store.list_versions(file.key) if each.key == file.key and not each.is_delete_marker]
    newest = max(versions, key=_object_order, default=None)
    own = next((each for each in versions if each.version_id == file.version_id), None)
    if newest is None or newest is own:
        return True
    return own is not None and own.etag is not None and own.etag == newest.etag


def _object_order(version: ObjectVersion) -> tuple[object, str]:
    return version.modified_utc, version.version_id
