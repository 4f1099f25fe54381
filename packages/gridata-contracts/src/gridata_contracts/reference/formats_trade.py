"""Rules about numbers of goods, publications, devices and traders."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.reference.case import Case, Holds
from gridata_contracts.reference.check_digits import DIGITS, of_signs, passes_gtin, passes_luhn, weighted
from gridata_contracts.reference.vat_numbers import is_vat_number

_GTIN_DIGITS = {"gtin8": [8], "gtin12": [12], "gtin13": [13], "gtin14": [14], None: [8, 12, 13, 14]}


def _passes_mod_11(text: str) -> bool:
    """Digits and a last one that may be X, which is 10."""
    if not of_signs(text[:-1], DIGITS) or not of_signs(text[-1:], DIGITS | {"X"}):
        return False
    total = weighted(text[:-1], range(len(text), 1, -1))
    return (11 - total) % 11 == (10 if text[-1] == "X" else int(text[-1]))


def _is_isbn10(text: str) -> bool:
    parts = text.split("-")
    good = len(parts) == 1 or (
        [len(parts), len(parts[-1])] == [4, 1] and all(parts) and len(parts[0]) <= 5 and len(parts[2]) <= 6
    )
    digits = "".join(parts)
    return good and len(digits) == 10 and _passes_mod_11(digits)


def _is_isbn13(text: str) -> bool:
    parts = text.split("-")
    good = len(parts) == 1 or (
        [len(parts), len(parts[0]), len(parts[-1])] == [5, 3, 1]
        and all(parts)
        and len(parts[1]) <= 5
        and len(parts[3]) <= 6
    )
    digits = "".join(parts)
    return good and of_signs(digits, DIGITS, 13) and digits[:3] in ("978", "979") and passes_gtin(digits)


def _is_isbn(case: Case) -> bool:
    forms = {"isbn10": _is_isbn10, "isbn13": _is_isbn13}
    wanted = case.argument("form")
    return any(holds(case.value) for form, holds in forms.items() if wanted in (None, form))


def _is_issn(case: Case) -> bool:
    digits = case.value[:4] + case.value[5:] if case.value[4:5] == "-" else case.value
    return len(digits) == 8 and _passes_mod_11(digits)


def _is_gtin(case: Case) -> bool:
    return of_signs(case.value, DIGITS, *_GTIN_DIGITS[case.argument("form")]) and passes_gtin(case.value)


def _is_doi(case: Case) -> bool:
    prefix, _, suffix = case.value.partition("/")
    ten, *parts = prefix.split(".")
    good = ten == "10" and 1 <= len(parts) <= 4 and all(of_signs(part, DIGITS, *range(1, 10)) for part in parts)
    return good and len(parts[0]) >= 4 and bool(suffix) and all("!" <= sign <= "~" for sign in suffix)


HOLDS: Mapping[str, Holds] = {
    "is_isbn": _is_isbn,
    "is_gtin": _is_gtin,
    "is_issn": _is_issn,
    "is_imei": lambda case: of_signs(case.value, DIGITS, 15) and passes_luhn(case.value),
    "is_doi": _is_doi,
    "is_vat_number": is_vat_number,
}
