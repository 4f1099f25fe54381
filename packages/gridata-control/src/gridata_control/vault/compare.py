"""Whether Vault already is as desired: it may say times in seconds, lists in another order, numbers as text."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PARTS = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def differing(want: Mapping[str, object], have: Mapping[str, object]) -> list[str]:
    """Names of the wanted fields that are not so; what is there beyond them does not count."""
    return [name for name, value in want.items() if not _equal(value, have.get(name))]


def _equal(want: object, have: object) -> bool:
    if isinstance(want, list) or isinstance(have, list):  # order is not kept everywhere, so it does not count
        return sorted(map(str, map(_plain, _listed(want)))) == sorted(map(str, map(_plain, _listed(have))))
    if isinstance(want, dict):
        other = have if isinstance(have, dict) else {}
        return want.keys() == other.keys() and not differing(want, other)
    return _plain(want) == _plain(have)


def _listed(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [part for part in value.split(",") if part] if isinstance(value, str) else [] if value is None else [value]


def _plain(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return value
    text = str(value).strip()
    parts = _PARTS.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return str(sum(int(number) * _SECONDS[unit] for number, unit in parts))
    return text
