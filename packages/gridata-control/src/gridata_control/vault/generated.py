"""Passwords that Vault is the first to know: drawn once, never overwritten, and not read here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from gridata_control.patience import patiently
from gridata_control.random_values import MAKERS
from gridata_control.vault.change import MADE, SAME, WAITS, Change, Step
from gridata_control.vault.client import Fields, Vault
from gridata_control.vault.document import Desired

ENGINE = "secret"
_UPGRADE_S = 20.0
"""An engine that was just mounted refuses for a moment."""


def generated_steps(vault: Vault, desired: Desired) -> Iterator[Step]:
    """One step per secret. Which fields one has can be asked without its values."""
    for name, want in desired.generated.items():
        found = patiently(_UPGRADE_S, partial(vault.read, f"{ENGINE}/subkeys/{name}"))
        if found is None:
            yield Step(Change("secret", name, MADE), partial(_draw, vault, name, want))
            continue
        subkeys = found.get("subkeys")
        missing = sorted(want.keys() - (subkeys.keys() if isinstance(subkeys, dict) else set()))
        if missing:
            detail = f"{', '.join(missing)} missing: add by `vault kv patch`, since what is there is not overwritten"
            yield Step(Change("secret", name, WAITS, detail))
        else:
            yield Step(Change("secret", name, SAME))


def _draw(vault: Vault, name: str, want: Mapping[str, object]) -> None:
    values: Fields = {key: MAKERS[value["make"]]() if isinstance(value, dict) else value for key, value in want.items()}
    vault.write(f"{ENGINE}/data/{name}", {"data": values, "options": {"cas": 0}}, secret=True)
