"""One backup: first the databases, then every object version, then Vault, and last the manifest that makes it count.

In this order whatever the databases name is among the objects: maintenance removes a file days after the last snapshot
that needed it went. What lands or is published between the two is in the objects only, and comes in again by itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.engine import URL

from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.backup.apart import require_apart
from gridata_control.backup.databases import databases_of, dump
from gridata_control.backup.digests import digest_of_file
from gridata_control.backup.index import DamagedIndexError, require_sound
from gridata_control.backup.objects import keep_bucket
from gridata_control.backup.place import LostFileError, Place
from gridata_control.backup.sets import (
    BackupSet,
    Bucket,
    Database,
    file_of,
    new_id,
    read_set,
    set_ids,
    write_set,
)
from gridata_control.backup.vault import keep_snapshot
from gridata_control.landing.s3_access import S3Access
from gridata_control.ledger import Ledger
from gridata_control.settings import Settings

Say = Callable[[str], None]


def back_up(settings: Settings, place: Place, say: Say = lambda _: None) -> BackupSet:
    """Make a whole set.

    Raises:
        UsageError: landing or warehouse are folders, a database is not PostgreSQL, or the place is in the same store.
        TransientError: a part does not answer; the set does not count, and what it copied is copied again.
    """
    taken = datetime.now(UTC)
    set_id, urls, names = new_id(taken), databases_of(settings), buckets_of(settings)
    require_apart(settings, place)
    earlier = _newest(place, say)
    ledger = Ledger(settings.ledger_url)
    try:
        databases = [_database(place, set_id, name, url, say) for name, url in urls.items()]
        revision = ledger.revision()
        buckets = [_bucket(settings, place, set_id, name, earlier, say) for name in names]
        vault = _vault(settings, place, set_id, say)
        ended, made_by = datetime.now(UTC), version("gridata-control")
        made = BackupSet(set_id, taken, ended, made_by, revision, databases, buckets, *vault)
        write_set(place, made)
        ledger.record_backup(set_id, settings.backup_parts, taken)
    finally:
        ledger.close()
    return made


def buckets_of(settings: Settings) -> list[str]:
    """Names of the landing bucket and of the warehouse's.

    Raises:
        UsageError: one is a folder.
    """
    names: dict[str, None] = {}
    for name, uri in (("GRIDATA_STORE", settings.store_uri), ("GRIDATA_WAREHOUSE", settings.warehouse_uri)):
        scheme, _, rest = uri.partition("://")
        if scheme != "s3":
            raise UsageError(
                f"backup of {name}: got {uri}, allowed s3://<bucket>. A folder is backed up by copying it while "
                "nothing runs."
            )
        names[rest.partition("/")[0]] = None
    return list(names)


def _database(place: Place, set_id: str, name: str, url: URL, say: Say) -> Database:
    file = file_of(set_id, f"databases/{name}.dump")
    with tempfile.TemporaryDirectory() as folder:
        dumped = Path(folder) / "dump"
        dump(name, url, dumped)
        size = place.upload(file, dumped)
        digest = digest_of_file(dumped)
    say(f"database {name}: {size:,} bytes")
    return Database(name, file, size, digest)


def _newest(place: Place, say: Say) -> BackupSet | None:
    """The newest whole set that can be read: one that cannot be must not keep all later ones from being made."""
    for set_id in reversed(set_ids(place)):
        try:
            return read_set(place, set_id)
        except PermanentError as error:
            say(f"passed over: {error}")
    return None


def _before(place: Place, name: str, earlier: BackupSet | None, say: Say) -> Bucket | None:
    """The bucket in that set, if it is in it and its index is sound."""
    before = next((one for one in earlier.buckets if one.name == name), None) if earlier else None
    if before is None:
        return None
    try:
        with place.reading(before.index) as stream:
            require_sound(stream, before.index)
    except (DamagedIndexError, LostFileError) as error:
        say(f"bucket {name}: all of it is copied again: {error}")
        return None
    return before


def _bucket(settings: Settings, place: Place, set_id: str, name: str, earlier: BackupSet | None, say: Say) -> Bucket:
    before = _before(place, name, earlier, say)
    access = S3Access(name, settings.s3_endpoint)
    try:
        kept = keep_bucket(access, place, set_id, before)
    finally:
        access.close()
    say(f"bucket {name}: {kept.objects:,} versions, {kept.copied:,} of them new ({kept.copied_bytes:,} bytes)")
    return kept


def _vault(settings: Settings, place: Place, set_id: str, say: Say) -> tuple[str | None, str | None]:
    """File and sha256 of the snapshot."""
    if settings.backup_vault is None:
        return None, None
    file = file_of(set_id, "vault.snap")
    digest = keep_snapshot(settings.backup_vault, place, file)
    say("Vault: snapshot taken")
    return file, digest
