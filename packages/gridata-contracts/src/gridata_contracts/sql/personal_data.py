"""Personal data inside of text as SQL: candidates by pattern, decided by their check digits where they have some."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gridata_contracts.sql.accounts import CARD, iban_pattern, passes_iban
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.patterns import fixed

# Only the end of the local part: looking for its start from each character would take quadratic time in Java.
_EMAIL = r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]@[0-9A-Za-z][0-9A-Za-z.-]*\.[A-Za-z]{2}"
_PHONE = r"\+[1-9][0-9]{6,14}"
_LIKE_IBAN = "[A-Z]{2}[0-9]{2}[0-9A-Z]{11}"
_LIKE_CARD = "[0-9]{12,}|[1-9][0-9]{3}(?:[ -][0-9]{4}){3}|[1-9][0-9]{3}[ -][0-9]{6}[ -][0-9]{5}"


def _has_card(d: Dialect, text: str) -> str:
    digits = "replace(replace(_m, ' ', ''), '-', '')"
    return d.any_item(d.found(text, _LIKE_CARD), "_m", f"{d.matches(digits, CARD)} AND {d.passes_luhn(digits)}")


def _has_iban(d: Dialect, text: str) -> str:
    joined = f"replace({text}, ' ', '')"
    ibans = d.any_item(d.found(joined, fixed(iban_pattern())), "_m", passes_iban(d, "_m"))
    # Java tries every country at every character: only where something looks like an account.
    return f"CASE WHEN {d.finds(joined, _LIKE_IBAN)} THEN {ibans} END"


KINDS: Mapping[str, Callable[[Dialect, str], str]] = {
    "email": lambda d, text: d.finds(text, fixed(_EMAIL)),
    "phone": lambda d, text: d.finds(text, fixed(_PHONE)),
    "card": _has_card,
    "iban": _has_iban,
}
"""SQL that is true for text that holds one, false or null for any other."""
