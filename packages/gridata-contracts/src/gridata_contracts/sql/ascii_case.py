"""Letters A to Z without their case. Engines disagree about the lower case of others (ß, İ)."""

from __future__ import annotations

from gridata_contracts.sql.dialect import Dialect

_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = str.maketrans(_CAPITALS, _CAPITALS.lower())


def lowered(value: str, dialect: Dialect) -> str:
    """SQL of a text with small letters for capitals."""
    return f"translate({value}, {dialect.text(_CAPITALS)}, {dialect.text(_CAPITALS.lower())})"


def lowered_text(text: str) -> str:
    """The same for a literal."""
    return text.translate(_LOWER)
