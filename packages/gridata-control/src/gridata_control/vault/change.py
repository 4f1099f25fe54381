"""One thing of the desired state, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SAME, MADE, MENDED, WAITS, REFUSED, FOREIGN = "same", "made", "mended", "waits", "refused", "foreign"


@dataclass(frozen=True)
class Change:
    """What was found, and done.

    Attributes:
        kind: `audit`, `auth`, `mount`, `policy`, `config`, `database` or `secret`.
        outcome: `same` as desired; `made`; `mended`, since it differed; `waits` for something; `refused` by this
            token's policies; `foreign`: not in the documents, and left alone.
        detail: which fields, or what for. No values.
    """

    kind: str
    name: str
    outcome: str
    detail: str = ""


@dataclass(frozen=True)
class Step:
    """A change that is due, and how it is done; None: there is nothing to do."""

    change: Change
    do: Callable[[], object] | None = None
