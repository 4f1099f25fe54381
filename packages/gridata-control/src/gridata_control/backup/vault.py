"""Vault's own snapshot of all it holds, encrypted by Vault: without the keys that unseal it nobody reads it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.backup.digests import Hashing
from gridata_control.backup.place import Place

if TYPE_CHECKING:
    import hvac
    import requests

_CHUNK_BYTES = 1 << 20
_TIMEOUT_S = 300
_LATER = (412, 429)  # not replicated yet; asked too often, and a standby's health
_OWN_FAULT = 500
_SAID = 300  # characters of an answer that are repeated


def keep_snapshot(address: str, place: Place, name: str) -> str:
    """Vault's state, as of one instant, under this name in the place; returns its sha256.

    Raises:
        UsageError: no token.
        TransientError: Vault does not answer, is sealed or has a fault of its own.
        PermanentError: it refuses, or does not store by Raft.
    """
    with place.writing(name) as target, _errors(address):
        answer = _client(address).sys.take_raft_snapshot()
        _require_good(address, answer)
        written = Hashing(target)
        for chunk in answer.iter_content(_CHUNK_BYTES):
            written.write(chunk)
    return written.sha256


def put_snapshot(address: str, place: Place, name: str, sha256: str | None) -> None:
    """A new, unsealed Vault becomes the one that was kept; afterwards only that one's keys unseal it.

    Args:
        address: of the new one.
        place: where the set lies.
        name: of the snapshot.
        sha256: of its content; None in sets that did not write it down.

    Raises:
        As `keep_snapshot`; PermanentError too when the snapshot was damaged.
    """
    content = place.read(name)
    found = hashlib.sha256(content).hexdigest()
    if sha256 not in (None, found):
        raise PermanentError(
            f"backup {place.uri}/{name}: got content {found}, allowed {sha256}. It was damaged: take an earlier set."
        )
    with _errors(address):
        _require_good(address, _client(address).sys.force_restore_raft_snapshot(content))


def _client(address: str) -> hvac.Client:
    import hvac

    token = os.environ.get("VAULT_TOKEN")
    if not token:
        raise UsageError(
            "VAULT_TOKEN: got nothing, allowed a token whose policy may read (to restore: update) "
            "sys/storage/raft/snapshot."
        )
    # with exceptions of its own it would not say which status it heard
    return hvac.Client(url=address, token=token, timeout=_TIMEOUT_S, ignore_exceptions=True)


def _require_good(address: str, answer: requests.Response) -> None:
    if answer.ok:
        return
    status = answer.status_code
    if status in _LATER or status >= _OWN_FAULT:
        raise TransientError(
            f"Vault {address}: got {status}, allowed 200: sealed, busy or not ready. See docs/runbooks/vault-sealed.md."
        )
    raise PermanentError(
        f"Vault {address}: got {status} for its snapshot: {answer.text[:_SAID]}. Check VAULT_TOKEN and its policy."
    )


@contextmanager
def _errors(address: str) -> Iterator[None]:
    from requests import RequestException

    try:
        yield
    except RequestException as error:
        raise TransientError(f"Vault {address}: {type(error).__name__}. Is it up? Try again.") from error
