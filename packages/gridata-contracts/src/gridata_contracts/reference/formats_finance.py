"""Rules about numbers of accounts, banks, securities and companies."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gridata_contracts import codes
from gridata_contracts.reference.case import Holds
from gridata_contracts.reference.check_digits import CAPITALS, DIGITS, in_digits, of_signs, passes_luhn

_EITHER = CAPITALS | DIGITS
_SIGNS = {"n": DIGITS, "a": CAPITALS, "c": _EITHER}


def is_card_number(text: str) -> bool:
    """12 to 19 digits that pass Luhn, the first not 0."""
    return of_signs(text, DIGITS, *range(12, 20)) and text[0] != "0" and passes_luhn(text)


def is_iban(text: str) -> bool:
    """The country's structure, and check digits that are what they are calculated to be."""
    return has_iban_form(text) and int(text[2:4]) == 98 - int(in_digits(text[4:] + text[:2] + "00")) % 97


def has_iban_form(text: str) -> bool:
    """The country's structure, behind check digits that there are."""
    structure, check = codes.iban_structures().get(text[:2]), text[2:4]
    good_check = of_signs(check, DIGITS, 2) and "02" <= check <= "98"
    return structure is not None and good_check and _has_structure(text[4:], structure)


def _has_structure(bban: str, structure: str) -> bool:
    count = ""
    for sign in structure:
        if sign in _SIGNS:
            if not of_signs(bban[: int(count)], _SIGNS[sign], int(count)):
                return False
            bban, count = bban[int(count) :], ""
        elif sign != "!":
            count += sign
    return not bban


def _is_bic(text: str) -> bool:
    countries = {alpha2 for alpha2, _, _ in codes.countries()} | {"XK"}
    return of_signs(text, _EITHER, 8, 11) and text[4:6] in countries


def _is_isin(text: str) -> bool:
    form = of_signs(text, _EITHER, 12) and of_signs(text[:2], CAPITALS) and of_signs(text[-1], DIGITS)
    return form and passes_luhn(in_digits(text))


def _is_lei(text: str) -> bool:
    form = of_signs(text, _EITHER, 20) and of_signs(text[18:], DIGITS)
    return form and int(in_digits(text)) % 97 == 1


def _is_cusip(text: str) -> bool:
    if not of_signs(text, _EITHER | set("*@#"), 9) or text[8] not in DIGITS:
        return False
    values = ["0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#".index(sign) * (1 + i % 2) for i, sign in enumerate(text[:8])]
    return (10 - sum(value // 10 + value % 10 for value in values)) % 10 == int(text[8])


def _is_sedol(text: str) -> bool:
    if not of_signs(text, _EITHER - set("AEIOU"), 7) or text[6] not in DIGITS:
        return False
    if text[0] in DIGITS and not of_signs(text, DIGITS):
        return False
    return sum(int(sign, 36) * weight for sign, weight in zip(text, (1, 3, 1, 7, 3, 9, 1), strict=True)) % 10 == 0


def _of_text(holds: Callable[[str], bool]) -> Holds:
    return lambda case: holds(case.value)


HOLDS: Mapping[str, Holds] = {
    "is_card_number": _of_text(is_card_number),
    "is_iban": _of_text(is_iban),
    "is_bic": _of_text(_is_bic),
    "is_isin": _of_text(_is_isin),
    "is_lei": _of_text(_is_lei),
    "is_cusip": _of_text(_is_cusip),
    "is_sedol": _of_text(_is_sedol),
}
