"""Public PGP keys as Vault takes them: base64 of the binary form."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from gridata_contracts.errors import UsageError

_BEGIN = "-----BEGIN PGP PUBLIC KEY BLOCK-----"


def public_key(path: Path) -> str:
    """A public key from what `gpg --export` writes, with or without `--armor`.

    Raises:
        UsageError: it is none.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"GRIDATA_VAULT_PGP_KEYS: {path}: {error.strerror}.") from error
    if content.startswith(_BEGIN.encode()):
        content = _unarmoured(content.decode("ascii", "replace"), path)
    if not content or not content[0] & 0x80 or content.startswith(b"-----"):
        raise UsageError(f"GRIDATA_VAULT_PGP_KEYS: {path}: got something else, allowed a public key (`gpg --export`).")
    return base64.b64encode(content).decode()


def _unarmoured(text: str, path: Path) -> bytes:
    body = text.partition(_BEGIN)[2].partition("\n\n")[2]
    lines = [line for line in body.splitlines() if line and not line.startswith(("=", "-----"))]
    try:
        return base64.b64decode("".join(lines), validate=True)
    except binascii.Error:
        raise UsageError(f"GRIDATA_VAULT_PGP_KEYS: {path}: its armour is broken. Export it again.") from None
