"""Bounds of one number of a batch, as arguments of the rules that measure it."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.rules.rule import Argument

HOW: Mapping[str, Argument] = {
    "exclusive_min": Argument.BOOLEAN,  # the number has to be more than min
    "exclusive_max": Argument.BOOLEAN,
    "outside": Argument.BOOLEAN,  # the number must not be within the two bounds
}
"""How bounds are meant, where not inclusive."""
NUMBERS: Mapping[str, Argument] = {"min": Argument.SIGNED, "max": Argument.SIGNED, **HOW}
SHARES: Mapping[str, Argument] = {"min": Argument.SHARE, "max": Argument.SHARE, **HOW}
COUNTS: Mapping[str, Argument] = {"min": Argument.INTEGER, "max": Argument.INTEGER, **HOW}
LITERALS: Mapping[str, Argument] = {"min": Argument.VALUE, "max": Argument.VALUE, **HOW}
