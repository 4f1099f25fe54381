"""Rules about numbers of persons, and about text that should hold none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from gridata_contracts.codes import iban_structures
from gridata_contracts.reference.case import Case, Holds
from gridata_contracts.reference.check_digits import DIGITS, of_signs
from gridata_contracts.reference.formats_finance import has_iban_form, is_card_number, is_iban
from gridata_contracts.reference.national_ids import is_national_id


def _is_phone_number(case: Case) -> bool:
    digits = case.value[1:]
    return case.value[:1] == "+" and of_signs(digits, DIGITS, *range(7, 16)) and digits[0] != "0"


def _is_orcid(case: Case) -> bool:
    groups = case.value.split("-")
    digits = "".join(groups)
    if [len(group) for group in groups] != [4] * 4 or not of_signs(digits[:15], DIGITS):
        return False
    total = 0
    for sign in digits[:15]:
        total = (total + int(sign)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == digits[15]


def _has_card(text: str) -> bool:
    grouped = "[1-9][0-9]{3}(?:[ -][0-9]{4}){3}|[1-9][0-9]{3}[ -][0-9]{6}[ -][0-9]{5}"
    return any(is_card_number(re.sub("[ -]", "", each)) for each in re.findall(f"[0-9]{{12,}}|{grouped}", text))


def _has_iban(text: str) -> bool:
    """Read from the left; what has an account's structure is used up, whether its check digits are right or not."""
    text, at = text.replace(" ", ""), 0
    lengths = {country: 4 + _length(structure) for country, structure in iban_structures().items()}
    while at < len(text):
        part = text[at : at + lengths.get(text[at : at + 2], 0)]
        if is_iban(part):
            return True
        at += len(part) if has_iban_form(part) else 1
    return False


def _length(structure: str) -> int:
    return sum(int(count) for count in re.findall("[0-9]+", structure))


_KINDS: Mapping[str, Callable[[str], bool]] = {
    "email": lambda text: bool(
        re.search(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]@[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2}", text)
    ),
    "phone": lambda text: bool(re.search(r"\+[1-9][0-9]{6}", text)),
    "card": _has_card,
    "iban": _has_iban,
}

HOLDS: Mapping[str, Holds] = {
    "is_phone_number": _is_phone_number,
    "is_orcid": _is_orcid,
    "is_national_id": lambda case: is_national_id(case.value, case.argument("country")),
    "has_no_pii": lambda case: not any(_KINDS[kind](case.value) for kind in case.argument("kinds") or _KINDS),
}
