"""Connections of the database engine: once Vault has a login it changes its password, and nobody else knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from gridata_contracts.errors import GridataError
from gridata_control.vault.change import MADE, MENDED, SAME, WAITS, Change, Step
from gridata_control.vault.client import Fields, Vault
from gridata_control.vault.compare import differing
from gridata_control.vault.document import Desired
from gridata_control.vault.settings import VaultSettings


def database_steps(vault: Vault, desired: Desired, settings: VaultSettings) -> Iterator[Step]:
    """One step per connection; a new one waits until its login is handed over."""
    for name, want in desired.database.items():
        found = vault.read(f"database/config/{name}")
        if found is not None:
            yield _kept(vault, name, want, found)
        elif settings.database_user is None or settings.database_password is None:
            detail = "for GRIDATA_VAULT_DATABASE_USER and GRIDATA_VAULT_DATABASE_PASSWORD"
            yield Step(Change("database", name, WAITS, detail))
        else:
            login: Fields = {"username": settings.database_user, "password": settings.database_password}
            yield Step(Change("database", name, MADE), partial(_connect, vault, name, want | login))


def _kept(vault: Vault, name: str, want: Mapping[str, object], found: Fields) -> Step:
    """One that is there: Vault keeps its login when other fields are written."""
    details = found.get("connection_details")
    fields = differing(want, found | (details if isinstance(details, dict) else {}))
    if not fields:
        return Step(Change("database", name, SAME))
    mend = partial(vault.write, f"database/config/{name}", want, secret=True)
    return Step(Change("database", name, MENDED, ", ".join(fields)), mend)


def _connect(vault: Vault, name: str, fields: Fields) -> None:
    path = f"database/config/{name}"
    vault.write(path, fields, secret=True)
    try:
        vault.write(f"database/rotate-root/{name}", {}, secret=True)
    except GridataError:
        vault.delete(path)  # or the next run takes it for done, and the password that was handed over stays
        raise
