"""Patterns of hosts and their addresses, which other forms are built of."""

from __future__ import annotations

from collections.abc import Iterator

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_HEXTET = "[0-9A-Fa-f]{1,4}"
_INSIDE = "(?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])"
_LABEL = f"[0-9A-Za-z]{_INSIDE}?"

MAX_HOSTNAME = 253
MAX_IPV6 = 45
IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
HOSTNAME = rf"(?:{_LABEL}\.)*[A-Za-z]{_INSIDE}?"
"""RFC 1123; the last label begins with a letter, as every top-level domain does, so that no IPv4 address is one."""
DOMAIN = rf"(?:{_LABEL}\.)+[A-Za-z]{_INSIDE}"
PORT = "(?:[0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"


def _ipv6() -> Iterator[str]:
    """The forms of RFC 4291, 2.2: eight groups, `::` for one or more of them, the last two as an IPv4 address."""
    groups = f"(?:{_HEXTET}:)"
    yield f"{groups}{{7}}{_HEXTET}"
    yield f"{groups}{{6}}{IPV4}"
    yield f"{groups}{{1,7}}:"
    yield f":(?::{_HEXTET}){{1,7}}"
    yield "::"
    yield from (f"{groups}{{{n}}}(?::{_HEXTET}){{1,{7 - n}}}" for n in range(1, 7))
    yield f"::{groups}{{0,5}}{IPV4}"
    yield from (f"{groups}{{{n}}}:{groups}{{0,{5 - n}}}{IPV4}" for n in range(1, 6))


IPV6 = f"(?:{'|'.join(_ipv6())})"
