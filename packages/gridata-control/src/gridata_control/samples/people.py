"""Customers: who they are, where they live and what they like."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from gridata_control.samples.columns import Floats, Ints
from gridata_control.samples.places import COUNTRIES, Pool, build_pool
from gridata_control.samples.plan import EXPORT_UTC, FIRST_ORDER_UTC, UPDATE_UTC, Plan

FIRST_SIGNUP = date(2019, 3, 1)
CHANNELS = ("web", "app", "store", "phone")
"""Where orders are placed."""
_CHANNEL_SHARES = (0.52, 0.30, 0.13, 0.05)
_CONTACTS = ("email", "email", "sms", "app_push", "phone", "post")
"""How customers want to be reached; the first is the most frequent."""
_MAIL_HOSTS = ("example.com", "example.org", "example.net")


@dataclass(frozen=True)
class Customer:
    """One customer as the shop knows them; dates and instants in UTC."""

    customer_id: str
    email: str
    first_name: str
    last_name: str
    birth_date: date
    gender: str | None
    phone: str | None
    country: int
    """Position in COUNTRIES."""
    street: str
    city: str
    postal_code: str
    signup_date: date
    segment: str
    marketing_opt_in: bool
    preferred_channel: str
    updated_at: datetime


@dataclass(frozen=True)
class People:
    """All customers, with what only the simulation knows about them.

    Attributes:
        weight: how often each customer orders, summing to 1; a heavy tail, and 8 % that never order.
        taste: preferred product category of each customer.
        channel: where each customer usually orders, as positions in CHANNELS.
    """

    customers: tuple[Customer, ...]
    weight: Floats
    taste: Ints
    channel: Ints


def build_people(plan: Plan, n_categories: int) -> People:
    """As many customers as planned."""
    rng = plan.randomness("people")
    pools = [build_pool(country, plan.seed + number) for number, country in enumerate(COUNTRIES)]
    n = plan.sizes.customers
    homes = rng.choice(len(COUNTRIES), n, p=np.array([country.share for country in COUNTRIES]))
    draws = rng.random((n, _Draw.WIDTH))
    customers = tuple(
        _customer(number + 1, int(homes[number]), pools[homes[number]], _Draw(draws[number])) for number in range(n)
    )
    weight = (1 + rng.pareto(1.3, n)).clip(max=60) * (rng.random(n) > 0.08)
    weight[0] += 1  # somebody orders, however few customers there are
    channel = rng.choice(len(CHANNELS), n, p=_CHANNEL_SHARES)
    return People(customers, weight / weight.sum(), rng.integers(0, n_categories, n), channel)


def moved_customers(people: People, plan: Plan) -> tuple[Customer, ...]:
    """Customers who changed between the two exports: another opt-in, another way to be reached, later `updated_at`."""
    rng = plan.randomness("moves")
    chosen = np.flatnonzero(rng.random(len(people.customers)) < 0.03)
    span_s = int((UPDATE_UTC - EXPORT_UTC).total_seconds())
    return tuple(
        _changed(people.customers[position], EXPORT_UTC + timedelta(seconds=int(rng.integers(1, span_s))))
        for position in chosen
    )


def _changed(before: Customer, at: datetime) -> Customer:
    contact = "sms" if before.preferred_channel == "email" else "email"
    return replace(before, marketing_opt_in=not before.marketing_opt_in, preferred_channel=contact, updated_at=at)


class _Draw:
    """Uniform numbers of one customer, taken one after the other."""

    WIDTH = 16

    def __init__(self, numbers: Floats) -> None:
        self._numbers = iter(numbers.tolist())

    def below(self, limit: int) -> int:
        return int(next(self._numbers) * limit)

    def happens(self, probability: float) -> bool:
        return bool(next(self._numbers) < probability)

    def share(self) -> float:
        return float(next(self._numbers))


def _customer(number: int, home: int, pool: Pool, draw: _Draw) -> Customer:
    female = draw.happens(0.52)
    names = pool.first_names_female if female else pool.first_names_male
    first_name, last_name = names[draw.below(len(names))], pool.last_names[draw.below(len(pool.last_names))]
    city, postal_code = pool.cities[draw.below(len(pool.cities))]
    signup = FIRST_SIGNUP + timedelta(days=int((EXPORT_UTC.date() - FIRST_SIGNUP).days * draw.share() ** 0.8))
    age_days = 18 * 366 + int(55 * 365 * draw.share() ** 1.4)
    business = draw.happens(0.12)
    updated = datetime(signup.year, signup.month, signup.day, 12, tzinfo=UTC)
    return Customer(
        customer_id=f"C{number:06d}",
        email=f"{_mail_name(first_name)}.{_mail_name(last_name)}{number}@{_MAIL_HOSTS[draw.below(3)]}",
        first_name=first_name,
        last_name=last_name,
        birth_date=FIRST_SIGNUP - timedelta(days=age_days),
        gender=None if draw.happens(0.1) else ("female" if female else "male"),
        phone=None if draw.happens(0.25) else f"{COUNTRIES[home].dial}{2_000_000_00 + draw.below(700_000_000)}",
        country=home,
        street=pool.streets[draw.below(len(pool.streets))],
        city=city,
        postal_code=postal_code,
        signup_date=signup,
        segment="business" if business else "consumer",
        marketing_opt_in=draw.happens(0.45),
        preferred_channel=_CONTACTS[draw.below(len(_CONTACTS))],
        updated_at=updated + (EXPORT_UTC - max(updated, FIRST_ORDER_UTC)) * draw.share() * 0.5,
    )


def _mail_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in plain if letter.isalnum()) or "customer"
