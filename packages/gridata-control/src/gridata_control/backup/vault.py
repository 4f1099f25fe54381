"""Vault's own snapshot of all it holds, encrypted by Vault: without the keys that unseal it nobody reads it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.backup.place import Place

if TYPE_CHECKING:
    import hvac

_CHUNK_BYTES = 1 << 20
_TIMEOUT_S = 300


def keep_snapshot(address: str, place: Place, name: str) -> None:
    """Vault's state, as of one instant, under this name in the place.

    Raises:
        UsageError: no token.
        TransientError: Vault does not answer, or is sealed.
        PermanentError: it refuses, or does not store by Raft.
    """
    with place.writing(name) as target, _errors(address):
        answer = _client(address).sys.take_raft_snapshot()
        answer.raise_for_status()
        for chunk in answer.iter_content(_CHUNK_BYTES):
            target.write(chunk)


def put_snapshot(address: str, place: Place, name: str) -> None:
    """A new, unsealed Vault becomes the one that was kept; afterwards only that one's keys unseal it.

    Raises:
        As `keep_snapshot`.
    """
    content = place.read(name)
    with _errors(address):
        _client(address).sys.force_restore_raft_snapshot(content).raise_for_status()


def _client(address: str) -> hvac.Client:
    import hvac

    token = os.environ.get("VAULT_TOKEN")
    if not token:
        raise UsageError(
            "VAULT_TOKEN: got nothing, allowed a token whose policy may read (to restore: update) "
            "sys/storage/raft/snapshot."
        )
    return hvac.Client(url=address, token=token, timeout=_TIMEOUT_S)


@contextmanager
def _errors(address: str) -> Iterator[None]:
    from hvac.exceptions import VaultDown, VaultError
    from requests import HTTPError, RequestException

    try:
        yield
    except VaultDown as error:
        raise TransientError(f"Vault {address}: sealed or not ready. See docs/runbooks/vault-sealed.md.") from error
    except (VaultError, HTTPError) as error:
        raise PermanentError(f"Vault {address}: refused its snapshot: {error}. Check the token's policy.") from error
    except RequestException as error:
        raise TransientError(f"Vault {address}: {type(error).__name__}. Is it up? Try again.") from error
