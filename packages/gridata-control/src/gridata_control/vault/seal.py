"""Sealed or not: the first start of an empty Vault, and opening one that is there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.patience import patiently
from gridata_control.vault.client import Vault
from gridata_control.vault.key_place import KeyPlace
from gridata_control.vault.keys import Keys
from gridata_control.vault.pgp import public_key
from gridata_control.vault.settings import VaultSettings

_KEEP_S = 600.0
"""How long a first run goes on trying to keep the keys that it alone has."""


@dataclass(frozen=True)
class SealStatus:
    """What anybody may know of a server.

    Attributes:
        seal: `shamir` for key shares, else what unseals it: `transit`, `awskms`, ….
        automatic: it unseals itself.
    """

    initialized: bool
    sealed: bool
    seal: str
    automatic: bool
    version: str


def seal_status(vault: Vault) -> SealStatus:
    """How it is now.

    Raises:
        TransientError: it does not answer.
    """
    found = vault.read("sys/seal-status") or {}
    return SealStatus(
        initialized=bool(found.get("initialized")),
        sealed=bool(found.get("sealed")),
        seal=str(found.get("type")),
        automatic=bool(found.get("recovery_seal")) or found.get("type") != "shamir",
        version=str(found.get("version")),
    )


def initialise(vault: Vault, status: SealStatus, place: KeyPlace, settings: VaultSettings) -> Keys:
    """The first start: keys are made, and kept before anything else is done.

    Raises:
        UsageError: keys would go somewhere they must not, or are there already; nothing was done.
        TransientError: they could not be kept, and are lost; that Vault holds nothing.
    """
    if not settings.keys_named and "KUBERNETES_SERVICE_HOST" in os.environ:
        raise UsageError(
            "GRIDATA_VAULT_KEYS: got nothing, allowed secret://<namespace>/<name of a Secret> or a file on a volume: "
            "a pod's own files go with it, and Vault would never open again."
        )
    holders = [public_key(path) for path in settings.pgp_key_files]
    _check_holders(status, holders)
    if place.read() is not None:
        raise UsageError(
            f"{place.where}: got keys, and Vault {vault.url} has none yet, so they are another one's. "
            "Move them away, or name another place in GRIDATA_VAULT_KEYS."
        )
    place.try_out()
    keys = _with_recovery_keys(vault, holders) if status.automatic else _with_shares(vault)
    patiently(_KEEP_S, partial(place.write, keys.without_root() if keys.encrypted else keys))
    return keys


def unseal(vault: Vault, status: SealStatus, keys: Keys | None, where: str) -> None:
    """Open it with the keys that are kept; one that is open stays so.

    Raises:
        PermanentError: those are none, or not the right ones.
        TransientError: it unseals itself, and has not.
    """
    if status.automatic:
        raise TransientError(f"Vault {vault.url}: its seal {status.seal} has not opened it. Its log says why.")
    if keys is None or keys.encrypted:
        raise PermanentError(_lost(vault, where))
    for share in keys.shares[: keys.threshold]:
        answer = vault.write("sys/unseal", {"key": share}, secret=True)
        if not answer.get("sealed"):
            return
    raise PermanentError(f"{where}: got keys that do not open Vault {vault.url}. Put its own there.")


def _check_holders(status: SealStatus, holders: list[str]) -> None:
    if status.automatic and not holders:
        raise UsageError(
            f"GRIDATA_VAULT_PGP_KEYS: got nothing, allowed a file per holder of a recovery key, since Vault's seal is "
            f"{status.seal}: recovery keys are not kept in clear."
        )
    if holders and not status.automatic:
        raise UsageError(
            "GRIDATA_VAULT_PGP_KEYS: got files, allowed nothing where key shares unseal: no run could use them. Give "
            "Vault a seal that opens itself, or leave them out on a machine of your own."
        )


def _with_shares(vault: Vault) -> Keys:
    """One share: they would all lie in the same place."""
    made = vault.write("sys/init", {"secret_shares": 1, "secret_threshold": 1})
    return Keys("unseal", 1, False, _texts(made["keys_base64"]), str(made["root_token"]))


def _with_recovery_keys(vault: Vault, holders: list[str]) -> Keys:
    threshold = len(holders) // 2 + 1
    wanted = {"recovery_shares": len(holders), "recovery_threshold": threshold, "recovery_pgp_keys": holders}
    made = vault.write("sys/init", wanted)
    return Keys("recovery", threshold, True, _texts(made["recovery_keys_base64"]), str(made["root_token"]))


def _texts(values: object) -> tuple[str, ...]:
    return tuple(map(str, values)) if isinstance(values, list) else ()


def _lost(vault: Vault, where: str) -> str:
    return (
        f"{where}: got no keys that open, and Vault {vault.url} has been initialised. Put its keys there. If a first "
        "run ended before it could keep them, this Vault holds nothing: stop it, empty its storage, and run this again."
    )
