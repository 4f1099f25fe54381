"""Rules about codes of public lists: countries, currencies, languages, postal codes, time zones."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gridata_contracts import codes
from gridata_contracts.reference.case import Case, Holds
from gridata_contracts.reference.check_digits import CAPITALS, DIGITS, of_signs


def _is_country_code(case: Case) -> bool:
    form = {None: 0, "alpha2": 0, "alpha3": 1, "numeric": 2}[case.argument("form")]
    return case.value in {country[form] for country in codes.countries()}


def _is_subdivision_code(case: Case) -> bool:
    country, hyphen, rest = case.value.partition("-")
    known = country in {alpha2 for alpha2, _, _ in codes.countries()}
    return known and bool(hyphen) and of_signs(rest, CAPITALS | DIGITS, 1, 2, 3)


HOLDS: Mapping[str, Holds] = {
    "is_country_code": _is_country_code,
    "is_currency_code": lambda case: case.value in codes.currencies(),
    "is_language_code": lambda case: case.value in codes.languages(),
    "is_subdivision_code": _is_subdivision_code,
    "is_postal_code": lambda case: bool(
        re.fullmatch(codes.postal_code_patterns()[case.argument("country")], case.value)
    ),
    "is_timezone": lambda case: case.value in codes.time_zones(),
}
