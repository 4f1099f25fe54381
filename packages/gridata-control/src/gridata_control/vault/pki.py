"""The intermediate certificate: its request goes out, and comes back signed by a root that is kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from gridata_contracts.errors import PermanentError
from gridata_control.vault.client import Vault

COMMON_NAME = "Gridata intermediate"
_KEY_BITS = 384


def signing_request(vault: Vault) -> str:
    """A new request in PEM; its private key is made in Vault and stays there.

    Raises:
        PermanentError: Vault refuses, or has no `pki`.
    """
    wanted = {"common_name": COMMON_NAME, "key_type": "ec", "key_bits": _KEY_BITS, "add_basic_constraints": True}
    return str(vault.write("pki/intermediate/generate/internal", wanted)["csr"]) + "\n"


def take_signed(vault: Vault, certificate: str) -> Sequence[str]:
    """Take what the root signed, with the chain up to the root, in PEM.

    Returns:
        Ids of issuers that are new; none when they were there already.

    Raises:
        PermanentError: it is no certificate, or of no request of this Vault's.
    """
    if "PRIVATE KEY" in certificate:
        raise PermanentError("certificate: got a private key, allowed certificates only. The root's key stays offline.")
    answer = vault.write("pki/intermediate/set-signed", {"certificate": certificate})
    made = answer.get("imported_issuers")
    return [str(each) for each in made] if isinstance(made, list) else []


def has_issuer(vault: Vault) -> bool:
    """Whether certificates can be made."""
    return bool(vault.names("pki/issuers"))
