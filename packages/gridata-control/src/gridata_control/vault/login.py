"""Who a run is in Vault, and that it is nobody any more afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gridata_contracts.errors import GridataError, PermanentError, UsageError
from gridata_control.vault.client import RefusedError, Vault
from gridata_control.vault.key_place import KeyPlace
from gridata_control.vault.keys import Keys
from gridata_control.vault.root import make_root_token
from gridata_control.vault.settings import VaultSettings

ROLE = "bootstrap"


@contextmanager
def logged_in(
    vault: Vault, settings: VaultSettings, place: KeyPlace, first: Keys | None, *, only_looks: bool = False
) -> Iterator[Vault]:
    """Vault with a token, which ends with the run.

    A root token of a first run, or handed over, outlives a run that failed, so that the next one can go on. After a
    run as root that did not fail there is no root token at all, whoever had one: that of a first run that died is known
    to nobody and would live for ever. Any other token of ours is revoked either way.

    Args:
        vault: without a token.
        settings: who to be.
        place: of the keys, for `GRIDATA_VAULT_LOGIN=keys`.
        first: what `initialise` gave, when this run did it.
        only_looks: nobody else's token ends, since nothing is to be changed.

    Raises:
        PermanentError: nobody lets us in.
    """
    token, lasting = _token(vault, settings, place, first)
    somebody = vault.with_token(token)
    try:
        yield somebody
    except BaseException:
        if not lasting:
            with suppress(GridataError):  # what went wrong before is what is told
                _end(somebody)
        raise
    if only_looks:
        if not lasting:
            _end(somebody)
        return
    is_root = _is_root(somebody)
    try:
        if is_root:
            _end_other_roots(somebody)
    finally:
        if is_root or not lasting:
            _end(somebody)
    kept = place.read() if lasting and settings.token is None else None
    if kept is not None and kept.root_token is not None:
        place.write(kept.without_root())


@contextmanager
def logged_in_as(vault: Vault, settings: VaultSettings, role: str) -> Iterator[Vault]:
    """Vault by a role of Kubernetes or JWT, or by a token that was handed over.

    Raises:
        UsageError: neither is to be had.
        PermanentError: Vault refuses.
    """
    if settings.token is not None:
        yield vault.with_token(settings.token)
        return
    if settings.login == "keys":
        raise UsageError("VAULT_TOKEN: got nothing, allowed a token, or GRIDATA_VAULT_LOGIN=kubernetes or jwt.")
    somebody = vault.with_token(_by_jwt(vault, settings, role))
    try:
        yield somebody
    except BaseException:
        with suppress(GridataError):
            _end(somebody)
        raise
    _end(somebody)


def _token(vault: Vault, settings: VaultSettings, place: KeyPlace, first: Keys | None) -> tuple[str, bool]:
    """A token, and whether a run that fails leaves it."""
    if first is not None and first.root_token is not None:
        return first.root_token, True
    if settings.token is not None:
        return settings.token, True
    keys = place.read()
    if keys is not None and keys.root_token is not None and _is_root(vault.with_token(keys.root_token)):
        return keys.root_token, True  # of a first run that did not end
    if settings.login != "keys":
        return _by_jwt(vault, settings, ROLE), False
    if keys is None:
        raise UsageError(
            f"{place.where}: got nothing, allowed the keys of Vault {vault.url}; or set VAULT_TOKEN, or "
            "GRIDATA_VAULT_LOGIN=kubernetes or jwt."
        )
    return make_root_token(vault, keys, place.where), False


def _by_jwt(vault: Vault, settings: VaultSettings, role: str) -> str:
    try:
        jwt = settings.jwt_file.read_text().strip()
    except OSError as error:
        raise UsageError(f"GRIDATA_VAULT_JWT_FILE: {settings.jwt_file}: {error.strerror}.") from error
    path = f"auth/{settings.login}/login"
    try:
        return str(vault.write(path, {"role": role, "jwt": jwt}, secret=True)["client_token"])
    except PermanentError as error:
        raise type(error)(
            f"{error} Is this the service account of the role {role}? If a first run ended early there is no such role "
            "yet: let the holders of the recovery keys make a root token (`vault operator generate-root`), and run "
            "`gridata vault bootstrap` with it as VAULT_TOKEN."
        ) from None


def _is_root(vault: Vault) -> bool:
    try:
        found = vault.read("auth/token/lookup-self") or {}
    except RefusedError:
        return False
    policies = found.get("policies")
    return isinstance(policies, list) and "root" in policies


def _end_other_roots(vault: Vault) -> None:
    own = (vault.read("auth/token/lookup-self") or {}).get("accessor")
    for accessor in vault.names("auth/token/accessors"):
        if accessor == own:
            continue
        with suppress(PermanentError):  # it has ended by itself meanwhile
            found = vault.write("auth/token/lookup-accessor", {"accessor": accessor})
            if found.get("policies") == ["root"]:
                vault.write("auth/token/revoke-accessor", {"accessor": accessor})


def _end(vault: Vault) -> None:
    vault.write("auth/token/revoke-self", {})
