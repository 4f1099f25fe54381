"""Bank accounts and cards as SQL, for columns of them and for text that may hold one."""

from __future__ import annotations

import re

from gridata_contracts.codes import iban_structures
from gridata_contracts.sql.check_digits import LETTERS, char, in_digits, passes_mod_97, position
from gridata_contracts.sql.dialect import Dialect

_CHECK_DIGITS = "(?:0[2-9]|[1-8][0-9]|9[0-8])"
"""What ISO 7064 MOD 97-10 can give; 00, 01 and 99 would pass its test in the place of 97, 98 and 02."""
CARD = "[1-9][0-9]{11,18}"

_SIGNS = {"n": "[0-9]", "a": "[A-Z]", "c": "[0-9A-Z]"}
_PART = re.compile(r"([0-9]+)!([nac])")


def iban_pattern() -> str:
    """Each country's own length and structure."""
    countries = "|".join(f"{country}{_CHECK_DIGITS}{_bban(text)}" for country, text in iban_structures().items())
    return f"(?:{countries})"


def _bban(structure: str) -> str:
    return "".join(f"{_SIGNS[sign]}{{{count}}}" for count, sign in _PART.findall(structure))


def passes_iban(d: Dialect, iban: str) -> str:
    """The check digits of text that matches `iban_pattern`.

    Letters cost as much as the rest together, and most accounts have none, or four at the start.
    """
    country = [f"({position(d, LETTERS, char(iban, i))} + 10)" for i in (1, 2)]
    end = f"{' || '.join(country)} || substr({iban}, 3, 2)"
    of_digits = passes_mod_97([f"substr({iban}, 5, 15)", f"substr({iban}, 20, 15)", end])
    after_bank = passes_mod_97([*in_digits(d, iban, 5, 8), f"substr({iban}, 9, 15)", f"substr({iban}, 24, 15)", end])
    general = passes_mod_97([*in_digits(d, iban, 5, 34), end])
    return (
        f"CASE WHEN {d.matches(iban, '[A-Z]{2}[0-9]*')} THEN {of_digits} "
        f"WHEN {d.matches(iban, '[A-Z]{2}[0-9]{2}[A-Z]{4}[0-9]*')} THEN {after_bank} ELSE {general} END"
    )
