"""Pools of names and addresses per country: names and streets drawn once from Faker, then picked from by number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from faker import Faker

from gridata_control.samples.cities import CITIES


@dataclass(frozen=True)
class Country:
    """One country the shop sells to.

    Attributes:
        code: ISO 3166-1 alpha-2.
        share: part of all customers.
        tax_permille: sales tax on goods, in thousandths.
        rate_permille: price in the country's currency for 1000 in EUR.
        utc_offset_h: winter time, used by the shop tills that write local time with an offset.
    """

    code: str
    locale: str
    language: str
    share: float
    currency: str
    tax_permille: int
    rate_permille: int
    dial: str
    utc_offset_h: int


COUNTRIES = (
    Country("DE", "de_DE", "de", 0.34, "EUR", 190, 1000, "+49", 1),
    Country("FR", "fr_FR", "fr", 0.16, "EUR", 200, 1000, "+33", 1),
    Country("GB", "en_GB", "en", 0.15, "GBP", 200, 870, "+44", 0),
    Country("US", "en_US", "en", 0.12, "USD", 70, 1080, "+1", -5),
    Country("IT", "it_IT", "it", 0.09, "EUR", 220, 1000, "+39", 1),
    Country("ES", "es_ES", "es", 0.08, "EUR", 210, 1000, "+34", 1),
    Country("NL", "nl_NL", "nl", 0.06, "EUR", 210, 1000, "+31", 1),
)


@dataclass(frozen=True)
class Pool:
    """What people and addresses of one country are put together from."""

    first_names_female: tuple[str, ...]
    first_names_male: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    """City and one of its postal codes."""


def build_pool(country: Country, seed: int) -> Pool:
    """The country's pool; the same seed gives the same pool."""
    fake = Faker(country.locale)
    fake.seed_instance(seed)
    return Pool(
        first_names_female=_draw(fake.first_name_female, 120),
        first_names_male=_draw(fake.first_name_male, 120),
        last_names=_draw(fake.last_name, 300),
        streets=_draw(lambda: f"{fake.street_name()} {fake.random_int(1, 180)}", 250),
        cities=CITIES[country.code],
    )


def _draw(make: Callable[[], str], count: int) -> tuple[str, ...]:
    return tuple(make() for _ in range(count))
