"""Audit devices, login methods and secret engines: what is mounted where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import partial

from gridata_contracts.errors import PermanentError
from gridata_control.vault.change import FOREIGN, MADE, MENDED, SAME, Change, Step
from gridata_control.vault.client import Fields, Vault
from gridata_control.vault.compare import differing
from gridata_control.vault.document import Desired, Entries

_OWN = {"auth": {"token"}, "mounts": {"cubbyhole", "identity", "sys"}}


def audit_steps(vault: Vault, desired: Desired) -> Iterator[Step]:
    """Devices; one that differs is replaced while another one writes."""
    have = _mounted(vault, "audit")
    for name, want in desired.audit.items():
        found = have.get(name)
        if found is None:
            yield Step(Change("audit", name, MADE), partial(vault.write, f"sys/audit/{name}", want))
            continue
        fields = differing(want, found)
        if fields:
            yield Step(Change("audit", name, MENDED, ", ".join(fields)), partial(_replace_audit, vault, name, want))
        else:
            yield Step(Change("audit", name, SAME))
    yield from _foreign("audit", have, desired.audit)


def auth_steps(vault: Vault, desired: Desired) -> Iterator[Step]:
    """Login methods."""
    return _mount_steps(vault, "auth", "auth", desired.auth)


def engine_steps(vault: Vault, desired: Desired) -> Iterator[Step]:
    """Secret engines."""
    return _mount_steps(vault, "mounts", "mount", desired.mounts)


def _mount_steps(vault: Vault, table: str, kind: str, wanted: Entries) -> Iterator[Step]:
    have = _mounted(vault, table)
    for name, want in wanted.items():
        found = have.get(name)
        if found is None:
            yield Step(Change(kind, name, MADE), partial(vault.write, f"sys/{table}/{name}", want))
            continue
        if found["type"] != want["type"]:
            raise PermanentError(
                f"Vault {vault.url}: {kind} {name}: got type {found['type']}, allowed {want['type']}. What is there "
                "holds somebody's data: move it (`vault secrets move`), or name another path in the document."
            )
        fields = _tunable(want, found)
        if fields:
            tune = partial(vault.write, f"sys/{table}/{name}/tune", fields)
            yield Step(Change(kind, name, MENDED, ", ".join(fields)), tune)
        else:
            yield Step(Change(kind, name, SAME))
    yield from _foreign(kind, have, wanted, _OWN[table])


def _mounted(vault: Vault, table: str) -> dict[str, Fields]:
    found = vault.read(f"sys/{table}") or {}
    return {path.rstrip("/"): entry for path, entry in found.items() if isinstance(entry, dict)}


def _replace_audit(vault: Vault, name: str, want: Mapping[str, object]) -> None:
    vault.delete(f"sys/audit/{name}")
    vault.write(f"sys/audit/{name}", want)


def _tunable(want: Mapping[str, object], found: Fields) -> Fields:
    """Times and description that differ, as `tune` takes them."""
    config, have = want.get("config"), found.get("config")
    times = config if isinstance(config, dict) else {}
    fields: Fields = {name: times[name] for name in differing(times, have if isinstance(have, dict) else {})}
    if "description" in want and want["description"] != found.get("description"):
        fields["description"] = want["description"]
    return fields


def _foreign(kind: str, have: Mapping[str, Fields], wanted: Entries, own: Set[str] = frozenset()) -> Iterator[Step]:
    for name in sorted(have.keys() - wanted.keys() - own):
        yield Step(Change(kind, name, FOREIGN, "not in the documents"))
