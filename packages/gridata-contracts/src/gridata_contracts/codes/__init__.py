"""Code lists of the standards that rules know, as plain data files; the first line of each names its edition."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def countries() -> tuple[tuple[str, ...], ...]:
    """ISO 3166-1: alpha-2, alpha-3 and numeric code of each country."""
    return tuple(tuple(line.split(",")) for line in _lines("countries.csv"))


@cache
def currencies() -> tuple[str, ...]:
    """ISO 4217: active alphabetic codes."""
    return _lines("currencies.txt")


@cache
def languages() -> tuple[str, ...]:
    """ISO 639-1: two-letter codes."""
    return _lines("languages.txt")


@cache
def time_zones() -> tuple[str, ...]:
    """IANA: names of zones and links."""
    return _lines("time_zones.txt")


@cache
def iban_structures() -> Mapping[str, str]:
    """ISO 13616: structure of an account number by country, such as `8!n10!n`."""
    return _pairs("iban.csv")


@cache
def postal_code_patterns() -> Mapping[str, str]:
    """Pattern by country."""
    return _pairs("postal_codes.csv")


@cache
def vat_number_patterns() -> Mapping[str, str]:
    """Pattern of what follows the prefix, by prefix."""
    return _pairs("vat_numbers.csv")


def _pairs(name: str) -> Mapping[str, str]:
    return dict(line.split(",", 1) for line in _lines(name))


def _lines(name: str) -> tuple[str, ...]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))
