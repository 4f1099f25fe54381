"""Visits to the shop: who looks, for how long, and which of them end with one of the orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridata_control.samples.columns import Floats, Ints
from gridata_control.samples.orders import OrderBook
from gridata_control.samples.people import CHANNELS
from gridata_control.samples.plan import EXPORT_UTC, FIRST_CLICK_UTC, epoch_s

EVENT_TYPES = ("page_view", "search", "add_to_cart", "remove_from_cart", "checkout", "purchase")
VIEW, SEARCH, ADD, REMOVE, CHECKOUT, PURCHASE = range(len(EVENT_TYPES))
ANONYMOUS = -1
NO_PRODUCT = -1

_BROWSE_SHARES = (0.76, 0.14, 0.07, 0.03)
_PURCHASE_PART = 0.3
"""Largest part of all events that belongs to visits ending in an order."""


@dataclass(frozen=True)
class Events:
    """Columns of all events, in order of time.

    Attributes:
        session: number of the visit.
        customer: position, or ANONYMOUS.
        visitor: seed of what stays the same during a visit (device, country, referrer), 0 to 1.
        at_ms: instant in milliseconds.
        product: position, or NO_PRODUCT.
    """

    session: Ints
    customer: Ints
    visitor: Floats
    kind: Ints
    at_ms: Ints
    product: Ints

    def __len__(self) -> int:
        return int(self.kind.size)


@dataclass(frozen=True)
class _Visits:
    """Columns of visits before they are spread into events."""

    customer: Ints
    length: Ints
    start_ms: Ints


def build_events(book: OrderBook, count: int, rng: np.random.Generator) -> Events:
    """Exactly `count` events: visits that ended in an order first, looking around for the rest."""
    bought = _purchase_visits(book, int(count * _PURCHASE_PART), rng)
    looked = _browsing_visits(book, count - len(bought), int(bought.session.max(initial=-1)) + 1, rng)
    columns = {name: np.concatenate((getattr(bought, name), getattr(looked, name))) for name in vars(bought)}
    order = np.lexsort((columns["session"], columns["at_ms"]))
    return Events(**{name: column[order] for name, column in columns.items()})


def _purchase_visits(book: OrderBook, limit: int, rng: np.random.Generator) -> Events:
    """Visits of web and app orders: some views, every line put in the cart, checkout, purchase at the order's time."""
    online = np.isin(book.channel, (CHANNELS.index("web"), CHANNELS.index("app")))
    orders = np.flatnonzero(online & (book.at_s[:, 0] >= epoch_s(FIRST_CLICK_UTC) + 7200))
    first = book.baskets.first_line
    n_lines = first[orders + 1] - first[orders]
    views = rng.geometric(0.25, orders.size).clip(max=20)
    length = views + n_lines + 2
    kept = np.cumsum(length) <= limit
    orders, n_lines, views, length = orders[kept], n_lines[kept], views[kept], length[kept]
    visit, step = _spread(length)
    kind = np.full(visit.size, VIEW)
    from_end = length[visit] - 1 - step
    kind[from_end == 0] = PURCHASE
    kind[from_end == 1] = CHECKOUT
    adding = (from_end >= 2) & (from_end < 2 + n_lines[visit])
    kind[adding] = ADD
    product = np.full(visit.size, NO_PRODUCT)
    line = first[orders][visit] + n_lines[visit] + 1 - from_end
    product[adding] = book.baskets.product[line[adding]]
    looking = (kind == VIEW) & (step > 0)
    product[looking] = book.shelf.pick(book.people.taste[book.customer[orders]][visit[looking]], rng)
    pause_ms = 2_000 + (rng.exponential(25_000, visit.size)).astype(np.int64).clip(max=170_000)
    at_ms = book.at_s[orders, 0][visit] * 1000 - _rest_of_visit(pause_ms, length)
    return Events(visit, book.customer[orders][visit], rng.random(orders.size)[visit], kind, at_ms, product)


def _browsing_visits(book: OrderBook, count: int, first_session: int, rng: np.random.Generator) -> Events:
    """Visits without an order, half of them by visitors who are not logged in; the last one is cut to fit."""
    length = rng.geometric(0.18, count).clip(max=60)
    length = length[: int(np.searchsorted(np.cumsum(length), count)) + 1]
    visits = _start(length, book, rng)
    visit, step = (column[:count] for column in _spread(length))
    kind = rng.choice(4, count, p=_BROWSE_SHARES)
    kind[step == 0] = VIEW
    kind[(kind == REMOVE) & (_earlier_adds(kind, visit) == 0)] = VIEW
    abandons = (rng.random(length.size) < 0.3)[visit] & (step == length[visit] - 1) & (_earlier_adds(kind, visit) > 0)
    kind[abandons] = CHECKOUT
    product = np.full(count, NO_PRODUCT)
    needs = np.isin(kind, (ADD, REMOVE)) | ((kind == VIEW) & (step > 0) & (rng.random(count) < 0.7))
    known = visits.customer[visit] >= 0
    taste = np.where(known, book.people.taste[visits.customer[visit]], rng.integers(0, 8, count))
    product[needs] = book.shelf.pick(taste[needs], rng)
    pause_ms = 1_000 + rng.exponential(35_000, count).astype(np.int64).clip(max=1_500_000)
    since_ms = np.cumsum(pause_ms)
    starts = np.flatnonzero(step == 0)
    at_ms = visits.start_ms[visit] + since_ms - since_ms[starts][visit]
    end_ms = epoch_s(EXPORT_UTC) * 1000 - 1
    return Events(
        session=visit + first_session,
        customer=visits.customer[visit],
        visitor=rng.random(length.size)[visit],
        kind=kind,
        at_ms=np.minimum(at_ms, end_ms),
        product=product,
    )


def _start(length: Ints, book: OrderBook, rng: np.random.Generator) -> _Visits:
    n = length.size
    start_s, end_s = epoch_s(FIRST_CLICK_UTC), epoch_s(EXPORT_UTC) - 7200
    interest = (book.people.weight + 0.3 / book.people.weight.size) / 1.3
    customer = rng.choice(interest.size, n, p=interest)
    customer[rng.random(n) < 0.55] = ANONYMOUS
    days = (end_s - start_s) * rng.beta(1.15, 1.0, n)
    return _Visits(customer, length, ((start_s + days) * 1000).astype(np.int64))


def _spread(length: Ints) -> tuple[Ints, Ints]:
    """For visits of the given lengths: the visit of each event, and its step in the visit from 0."""
    visit = np.repeat(np.arange(length.size), length)
    step = np.arange(visit.size) - np.repeat(np.cumsum(length) - length, length)
    return visit, step


def _earlier_adds(kind: Ints, visit: Ints) -> Ints:
    """How often something was put in the cart before each event of the same visit."""
    adds = np.cumsum(kind == ADD)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(visit)) + 1))
    before = np.where(kind[starts] == ADD, adds[starts] - 1, adds[starts])
    earlier: Ints = adds - np.repeat(before, np.diff(np.append(starts, kind.size)))
    return earlier


def _rest_of_visit(pause_ms: Ints, length: Ints) -> Ints:
    """Milliseconds from each event to the last one of its visit."""
    total = np.cumsum(pause_ms)
    return np.repeat(total[np.cumsum(length) - 1], length) - total
