"""Dataset names as people type them, and the landing key a producer's file gets."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches

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
