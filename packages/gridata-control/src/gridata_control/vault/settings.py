"""Where Vault is, where its keys go, and who a run is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gridata_contracts.errors import UsageError

LOGINS = ("keys", "kubernetes", "jwt")
_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"
_KEYS = "file://~/.config/gridata/vault-keys.json"


@dataclass(frozen=True)
class VaultSettings:
    """What `gridata vault` needs to know.

    Attributes:
        url: address of one server.
        ca_file: certificate of who signed its certificate; None: whom the system trusts.
        keys_uri: `file:///path` or `secret://namespace/name`, where keys of a first start go.
        keys_named: whether that was said, and is not the place of a machine of one's own.
        pgp_key_files: a public key per holder of a recovery key.
        documents: the desired state, later ones laid over earlier ones; policies lie beside the first.
        login: who a run is when no token is handed over: `keys` makes a root token of the kept keys, `kubernetes` and
            `jwt` take the role `bootstrap`.
        jwt_file: what the last two present.
        token: handed over by a person; None: a run logs in.
        database_user: login at the database with which Vault makes others; used until Vault has it.
    """

    url: str
    ca_file: Path | None
    keys_uri: str
    keys_named: bool
    pgp_key_files: tuple[Path, ...]
    documents: tuple[Path, ...]
    login: str
    jwt_file: Path
    token: str | None = field(default=None, repr=False)
    database_user: str | None = None
    database_password: str | None = field(default=None, repr=False)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> VaultSettings:
        """Settings from `GRIDATA_VAULT_*` and `VAULT_TOKEN`.

        Raises:
            UsageError: a value cannot be used.
        """
        env = os.environ if environ is None else environ
        ca_file = env.get("GRIDATA_VAULT_CA_FILE")
        return cls(
            url=_url(env.get("GRIDATA_VAULT_URL") or "http://127.0.0.1:8200"),
            ca_file=Path(ca_file) if ca_file else None,
            keys_uri=_keys_uri(env.get("GRIDATA_VAULT_KEYS") or _KEYS),
            keys_named=bool(env.get("GRIDATA_VAULT_KEYS")),
            pgp_key_files=_paths(env.get("GRIDATA_VAULT_PGP_KEYS", "")),
            documents=_paths(env.get("GRIDATA_VAULT_DOCUMENTS", "")) or (_document(),),
            login=_login(env.get("GRIDATA_VAULT_LOGIN") or LOGINS[0]),
            jwt_file=Path(env.get("GRIDATA_VAULT_JWT_FILE") or _SERVICE_ACCOUNT),
            token=env.get("VAULT_TOKEN") or None,
            database_user=env.get("GRIDATA_VAULT_DATABASE_USER") or None,
            database_password=env.get("GRIDATA_VAULT_DATABASE_PASSWORD") or None,
        )


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise UsageError(f"GRIDATA_VAULT_URL: got {text!r}, allowed http://… or https://….")
    return text.rstrip("/")


def _keys_uri(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    parts = rest.split("/")
    fits = (scheme == "file" and rest.startswith(("/", "~/"))) or (
        scheme == "secret" and len(parts) == 2 and all(parts)
    )
    if not separator or not fits:
        raise UsageError(
            f"GRIDATA_VAULT_KEYS: got {text!r}, allowed file:///<path> or secret://<namespace>/<name of a Secret>."
        )
    return text


def _paths(text: str) -> tuple[Path, ...]:
    return tuple(Path(each.strip()).expanduser() for each in text.split(",") if each.strip())


def _login(text: str) -> str:
    if text not in LOGINS:
        raise UsageError(f"GRIDATA_VAULT_LOGIN: got {text!r}, allowed {', '.join(LOGINS)}.")
    return text


def _document() -> Path:
    """`policies/vault/platform.yaml` of the repository around the current folder, else of the one of this package."""
    starts = (Path.cwd(), Path(__file__).resolve())
    found = (folder / "policies" / "vault" / "platform.yaml" for start in starts for folder in (start, *start.parents))
    return next((path for path in found if path.is_file()), Path.cwd() / "policies/vault/platform.yaml")
