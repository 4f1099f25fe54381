"""Numbers of persons as SQL: each country's form and check digits. Dates in them are checked at most by pattern."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gridata_contracts.sql.check_digits import (
    DIGITS,
    LETTERS,
    NUMBER,
    char,
    digit,
    divides,
    number,
    passes_mod_10,
    passes_mod_10_of_thirds,
    passes_mod_11_10,
    position,
    signs_by_value,
    weighted,
)
from gridata_contracts.sql.dialect import Dialect
from gridata_contracts.sql.guarded import guarded
from gridata_contracts.sql.patterns import fixed
from gridata_contracts.sql.subject import Subject

Check = Callable[[Dialect, str], str]
"""SQL of a condition on a number of the right form."""

_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_ITALIAN_DIGIT = "[0-9LMNP-V]"


def _belgium(d: Dialect, digits: str) -> str:
    """People born from 2000 on have a 2 in front when the check digits are calculated."""
    nine = d.quotient(NUMBER, 100)
    ends = (f"97 - {born} % 97 = {NUMBER} % 100" for born in (nine, f"({nine} + 2000000000)"))
    return d.once(number(digits), NUMBER, " OR ".join(ends))


def _brazil(d: Dialect, digits: str) -> str:
    def ends_in(first: int, place: int) -> str:
        weights = [*range(first, 1, -1), *[0] * (place + 1)]
        return weighted(d, digits, weights, lambda sum_: f"10 * {sum_} % 11 % 10 = {digit(d, NUMBER, place)}")

    return f"({ends_in(10, 1)} AND {ends_in(11, 0)} AND {number(digits)} % 11111111111 <> 0)"


def _chile(d: Dialect, text: str) -> str:
    check = position(d, "0123456789K", f"substr({text}, -1, 1)")
    body = f"substr({text}, 1, {d.length(text)} - 1)"
    return weighted(d, body, [3, 2, 7, 6, 5, 4, 3, 2], lambda sum_: f"({sum_} + {check}) % 11 = 0")


def _china(d: Dialect, text: str) -> str:
    check, weights = position(d, "0123456789X", char(text, 18)), [2 ** (18 - i) % 11 for i in range(1, 18)]
    return weighted(d, f"substr({text}, 1, 17)", weights, lambda sum_: f"({sum_} + {check}) % 11 = 1")


def _germany(d: Dialect, digits: str) -> str:
    """Of the first ten digits just one is there twice or three times, and none more often."""
    first = f"substr({digits}, 1, 10)"
    left = [d.length(f"replace({first}, '{i}', '')") for i in range(10)]
    several = " + ".join(f"CASE WHEN {count} <= 8 THEN 1 ELSE 0 END" for count in left)
    many = " OR ".join(f"{count} <= 6" for count in left)
    return f"({passes_mod_11_10(d, digits, 11)} AND {several} = 1 AND NOT ({many}))"


def _spain(d: Dialect, text: str) -> str:
    """X, Y and Z of foreigners count as 0, 1 and 2."""
    body = number(f"translate(substr({text}, 1, 8), 'XYZ', '012')")
    return f"{body} % 23 = {position(d, 'TRWAGMYFPDXBNJZSQVHLCKE', char(text, 9))}"


def _finland(d: Dialect, text: str) -> str:
    body = number(f"(substr({text}, 1, 6) || substr({text}, 8, 3))")
    return f"{body} % 31 = {position(d, '0123456789ABCDEFHJKLMNPRSTUVWXY', char(text, 11))}"


def _france(d: Dialect, text: str) -> str:
    """The departments of Corsica count as 19 and 18."""
    digits = f"replace(replace({text}, '2A', '19'), '2B', '18')"
    return d.once(number(digits), NUMBER, f"97 - {d.quotient(NUMBER, 100)} % 97 = {NUMBER} % 100")


def _britain(d: Dialect, text: str) -> str:
    refused = ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")
    return f"substr({text}, 1, 2) NOT IN ({', '.join(map(d.text, refused))})"


_ITALIAN_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
"""Values of the letters in the first, third, … place; the digits have those of A to J."""


def _italy(d: Dialect, text: str) -> str:
    odd, even = (_italian_signs(values) for values in (_ITALIAN_ODD, range(26)))
    total = " + ".join(position(d, odd if i % 2 else even, char(text, i)) for i in range(1, 16))
    return f"({total}) % 26 = {position(d, LETTERS, char(text, 16))}"


def _italian_signs(values: Sequence[int]) -> str:
    letters, digits = zip(LETTERS, values, strict=True), zip(DIGITS, values[:10], strict=True)
    return signs_by_value({**dict(letters), **dict(digits)}, 26)


def _netherlands(d: Dialect, digits: str) -> str:
    return f"({weighted(d, digits, [9, 8, 7, 6, 5, 4, 3, 2, 10], divides(11))} AND {number(digits)} > 0)"


def _romania(d: Dialect, digits: str) -> str:
    weights = [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9, 0]
    check = "CASE {0} % 11 WHEN 10 THEN 1 ELSE {0} % 11 END"
    return weighted(d, digits, weights, lambda sum_: f"{check.format(sum_)} = {digit(d, NUMBER, 0)}")


def _turkey(d: Dialect, digits: str) -> str:
    tenth = weighted(d, digits, [7, 9, 7, 9, 7, 9, 7, 9, 7, 0, 0], lambda sum_: f"{sum_} % 10 = {digit(d, NUMBER, 1)}")
    last = weighted(d, digits, [*[1] * 10, 0], lambda sum_: f"{sum_} % 10 = {digit(d, NUMBER, 0)}")
    return f"({tenth} AND {last})"


def _luhn(count: int) -> Check:
    """Of the last digits, so many."""
    return lambda d, digits: d.passes_luhn(f"substr({digits}, -{count}, {count})")


@dataclass(frozen=True)
class NationalId:
    """One country's number.

    Attributes:
        form: pattern of the text, separators included.
        passes: SQL of a condition on the text without separators; None when there is none.
        separators: characters to leave out before it.
    """

    form: str
    passes: Check | None = None
    separators: str = ""


NATIONAL_IDS: Mapping[str, NationalId] = {
    "BE": NationalId(r"[0-9]{11}|[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}", _belgium, ".-"),
    "BR": NationalId(r"[0-9]{11}|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", _brazil, ".-"),
    "CA": NationalId("[1-79](?:[0-9]{8}|[0-9]{2}-[0-9]{3}-[0-9]{3})", _luhn(9), "-"),
    "CH": NationalId(r"756(?:[0-9]{10}|\.[0-9]{4}\.[0-9]{4}\.[0-9]{2})", passes_mod_10_of_thirds, "."),
    "CL": NationalId(r"(?:[0-9]{7,8}|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3})-[0-9K]", _chile, ".-"),
    "CN": NationalId(f"[1-9][0-9]{{5}}(?:18|19|20)[0-9]{{2}}{_MONTH}{_DAY}[0-9]{{3}}[0-9X]", _china),
    "DE": NationalId("[1-9][0-9]{10}", _germany),
    "ES": NationalId("(?:[0-9]{8}|[XYZ][0-9]{7})[A-HJ-NP-TV-Z]", _spain),
    "FI": NationalId(f"{_DAY}{_MONTH}[0-9]{{2}}[A-FU-Y+-](?:00[2-9]|0[1-9][0-9]|[1-9][0-9]{{2}})[0-9A-Y]", _finland),
    "FR": NationalId("[1-478][0-9]{4}(?:[0-9]{2}|2A|2B)[0-9]{8}", _france),
    "GB": NationalId("[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]", _britain),
    "IT": NationalId(
        f"[A-Z]{{6}}{_ITALIAN_DIGIT}{{2}}[A-EHLMPR-T]{_ITALIAN_DIGIT}{{2}}[A-Z]{_ITALIAN_DIGIT}{{3}}[A-Z]", _italy
    ),
    "NL": NationalId("[0-9]{9}", _netherlands),
    "PL": NationalId(
        f"[0-9]{{2}}(?:[02468][1-9]|[13579][0-2]){_DAY}[0-9]{{5}}",
        lambda d, digits: passes_mod_10(d, digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]),
    ),
    "RO": NationalId(f"[1-9][0-9]{{2}}{_MONTH}{_DAY}[0-9]{{6}}", _romania),
    "SE": NationalId(f"(?:[0-9]{{2}})?[0-9]{{2}}{_MONTH}{_DAY}[+-]?[0-9]{{4}}", _luhn(10), "+-"),
    "TR": NationalId("[1-9][0-9]{10}", _turkey),
    "US": NationalId(
        "{0}{1}{2}|{0}-{1}-{2}".format(
            "(?:00[1-9]|0[1-9][0-9]|[1-578][0-9]{2}|6[0-57-9][0-9]|66[0-57-9])",
            "(?:0[1-9]|[1-9][0-9])",
            "(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})",
        )
    ),
    "ZA": NationalId(f"[0-9]{{2}}{_MONTH}{_DAY}[0-9]{{4}}[012][0-9]{{2}}", _luhn(13)),
}
"""By ISO 3166-1 country.

BE Rijksregisternummer, BR CPF, CA SIN, CH AHV, CL RUT, CN resident identity number, DE Steuer-IdNr, ES DNI and NIE,
FI henkilötunnus, FR NIR, GB National Insurance number, IT codice fiscale, NL BSN, PL PESEL, RO CNP, SE personnummer,
TR T.C. kimlik number, US SSN, ZA identity number.
"""


def passes_national_id(s: Subject, country: str) -> str:
    """A number of the country."""
    known, text = NATIONAL_IDS[country], s.value
    for sign in known.separators:
        text = f"replace({text}, '{sign}', '')"
    form = s.dialect.matches(s.value, fixed(known.form))
    return form if known.passes is None else guarded(s.value, form, known.passes(s.dialect, text))
