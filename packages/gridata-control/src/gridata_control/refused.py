"""Files whose name the landing store does not take: told with a reason before anything is landed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gridata_contracts.model import JsonValue
from gridata_contracts.reasons import ReasonCode
from gridata_control.landing import Store
from gridata_control.landing.names import printable
from gridata_control.ledger import FileState


def refused_names(store: Store, keys: Mapping[Path, str]) -> dict[Path, str]:
    """The files that cannot be landed under their key, and why."""
    problems = {path: store.name_problem(key) for path, key in keys.items()}
    return {path: problem for path, problem in problems.items() if problem is not None}


def refused_data(key: str, problem: str) -> JsonValue:
    """Such a file as plain data: like one that a sweep refuses, but nothing of it is in the store or the ledger."""
    return {
        "key": printable(key),
        "state": FileState.REFUSED.value,
        "reason": ReasonCode.FORBIDDEN_NAME.value,
        "detail": problem,
    }
