"""The way back from nothing: objects first, so that nobody misses one that the ledger names; then the databases."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from sqlalchemy.engine import URL

from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.backup.database_objects import tables_with_rows
from gridata_control.backup.databases import databases_of, restore
from gridata_control.backup.digests import digest_of_file
from gridata_control.backup.objects import put_back
from gridata_control.backup.place import Place
from gridata_control.backup.run import Say
from gridata_control.backup.sets import BackupSet, Bucket, Database
from gridata_control.backup.vault import put_snapshot
from gridata_control.landing import S3Store
from gridata_control.landing.s3_access import S3Access
from gridata_control.ledger.schema import HEAD
from gridata_control.settings import Settings


def require_room(settings: Settings, kept: BackupSet, parts: Collection[str], *, replace: bool) -> None:
    """Whether the databases of the set can be put where these settings lead; asked once, before anything is written.

    Args:
        settings: of the environment that is restored.
        kept: the set.
        parts: that are wanted.
        replace: also where it holds rows, which are removed.

    Raises:
        UsageError: a database holds rows and `replace` is not asked; set and settings have other databases.
        PermanentError: the set's ledger is of a later version than this one knows; a database refuses.
        TransientError: a database does not answer.
    """
    urls = databases_of(settings) if "databases" in parts else {}
    if urls and kept.ledger_revision is not None and kept.ledger_revision > HEAD:  # four digits each
        raise PermanentError(
            f"backup {kept.id}: got a ledger of revision {kept.ledger_revision}, allowed {HEAD} at most. "
            f"Restore it with Gridata {kept.gridata} or later."
        )
    if urls and (strange := {one.name for one in kept.databases} - urls.keys()):
        raise UsageError(
            f"backup {kept.id}: holds {', '.join(sorted(strange))} too, allowed {', '.join(urls)}. "
            "Set what is missing, such as GRIDATA_BACKUP_DATABASES."
        )
    for name, url in urls.items():
        if name not in {database.name for database in kept.databases}:
            raise UsageError(
                f"backup {kept.id}: has no database {name}, allowed {[one.name for one in kept.databases]}."
            )
        if not replace and (held := tables_with_rows(name, url)):
            raise UsageError(
                f"database {name}: got rows in {', '.join(held[:5])}, allowed an empty database. --replace puts the "
                "backup in their place."
            )


def bring_back(
    settings: Settings,
    place: Place,
    kept: BackupSet,
    parts: Collection[str],
    *,
    say: Say = lambda _: None,
) -> None:
    """Make buckets and databases what the set holds; `require_room` was asked before. Safe to repeat.

    Objects are only added, never removed. The sweep must not run meanwhile.

    Args:
        settings: of the environment that is restored.
        place: where the set lies.
        kept: the set.
        parts: some of databases, objects, vault.
        say: hears of each part.

    Raises:
        UsageError: the set has no snapshot of Vault that is asked for.
        PermanentError: a content of the set is damaged, or the store gives ids of its own.
        TransientError: a server does not answer.
    """
    urls = databases_of(settings) if "databases" in parts else {}
    if "objects" in parts:
        for bucket in kept.buckets:
            number = _put_back(settings, place, bucket)
            say(f"bucket {bucket.name}: {number:,} of {bucket.objects:,} versions put back")
    for database in kept.databases:
        if database.name in urls:
            _restore(place, database, urls[database.name])
            say(f"database {database.name}: restored")
    if "vault" in parts:
        _vault(settings, place, kept, say)


def _put_back(settings: Settings, place: Place, bucket: Bucket) -> int:
    store, access = S3Store(bucket.name, settings.s3_endpoint), S3Access(bucket.name, settings.s3_endpoint)
    try:
        store.prepare(versioned=bucket.versioned)
        return put_back(access, place, bucket)
    finally:
        store.close()
        access.close()


def _restore(place: Place, database: Database, url: URL) -> None:
    with tempfile.TemporaryDirectory() as folder:
        dumped = Path(folder) / "dump"
        place.download(database.file, dumped)
        found = digest_of_file(dumped)
        if found != database.sha256:
            raise PermanentError(
                f"backup {place.uri}/{database.file}: got content {found}, allowed {database.sha256}. It was damaged: "
                "take an earlier set."
            )
        restore(database.name, url, dumped)


def _vault(settings: Settings, place: Place, kept: BackupSet, say: Say) -> None:
    if settings.backup_vault is None or kept.vault is None:
        raise UsageError(
            f"Vault of backup {kept.id}: got GRIDATA_BACKUP_VAULT={settings.backup_vault!r} and snapshot "
            f"{kept.vault!r}, allowed an address and a set with a snapshot."
        )
    put_snapshot(settings.backup_vault, place, kept.vault, kept.vault_sha256)
    say("Vault: restored and sealed; the keys of the backed up one unseal it")
