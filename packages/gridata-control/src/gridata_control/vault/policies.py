"""Policies: the text of each file is the text in Vault."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from gridata_control.vault.change import FOREIGN, MADE, MENDED, SAME, Change, Step
from gridata_control.vault.client import Vault
from gridata_control.vault.document import Desired

_OWN = {"default", "root"}


def policy_steps(vault: Vault, desired: Desired) -> Iterator[Step]:
    """One step per policy."""
    for name, text in desired.policies.items():
        found = vault.read(f"sys/policies/acl/{name}")
        write = partial(vault.write, f"sys/policies/acl/{name}", {"policy": text})
        if found is None:
            yield Step(Change("policy", name, MADE), write)
        elif found.get("policy") != text:
            yield Step(Change("policy", name, MENDED, "text"), write)
        else:
            yield Step(Change("policy", name, SAME))
    for name in sorted(set(vault.names("sys/policies/acl")) - desired.policies.keys() - _OWN):
        yield Step(Change("policy", name, FOREIGN, "not in the documents"))
