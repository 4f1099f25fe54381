"""VAT numbers as SQL: each country's form, and its check digits where they are a sum or a remainder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gridata_contracts.codes import vat_number_patterns
from gridata_contracts.sql.check_digits import NUMBER, digit, divides, number, passes_mod_10, passes_mod_11_10, weighted
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.guarded import guarded
from gridata_contracts.sql.patterns import fixed
from gridata_contracts.sql.subject import Subject

Check = Callable[[Dialect, str], str]
"""SQL of a condition on the digits behind the prefix."""


def _sum(modulus: int, *weights: int) -> Check:
    """The weighted sum of all digits, the check digit included, can be divided."""
    if modulus == 10:
        return lambda d, digits: passes_mod_10(d, digits, weights)
    return lambda d, digits: weighted(d, digits, weights, divides(modulus))


def _last_digit(check: str, *weights: int) -> Check:
    """The last digit is `check` of the weighted sum of the others."""
    return lambda d, digits: weighted(
        d, digits, [*weights, 0], lambda sum_: f"{check.format(sum_)} = {digit(d, NUMBER, 0)}"
    )


def _last_two(check: str) -> Check:
    """The last two digits are `check` of the number before them."""
    return lambda d, digits: d.once(number(digits), NUMBER, f"{check.format(d.quotient(NUMBER, 100))} = {NUMBER} % 100")


def _luhn(count: int) -> Check:
    return lambda d, digits: d.passes_luhn(f"substr({digits}, 1, {count})")


def _mod_11_10(count: int) -> Check:
    return lambda d, digits: passes_mod_11_10(d, digits, count)


def _france(d: Dialect, digits: str) -> str:
    """Keys with letters are calculated another way and not looked at."""
    key, company = d.quotient(NUMBER, 10**9), f"{NUMBER} % {10**9}"
    of_digits = d.once(number(digits), NUMBER, f"{key} = (12 + 3 * ({company} % 97)) % 97")
    return f"CASE WHEN {d.matches(digits, '[0-9]*')} THEN {of_digits} ELSE true END"


_CHECKS: Mapping[str, Check] = {
    "BE": _last_two("97 - {} % 97"),
    "DE": _mod_11_10(9),
    "DK": _sum(11, 2, 7, 6, 5, 4, 3, 2, 1),
    "EE": _sum(10, 3, 7, 1, 3, 7, 1, 3, 7, 1),
    "EL": _last_digit("{} % 11 % 10", 256, 128, 64, 32, 16, 8, 4, 2),
    "FI": _sum(11, 7, 9, 10, 5, 8, 4, 2, 1),
    "FR": _france,
    "HR": _mod_11_10(11),
    "HU": _sum(10, 9, 7, 3, 1, 9, 7, 3, 1),
    "IT": _luhn(11),
    "LU": _last_two("{} % 89"),
    "MT": _sum(37, 3, 4, 6, 7, 8, 9, 10, 1),
    "PL": _sum(11, 6, 5, 7, 2, 3, 4, 5, 6, 7, 10),
    "PT": _last_digit("(11 - {} % 11) % 11 % 10", 9, 8, 7, 6, 5, 4, 3, 2),
    "RO": _last_digit("10 * {} % 11 % 10", 7, 5, 3, 2, 1, 7, 5, 3, 2),
    "SE": _luhn(10),
    "SI": _last_digit("CASE {0} % 11 WHEN 1 THEN 0 ELSE 11 - {0} % 11 END", 8, 7, 6, 5, 4, 3, 2),
    "SK": lambda _, digits: f"{number(digits)} % 11 = 0",
}
CHECKED = tuple(_CHECKS)
"""Countries whose check digits are looked at."""


def passes_vat_number(s: Subject, countries: Sequence[str]) -> str:
    """A number of one of the countries, prefix included."""
    patterns = vat_number_patterns()
    form = fixed("|".join(f"{country}{patterns[country]}" for country in countries))
    digits = f"substr({s.value}, 3)"
    checks = {country: _CHECKS[country](s.dialect, digits) for country in countries if country in _CHECKS}
    branches = "".join(f" WHEN '{country}' THEN {check}" for country, check in checks.items())
    of_country = f"CASE substr({s.value}, 1, 2){branches} ELSE true END" if checks else "true"
    return guarded(s.value, s.dialect.matches(s.value, form), of_country)
