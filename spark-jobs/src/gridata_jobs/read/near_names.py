"""The undeclared name of a file that probably is a missing column, misspelt: `e_mail` for `email`."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from gridata_contracts.model import Contract


def near_name(missing: str, names: Iterable[str], contract: Contract) -> str | None:
    """The closest of a file's names that no column has; None when none is close."""
    declared = {column.name for column in contract.columns}
    undeclared = {name.lower(): name for name in names if name not in declared}
    close = get_close_matches(missing.lower(), undeclared, n=1, cutoff=0.6)
    return undeclared[close[0]] if close else None


def plain(name: str) -> str:
    """A name without what people write differently: case, underscores, dashes, spaces."""
    return "".join(filter(str.isalnum, name)).lower()
