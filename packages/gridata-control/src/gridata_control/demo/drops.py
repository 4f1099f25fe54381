"""Drops a sample's files as producers do, one wave at a time."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from gridata_contracts.errors import UsageError
from gridata_control.landing import Store
from gridata_control.samples.manifest import Drop
from gridata_control.settings import Settings


def require_local_store(settings: Settings) -> Path:
    """The landing folder.

    Raises:
        UsageError: the store is no folder; nobody wants generated orders in a shared bucket.
    """
    scheme, _, folder = settings.store_uri.partition("://")
    if scheme != "file":
        raise UsageError(f"GRIDATA_STORE for the demo: got {settings.store_uri}, allowed a local folder. Unset it.")
    return Path(folder)


def drop_wave(drops: Sequence[Drop], sample: Path, store: Store, landing: Path) -> None:
    """Put every file of a wave, in order.

    A file with a name no store takes is copied into the landing folder directly, as a careless producer would.
    """
    for drop in drops:
        source = sample / drop.path
        if drop.past_the_door:
            target = landing / drop.key
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copyfile(source, target)
        else:
            store.put(drop.key, source)
