"""Rules about names and addresses of the internet."""

from __future__ import annotations

import ipaddress
import string
from collections.abc import Callable, Mapping

from gridata_contracts.reference.case import Case, Holds
from gridata_contracts.reference.check_digits import DIGITS, HEXADECIMAL, of_signs

_LETTERS = frozenset(string.ascii_letters)
_ALPHANUMERIC = _LETTERS | DIGITS
_ATOM = _ALPHANUMERIC | set("!#$%&'*+-/=?^_`{|}~")
_IN_PATH = _ALPHANUMERIC | set("!$&'()*+,-./:;=@_~")


def _is_label(text: str) -> bool:
    return of_signs(text, _ALPHANUMERIC | {"-"}, *range(1, 64)) and text[0] != "-" and text[-1] != "-"


def _is_hostname(text: str) -> bool:
    *others, last = text.split(".")
    return len(text) <= 253 and all(map(_is_label, [*others, last])) and last[0] in _LETTERS


def _is_email(text: str) -> bool:
    local, at, domain = text.partition("@")
    good_local = len(local) <= 64 and all(of_signs(atom, _ATOM) for atom in local.split("."))
    last = domain.rpartition(".")
    return bool(at) and len(text) <= 254 and good_local and _is_hostname(domain) and bool(last[1]) and len(last[2]) > 1


def _is_ipv4(text: str) -> bool:
    octets = text.split(".")
    return len(octets) == 4 and all(octet in {str(i) for i in range(256)} for octet in octets)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _is_url(text: str, schemes: list[str]) -> bool:
    scheme, separator, rest = text.partition("://")
    rest, _, fragment = rest.partition("#")
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    host, colon, port = authority, "", "0"
    if not authority.endswith("]"):
        before, colon, port = authority.rpartition(":")
        host, port = (before, port) if colon else (authority, "0")
    good_host = _is_ipv6(host[1:-1]) if host[:1] + host[-1:] == "[]" else _is_hostname(host) or _is_ipv4(host)
    good_port = of_signs(port, DIGITS, *range(1, 6)) and int(port) < 2**16
    good_scheme = bool(separator) and scheme.isascii() and scheme.lower() in schemes
    parts = _is_escaped(path, _IN_PATH) and all(_is_escaped(part, _IN_PATH | {"?"}) for part in (query, fragment))
    return len(text) <= 2048 and good_scheme and good_host and good_port and parts


def _is_escaped(text: str, signs: frozenset[str]) -> bool:
    first, *escaped = text.split("%")
    return set(first) <= signs and all(
        of_signs(part[:2], HEXADECIMAL, 2) and set(part[2:]) <= signs for part in escaped
    )


def _is_uuid(case: Case) -> bool:
    parts = case.value.split("-")
    version = case.argument("version")
    good = [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(of_signs(part, HEXADECIMAL) for part in parts)
    return good and (version is None or (parts[2][0] == str(version) and parts[3][0] in "89abAB"))


def _is_ipv4_in(case: Case) -> bool:
    if not _is_ipv4(case.value):
        return False
    return any(ipaddress.IPv4Address(case.value) in ipaddress.IPv4Network(each) for each in case.argument("networks"))


def _is_mac_address(text: str) -> bool:
    return any(
        len(text) == 17
        and len(pairs := text.split(sign)) == 6
        and all(of_signs(pair, HEXADECIMAL, 2) for pair in pairs)
        for sign in ":-"
    )


def _of_text(holds: Callable[[str], bool]) -> Holds:
    return lambda case: holds(case.value)


HOLDS: Mapping[str, Holds] = {
    "is_email": _of_text(_is_email),
    "is_url": lambda case: _is_url(case.value, case.argument("schemes") or ["http", "https"]),
    "is_hostname": _of_text(_is_hostname),
    "is_uuid": _is_uuid,
    "is_ipv4": _of_text(_is_ipv4),
    "is_ipv6": _of_text(_is_ipv6),
    "is_ip_address": _of_text(lambda text: _is_ipv4(text) or _is_ipv6(text)),
    "is_ipv4_in": _is_ipv4_in,
    "is_mac_address": _of_text(_is_mac_address),
}
