"""Numbers of persons: each country's form and check digits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping

from gridata_contracts.reference.check_digits import passes_gtin, passes_luhn, passes_mod_11_10, weighted


def is_national_id(text: str, country: str) -> bool:
    """A number of the country, with its separators or without any."""
    form, check = _COUNTRIES[country]
    return re.fullmatch(form, text) is not None and check(re.sub(r"[.+-]", "", text) if country != "FI" else text)


def _has_date(yymmdd: str, months: tuple[int, ...] = (0,)) -> bool:
    month, day = int(yymmdd[2:4]), int(yymmdd[4:6])
    return 1 <= day <= 31 and any(1 <= month - more <= 12 for more in months)


def _belgium(text: str) -> bool:
    return any(97 - int(born + text[:9]) % 97 == int(text[9:]) for born in ("", "2"))


def _brazil(text: str) -> bool:
    first = -weighted(text[:9], range(10, 1, -1)) % 11 % 10
    second = -weighted(text[:10], range(11, 1, -1)) % 11 % 10
    return text[9:] == f"{first}{second}" and len(set(text)) > 1


def _chile(text: str) -> bool:
    total = sum(int(sign) * (2 + i % 6) for i, sign in enumerate(reversed(text[:-1])))
    return "0123456789K"[-total % 11] == text[-1]


def _china(text: str) -> bool:
    total = weighted(text[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    good = text[0] != "0" and text[6:8] in ("18", "19", "20") and _has_date(text[8:14])
    return good and "10X98765432"[total % 11] == text[17]


def _germany(text: str) -> bool:
    several = [count for count in Counter(text[:10]).values() if count > 1]
    return text[0] != "0" and passes_mod_11_10(text) and several in ([2], [3])


def _spain(text: str) -> bool:
    body = {"X": "0", "Y": "1", "Z": "2"}.get(text[0], text[0]) + text[1:8]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23] == text[8]


def _finland(text: str) -> bool:
    good = _has_date(text[4:6] + text[2:4] + text[:2]) and int(text[7:10]) >= 2
    return good and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31] == text[10]


def _france(text: str) -> bool:
    department = {"2A": "19", "2B": "18"}.get(text[5:7], text[5:7])
    return 97 - int(text[:5] + department + text[7:13]) % 97 == int(text[13:])


def _britain(text: str) -> bool:
    refused = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    return not set("DFIQUV") & set(text[:2]) and text[1] != "O" and text[:2] not in refused


_ODD = dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True)) | dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)


def _italy(text: str) -> bool:
    even = sum(int(sign) if sign.isdigit() else ord(sign) - ord("A") for sign in text[1:15:2])
    return chr(ord("A") + (sum(_ODD[sign] for sign in text[0:15:2]) + even) % 26) == text[15]


def _netherlands(text: str) -> bool:
    return text != "0" * 9 and (weighted(text[:8], range(9, 1, -1)) - int(text[8])) % 11 == 0


def _poland(text: str) -> bool:
    total = weighted(text[:10], (1, 3, 7, 9, 1, 3, 7, 9, 1, 3))
    return _has_date(text, (0, 20, 40, 60, 80)) and -total % 10 == int(text[10])


def _romania(text: str) -> bool:
    rest = weighted(text[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return text[0] != "0" and _has_date(text[1:7]) and (1 if rest == 10 else rest) == int(text[12])


def _turkey(text: str) -> bool:
    digits = [*map(int, text)]
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return digits[0] != 0 and tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def _united_states(text: str) -> bool:
    area, group, serial = text[:3], text[3:5], text[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


_COUNTRIES: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "BE": (r"[0-9]{11}|[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}", _belgium),
    "BR": (r"[0-9]{11}|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", _brazil),
    "CA": ("[0-9]{9}|[0-9]{3}-[0-9]{3}-[0-9]{3}", lambda text: text[0] not in "08" and passes_luhn(text)),
    "CH": (r"756(?:[0-9]{10}|\.[0-9]{4}\.[0-9]{4}\.[0-9]{2})", passes_gtin),
    "CL": (r"(?:[0-9]{7,8}|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3})-[0-9K]", _chile),
    "CN": ("[0-9]{17}[0-9X]", _china),
    "DE": ("[0-9]{11}", _germany),
    "ES": ("[XYZ0-9][0-9]{7}[A-Z]", _spain),
    "FI": (r"[0-9]{6}[+\-A-FU-Y][0-9]{3}[0-9A-Z]", _finland),
    "FR": ("[123478][0-9]{4}(?:[0-9]{2}|2A|2B)[0-9]{8}", _france),
    "GB": ("[A-Z]{2}[0-9]{6}[ABCD]", _britain),
    "IT": (
        "[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]",
        _italy,
    ),
    "NL": ("[0-9]{9}", _netherlands),
    "PL": ("[0-9]{11}", _poland),
    "RO": ("[0-9]{13}", _romania),
    "SE": (
        "(?:[0-9]{2})?[0-9]{6}[+-]?[0-9]{4}",
        lambda text: _has_date(text[-10:]) and passes_luhn(text[-10:]),
    ),
    "TR": ("[0-9]{11}", _turkey),
    "US": ("[0-9]{9}|[0-9]{3}-[0-9]{2}-[0-9]{4}", _united_states),
    "ZA": (
        "[0-9]{13}",
        lambda text: _has_date(text) and text[10] in "012" and passes_luhn(text),
    ),
}
