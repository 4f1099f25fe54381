"""A root token of the kept keys, as `vault operator generate-root` makes it."""

from __future__ import annotations

import base64

from gridata_contracts.errors import PermanentError
from gridata_control.vault.client import Vault
from gridata_control.vault.keys import Keys

_ATTEMPT = "sys/generate-root/attempt"


def make_root_token(vault: Vault, keys: Keys, where: str) -> str:
    """A fresh root token; whoever asks for it revokes it.

    Raises:
        PermanentError: the keys are encrypted for people, or not this Vault's.
    """
    if keys.encrypted:
        raise PermanentError(
            f"{where}: got keys that only their holders can read, so no run makes a root token of them. Log in by "
            "GRIDATA_VAULT_LOGIN=kubernetes, or let the holders make one (`vault operator generate-root`) and hand it "
            "over as VAULT_TOKEN."
        )
    vault.delete(_ATTEMPT)  # what a killed run left; with all keys in one place nobody else can have begun
    started = vault.write(_ATTEMPT, {})
    answer: dict[str, object] = {}
    for share in keys.shares[: keys.threshold]:
        wanted = {"key": share, "nonce": started["nonce"]}
        answer = vault.write("sys/generate-root/update", wanted, secret=True)
    if not answer.get("complete"):
        raise PermanentError(f"{where}: got keys that make no root token of Vault {vault.url}. Put its own there.")
    return _decoded(str(answer["encoded_token"]), str(started["otp"]))


def _decoded(token: str, otp: str) -> str:
    mixed = base64.b64decode(token + "=" * (-len(token) % 4))
    return bytes(one ^ other for one, other in zip(mixed, otp.encode(), strict=True)).decode()
