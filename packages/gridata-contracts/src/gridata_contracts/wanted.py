"""A check as it is asked for, wherever a contract asks: before its arguments are accepted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CHECK_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
CHECK_ID_WORDS = "letters, digits, - and _ (at most 100)"


@dataclass(frozen=True)
class Wanted:
    """A check somebody asked for, before its arguments are accepted.

    Attributes:
        where: path in the document of what asks for it.
        id: given by the contract; None gets `<column path>.<rule>`.
        severity: as written; None is error.
        terms: how it is judged beside that, as written (verdict_terms.py).
        column: path it stands on; None where that is the place it is written at.
        written: by argument, the key below `where` that says it; arguments that are not in it say themselves.
    """

    rule: str
    arguments: dict[str, Any]
    where: str
    id: str | None = None
    severity: str | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    dimension: str | None = None
    column: str | None = None
    written: Mapping[str, str] = field(default_factory=dict)
