"""When an order is placed and what happens to it afterwards, as instants in seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridata_control.samples.columns import Flags, Ints
from gridata_control.samples.people import People
from gridata_control.samples.plan import EXPORT_UTC, FIRST_ORDER_UTC, epoch_s

STATUSES = ("placed", "paid", "packed", "shipped", "delivered", "returned", "cancelled")
PLACED, PAID, PACKED, SHIPPED, DELIVERED, RETURNED, CANCELLED = range(len(STATUSES))
NEVER = 2**62
"""Instant of a step that does not happen."""

_DAY_S = 86_400
_MONTH_WEIGHTS = (0.9, 0.8, 0.9, 0.95, 1.0, 0.95, 0.85, 0.8, 1.0, 1.05, 1.45, 1.6)
_WEEKDAY_WEIGHTS = (1.05, 0.95, 0.95, 1.0, 1.05, 1.1, 1.25)
_HOUR_WEIGHTS = (1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 3, 4, 4.5, 5, 5.5, 5, 4.5, 4.5, 5, 6, 7, 8, 8.5, 7, 4.5, 2.5)
_DELIVERY_DAYS = np.array([3.5, 1.2, 0.4])
"""Mean days on the way, by shipping method."""


@dataclass(frozen=True)
class Placement:
    """Who placed each order and when, in order of time. `customer` are positions."""

    customer: Ints
    placed_s: Ints


def place_orders(count: int, people: People, rng: np.random.Generator) -> Placement:
    """Orders over one year: growth, seasons, week days and evenings; nobody orders before signing up."""
    first_s, days = epoch_s(FIRST_ORDER_UTC), (EXPORT_UTC - FIRST_ORDER_UTC).days
    midnights = np.datetime64(FIRST_ORDER_UTC.replace(tzinfo=None), "D") + np.arange(days)
    months = midnights.astype("datetime64[M]").astype(np.int64) % 12
    weekdays = (midnights.astype(np.int64) + 3) % 7
    weights = np.array(_MONTH_WEIGHTS)[months] * np.array(_WEEKDAY_WEIGHTS)[weekdays] * np.linspace(0.9, 1.15, days)
    hours = np.array(_HOUR_WEIGHTS)
    day = rng.choice(days, count, p=weights / weights.sum())
    second = rng.choice(24, count, p=hours / hours.sum()) * 3600 + rng.integers(0, 3600, count)
    placed_s = np.sort(first_s + day * _DAY_S + second)
    return Placement(_buyers(placed_s, people, rng), placed_s)


def _buyers(placed_s: Ints, people: People, rng: np.random.Generator) -> Ints:
    signup_s = np.array([np.datetime64(person.signup_date, "s").astype(np.int64) for person in people.customers])
    signup_s = signup_s + _DAY_S  # the day after, so that no hour of the sign-up day matters
    buyer = rng.choice(signup_s.size, placed_s.size, p=people.weight)
    for _ in range(4):
        early = signup_s[buyer] > placed_s
        buyer[early] = rng.choice(signup_s.size, int(early.sum()), p=people.weight)
    early = signup_s[buyer] > placed_s
    by_signup = np.argsort(signup_s, kind="stable")
    known = np.searchsorted(signup_s[by_signup], placed_s[early], side="right").clip(min=1)
    buyer[early] = by_signup[(rng.random(known.size) * known).astype(np.int64)]
    return buyer


def live(placed_s: Ints, method: Ints, rng: np.random.Generator) -> Ints:
    """Instant of each status (columns as in STATUSES) of each order; NEVER where it does not come to that.

    Each step is later than the one before. Every order ends delivered, returned or cancelled.
    """
    n = placed_s.size
    at = np.full((n, len(STATUSES)), NEVER, dtype=np.int64)
    at[:, PLACED] = placed_s
    at[:, PAID] = placed_s + 5 + rng.exponential(1800, n).astype(np.int64)
    at[:, PACKED] = at[:, PAID] + 900 + rng.exponential(0.35 * _DAY_S, n).astype(np.int64)
    at[:, SHIPPED] = at[:, PACKED] + 600 + rng.exponential(0.4 * _DAY_S, n).astype(np.int64)
    way_s = rng.gamma(4, _DELIVERY_DAYS[method] / 4 * _DAY_S).astype(np.int64)
    at[:, DELIVERED] = at[:, SHIPPED] + 3600 + way_s
    returned = rng.random(n) < 0.07
    at[returned, RETURNED] = (at[:, DELIVERED] + _DAY_S + rng.gamma(3, 3 * _DAY_S, n).astype(np.int64))[returned]
    fate = rng.random(n)
    _cancel(at, fate < 0.015, PLACED, rng)
    _cancel(at, (fate >= 0.015) & (fate < 0.04), PAID, rng)
    return at


def _cancel(at: Ints, chosen: Flags, after: int, rng: np.random.Generator) -> None:
    at[chosen, after + 1 : CANCELLED] = NEVER
    at[chosen, CANCELLED] = at[chosen, after] + 60 + rng.exponential(7200, int(chosen.sum())).astype(np.int64)
