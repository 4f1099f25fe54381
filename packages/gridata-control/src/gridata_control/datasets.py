"""Dataset names as people type them, and the landing key a producer's file gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import UsageError
from gridata_contracts.model import Contract
from gridata_contracts.naming import landing_prefix

_WITHOUT_VERSION = re.compile(r"[^.]+\.[^.]+")


def find_contract(catalogue: Catalogue, name: str) -> Contract:
    """The contract of `ecommerce.orders.v1`; without a version, the newest one.

    Raises:
        UsageError: there is none, with a did-you-mean.
    """
    versions = [contract for dataset, contract in catalogue.items() if name == str(dataset)]
    if not versions and _WITHOUT_VERSION.fullmatch(name):
        versions = [
            contract for dataset, contract in catalogue.items() if name == f"{dataset.domain}.{dataset.dataset}"
        ]
    if versions:
        return max(versions, key=lambda contract: contract.id.major)
    known = sorted({str(dataset) for dataset in catalogue})
    close = get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}?" if close else "Add a contract first: `gridata dataset new`."
    raise UsageError(f"dataset: got {name!r}, allowed {', '.join(known) or 'none yet'}. {hint}")


def landing_key(contract: Contract, name: str, day: str | None = None) -> str:
    """Key of a file of the dataset, with an optional `YYYY-MM-DD` folder.

    Raises:
        UsageError: the day is no day.
    """
    if day is None:
        return landing_prefix(contract.id) + name
    try:
        parsed = date.fromisoformat(day)
    except ValueError as error:
        raise UsageError(f"date: got {day!r}, allowed YYYY-MM-DD.") from error
    return f"{landing_prefix(contract.id)}{parsed.isoformat()}/{name}"


def landing_keys(contract: Contract, paths: Iterable[Path], day: str | None = None) -> dict[Path, str]:
    """Key of each of several files: its name, and before it as many of its folders as tell files of one name apart.

    Two files never get the same key, and the same files get the same keys in whatever order they are given.

    Raises:
        UsageError: the day is no day.
    """
    by_name: dict[str, list[Path]] = {}
    for path in dict.fromkeys(paths):
        by_name.setdefault(path.name, []).append(path)
    names = {path: name for alike in by_name.values() for path, name in _told_apart(alike).items()}
    return {path: landing_key(contract, names[path], day) for path in names}


def _told_apart(alike: Sequence[Path]) -> dict[Path, str]:
    """Names of files whose own names are equal; two ways to write one path are one file."""
    parts = {path: (path.parent.resolve() / path.name).parts[1:] for path in alike}
    files = set(parts.values())
    length = 1
    while len({each[-length:] for each in files}) < len(files):
        length += 1
    return {path: "/".join(each[-length:]) for path, each in parts.items()}
