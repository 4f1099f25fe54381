"""The desired state of Vault: documents laid over each other, and the policies beside the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from gridata_contracts.errors import ContractError
from gridata_control.random_values import MAKERS

Entries: TypeAlias = dict[str, dict[str, object]]

_PATH = re.compile(r"[a-z0-9][a-z0-9_./-]*[a-z0-9]")
_REFERENCE = re.compile(r"\$\{([a-z0-9/_-]+):([A-Za-z0-9_.-]+)\}")
_MOUNT_KEYS = {"type", "description", "options", "config"}


@dataclass(frozen=True)
class Desired:
    """Everything Gridata needs of a Vault. It holds no secret.

    Attributes:
        audit: devices by path: `type`, `options`.
        auth: login methods by path: `type`, `config` (times).
        mounts: secret engines by path: `type`, `options`, `config` (times).
        config: fields by path, written in this order.
        database: connections of the database engine, without login.
        generated: secrets by path below `secret/`; a value `{make: word}` is drawn once.
        sync: Secrets of the cluster by `namespace/name`; values may hold `${path:field}`.
        policies: text by name.
    """

    audit: Entries = field(default_factory=dict)
    auth: Entries = field(default_factory=dict)
    mounts: Entries = field(default_factory=dict)
    config: Entries = field(default_factory=dict)
    database: Entries = field(default_factory=dict)
    generated: Entries = field(default_factory=dict)
    sync: Entries = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)


_SECTIONS = ("audit", "auth", "mounts", "config", "database", "generated", "sync")


def load_desired(documents: tuple[Path, ...]) -> Desired:
    """What the documents say together; an entry or field that a later one sets to null is left out.

    Raises:
        ContractError: all problems at once.
    """
    problems: list[str] = []
    merged: dict[str, object] = {}
    for path in documents:
        merged = _laid_over(merged, _read(path, problems))
    where = ", ".join(map(str, documents))
    sections: dict[str, Entries] = {
        name: _entries(merged.get(name), f"{where}: {name}", problems) for name in _SECTIONS
    }
    policies = {path.stem: path.read_text() for path in sorted(documents[0].parent.glob("*.hcl"))}
    desired = Desired(**sections, policies=policies)
    problems += [f"{where}: {problem}" for check in _CHECKS for problem in check(desired)]
    if problems:
        raise ContractError(problems)
    return desired


def references(value: object) -> list[tuple[str, str]]:
    """Each `${path:field}` of a value of `sync`."""
    return [(match[1], match[2]) for match in _REFERENCE.finditer(str(value))]


def filled(value: object, of: Callable[[str, str], str]) -> str:
    """The value with each reference replaced by what `of(path, field)` says."""
    return _REFERENCE.sub(lambda match: of(match[1], match[2]), str(value))


def _read(path: Path, problems: list[str]) -> Mapping[str, object]:
    try:
        content = yaml.safe_load(path.read_text()) or {}
    except OSError as error:
        problems.append(f"{path}: {error.strerror}. Name the documents in GRIDATA_VAULT_DOCUMENTS.")
        return {}
    except yaml.YAMLError as error:
        problems.append(f"{path}: got no YAML: {' '.join(str(error).split())}")
        return {}
    if not isinstance(content, dict):
        problems.append(f"{path}: got {type(content).__name__}, allowed sections {', '.join(_SECTIONS)}.")
        return {}
    unknown = sorted(str(name) for name in content if name not in _SECTIONS)
    if unknown:
        problems.append(f"{path}: got sections {', '.join(unknown)}, allowed {', '.join(_SECTIONS)}.")
    return content


def _laid_over(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Mappings merge, everything else replaces, null removes."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(under, dict):
            merged[name] = _laid_over(under, value)
        else:
            merged[name] = value
    return merged


def _entries(section: object, where: str, problems: list[str]) -> Entries:
    if section is None:
        return {}
    if not isinstance(section, dict) or not all(isinstance(entry, dict) for entry in section.values()):
        problems.append(f"{where}: got something else, allowed a mapping of names to fields.")
        return {}
    bad = sorted(str(name) for name in section if not _PATH.fullmatch(str(name)))
    problems += [f"{where}: got {name!r}, allowed a path of small letters, digits and _./-" for name in bad]
    return {str(name): {str(key): value for key, value in entry.items()} for name, entry in section.items()}


def _audit_problems(desired: Desired) -> list[str]:
    """One device alone stops Vault when it is blocked."""
    number = len(desired.audit)
    return [] if number >= 2 else [f"audit: got {number} devices, allowed 2 or more: Vault stops when none can write."]


def _mount_problems(desired: Desired) -> list[str]:
    return [
        f"{section}.{name}: got {', '.join(sorted(entry))}, allowed `type`, and of {', '.join(sorted(_MOUNT_KEYS))}."
        for section, entries in (("audit", desired.audit), ("auth", desired.auth), ("mounts", desired.mounts))
        for name, entry in entries.items()
        if "type" not in entry or not entry.keys() <= _MOUNT_KEYS
    ]


def _generated_problems(desired: Desired) -> list[str]:
    return [
        f"generated.{name}.{key}: got {value!r}, allowed text or {{make: {' | '.join(MAKERS)}}}."
        for name, entry in desired.generated.items()
        for key, value in entry.items()
        if not isinstance(value, str) and value not in [{"make": maker} for maker in MAKERS]
    ]


def _sync_problems(desired: Desired) -> list[str]:
    known = {(name, key) for name, entry in desired.generated.items() for key in entry}
    problems = [
        f"sync.{name}: allowed <namespace>/<name of a Secret>." for name in desired.sync if name.count("/") != 1
    ]
    problems += [
        f"sync.{name}.{key}: got {path}:{wanted}, which `generated` does not have."
        for name, entry in desired.sync.items()
        for key, value in entry.items()
        for path, wanted in references(value)
        if (path, wanted) not in known
    ]
    return problems


_CHECKS = (_audit_problems, _mount_problems, _generated_problems, _sync_problems)
