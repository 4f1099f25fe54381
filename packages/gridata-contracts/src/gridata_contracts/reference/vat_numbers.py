"""VAT numbers: each country's form, and its check digits where they are a sum or a remainder."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from gridata_contracts.codes import vat_number_patterns
from gridata_contracts.reference.case import Case
from gridata_contracts.reference.check_digits import DIGITS, passes_luhn, passes_mod_11_10, weighted


def is_vat_number(case: Case) -> bool:
    """The form of the prefix's country, or of the one that is asked for."""
    country, rest = case.value[:2], case.value[2:]
    pattern = vat_number_patterns().get(country)
    if pattern is None or case.argument("country") not in (None, country) or re.fullmatch(pattern, rest) is None:
        return False
    return country not in _CHECKS or _CHECKS[country](rest)


def _check_digit(text: str, *weights: int) -> int:
    """11 less the rest of the sum; 11 and 10 are left as they are."""
    return 11 - weighted(text[:-1], weights) % 11


def _france(text: str) -> bool:
    key, siren = text[:2], int(text[2:])
    return not set(key) <= DIGITS or int(f"{siren}12") % 97 == int(key)


def _romania(text: str) -> bool:
    return weighted(text.rjust(10, "0")[:-1], (7, 5, 3, 2, 1, 7, 5, 3, 2)) * 10 % 11 % 10 == int(text[-1])


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "BE": lambda text: (int(text[:-2]) + int(text[-2:])) % 97 == 0 and 0 < int(text[-2:]) <= 97,
    "DE": passes_mod_11_10,
    "DK": lambda text: weighted(text, (2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0,
    "EE": lambda text: weighted(text, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0,
    "EL": lambda text: sum(int(sign) << i for i, sign in enumerate(reversed(text)) if i) % 11 % 10 == int(text[-1]),
    "FI": lambda text: _check_digit(text, 7, 9, 10, 5, 8, 4, 2) % 11 == int(text[-1]),
    "FR": _france,
    "HR": passes_mod_11_10,
    "HU": lambda text: weighted(text, (9, 7, 3, 1, 9, 7, 3, 1)) % 10 == 0,
    "IT": passes_luhn,
    "LU": lambda text: int(text[:-2]) % 89 == int(text[-2:]),
    "MT": lambda text: (weighted(text[:-2], (3, 4, 6, 7, 8, 9)) + int(text[-2:])) % 37 == 0,
    "PL": lambda text: weighted(text[:-1], (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(text[-1]),
    "PT": lambda text: _check_digit(text, 9, 8, 7, 6, 5, 4, 3, 2) % 11 % 10 == int(text[-1]),
    "RO": _romania,
    "SE": lambda text: passes_luhn(text[:10]),
    "SI": lambda text: str(_check_digit(text, 8, 7, 6, 5, 4, 3, 2)).replace("10", "0") == text[-1],
    "SK": lambda text: int(text) % 11 == 0,
}
