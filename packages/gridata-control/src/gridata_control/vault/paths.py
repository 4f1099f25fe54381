"""Configuration that is fields at a path: roles, keys, issuers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial

from gridata_contracts.errors import PermanentError
from gridata_control.vault.change import FOREIGN, MADE, MENDED, SAME, Change, Step
from gridata_control.vault.client import Fields, Vault
from gridata_control.vault.compare import differing
from gridata_control.vault.document import Desired

_READ_ELSEWHERE = re.compile(r"^(transit/keys/[^/]+)/config$")
"""Written here, read one level up."""
_LISTED = re.compile(r"/(role|roles|key|keys)$")


def path_steps(vault: Vault, desired: Desired) -> Iterator[Step]:
    """One step per path, in the order of the documents; then roles and keys beside them that nobody declared."""
    for path, want in desired.config.items():
        found = vault.read(_read_at(path))
        fields = differing(want, found or {})
        write = partial(_write, vault, path, want)
        if found is None:
            yield Step(Change("config", path, MADE), write)
        elif fields:
            yield Step(Change("config", path, MENDED, ", ".join(fields)), write)
        else:
            yield Step(Change("config", path, SAME))
    yield from _undeclared(vault, desired)


def _write(vault: Vault, path: str, want: Mapping[str, object]) -> None:
    """Write, and read again: Vault ignores fields that it does not know, and keeps some that cannot be changed."""
    vault.write(path, want)
    found: Fields = vault.read(_read_at(path)) or {}
    fields = differing(want, found)
    if fields:
        raise PermanentError(
            f"Vault {vault.url}: {path}: wrote {', '.join(fields)}, and it reads otherwise. The field is misspelt, or "
            "cannot be changed once it is there."
        )


def _read_at(path: str) -> str:
    return _READ_ELSEWHERE.sub(r"\1", path)


def _undeclared(vault: Vault, desired: Desired) -> Iterator[Step]:
    parents = sorted({path.rpartition("/")[0] for path in desired.config})
    for parent in parents:
        if not _LISTED.search(parent):
            continue
        for name in vault.names(parent):
            path = f"{parent}/{name}"
            if path not in desired.config and not (parent == "identity/oidc/key" and name == "default"):
                yield Step(Change("config", path, FOREIGN, "not in the documents"))
