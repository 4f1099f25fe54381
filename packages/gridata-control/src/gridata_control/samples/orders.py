"""Orders as records, as the shop knew them at an instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gridata_contracts.model import JsonValue
from gridata_control.samples.baskets import COUPONS, SHIPPING_METHODS, Baskets, fill_baskets
from gridata_control.samples.columns import Floats, Ints
from gridata_control.samples.lifecycles import (
    CANCELLED,
    DELIVERED,
    PACKED,
    PAID,
    PLACED,
    RETURNED,
    SHIPPED,
    STATUSES,
    live,
    place_orders,
)
from gridata_control.samples.people import CHANNELS, People
from gridata_control.samples.places import COUNTRIES
from gridata_control.samples.plan import Plan
from gridata_control.samples.products import Shelf

Record = dict[str, JsonValue]

PICKUP = SHIPPING_METHODS.index("pickup")
_METHODS = ("card", "paypal", "transfer")
_CARRIERS = ("DHL", "UPS", "DPD", "GLS")
_NOTES = (
    "Please ring twice.",
    "Leave with the neighbour at no. 4, thanks!",
    "Gift: \u201cAlles Gute zum Geburtstag\u201d \U0001f382",
    "Call before delivery\nafter 5 pm",
    'Deliver to the "back door"',
)


@dataclass(frozen=True)
class Style:
    """How one exporting system writes money and time: both are accepted, and both mean the same.

    Attributes:
        money: cents to JSON.
        local_time: with the country's offset instead of Z.
    """

    money: Callable[[int], JsonValue]
    local_time: bool = False


def _as_number(cents: int) -> JsonValue:
    return cents / 100  # the shortest text of this double has at most two decimals


def _as_text(cents: int) -> JsonValue:
    return f"{cents // 100}.{cents % 100:02d}"


SHOP_SYSTEM = Style(_as_number)
TILL_SYSTEM = Style(_as_text, local_time=True)


@dataclass(frozen=True)
class OrderBook:
    """Every order of the year with its whole life, by position; order n has position n - 1.

    Attributes:
        customer: position of the customer.
        channel: position in CHANNELS.
        at_s: instant of each status (columns as in STATUSES).
        draws: eight uniform numbers per order for everything small: payment method, carrier, notes.
    """

    people: People
    shelf: Shelf
    customer: Ints
    channel: Ints
    at_s: Ints
    baskets: Baskets
    draws: Floats

    def known_at(self, instant_s: int) -> Ints:
        """Position in STATUSES of each order's status at an instant; -1 before it was placed."""
        happened = np.where(self.at_s <= instant_s, self.at_s, -1)
        return np.where(happened[:, PLACED] < 0, -1, happened.argmax(axis=1))

    def records(self, positions: Ints, instant_s: int, style: Style) -> Iterator[Record]:
        """The orders at the given positions, as known at an instant."""
        writer = _Writer(self, instant_s, style)
        return (writer.record(int(position)) for position in positions)


def build_orders(plan: Plan, people: People, shelf: Shelf) -> OrderBook:
    """As many orders as planned, by time; the sums of each are consistent to the cent."""
    rng = plan.randomness("orders")
    n = plan.sizes.orders
    placement = place_orders(n, people, rng)
    baskets = fill_baskets(placement.customer, people, shelf, rng)
    usual = people.channel[placement.customer]
    channel = np.where(rng.random(n) < 0.7, usual, rng.choice(len(CHANNELS), n, p=(0.5, 0.3, 0.15, 0.05)))
    at_s = live(placement.placed_s, baskets.method, rng)
    return OrderBook(people, shelf, placement.customer, channel, at_s, baskets, rng.random((n, 8)))


class _Writer:
    """Puts one order after the other into words."""

    def __init__(self, book: OrderBook, instant_s: int, style: Style) -> None:
        self._book = book
        self._instant_s = instant_s
        self._style = style
        self._basket = book.baskets
        self._money = style.money

    def record(self, position: int) -> Record:
        book, basket, money = self._book, self._basket, self._money
        person = book.people.customers[book.customer[position]]
        country = COUNTRIES[person.country]
        offset_h = country.utc_offset_h if self._style.local_time else 0
        steps = [(int(at), step) for step, at in enumerate(book.at_s[position].tolist()) if at <= self._instant_s]
        happened = {step: self._instant(at, offset_h) for at, step in steps}
        status = steps[-1][1]
        coupon = int(basket.coupon[position])
        draws = book.draws[position].tolist()
        record: Record = {
            "order_id": f"O{position + 1:09d}",
            "customer_id": person.customer_id,
            "order_ts": happened[PLACED],
            "updated_at": happened[status],
            "status": STATUSES[status],
            "currency": country.currency,
            "channel": CHANNELS[book.channel[position]],
            "items": self._items(position, returned=status == RETURNED, keep_first=draws[0] < 0.4),
            "subtotal": money(int(basket.subtotal[position])),
            "discount_total": money(int(basket.discount[position])),
            "tax": money(int(basket.tax[position])),
            "shipping_cost": money(int(basket.shipping[position])),
            "total": money(int(basket.total[position])),
            "payments": self._payments(position, happened, draws),
            "shipping": self._shipping(position, happened, draws[5]),
            "status_history": [{"status": STATUSES[step], "at": happened[step]} for _, step in steps],
            "coupon_code": COUPONS[coupon][0] if coupon >= 0 else None,
            "notes": _NOTES[int(draws[6] * 250)] if draws[6] < len(_NOTES) / 250 else None,
        }
        if draws[7] < 0.004:
            record["gift_wrap"] = {"paper": "red"}  # no contract declares it: it must survive in `_extra`
        return record

    def _items(self, position: int, *, returned: bool, keep_first: bool) -> JsonValue:
        basket, products = self._basket, self._book.shelf.products
        first, last = int(basket.first_line[position]), int(basket.first_line[position + 1])
        kept = 1 if keep_first and last - first > 1 else 0
        return [
            {
                "line_number": line - first + 1,
                "product_id": products[basket.product[line]].product_id,
                "name": products[basket.product[line]].name,
                "quantity": int(basket.quantity[line]),
                "unit_price": self._money(int(basket.price[line])),
                "unit_cost": self._money(int(basket.cost[line])),
                "discount": self._money(int(basket.line_discount[line])),
                "returned": returned and line - first >= kept,
            }
            for line in range(first, last)
        ]

    def _payments(self, position: int, happened: dict[int, str], draws: list[float]) -> JsonValue:
        """Failed attempt, voucher and the rest: captured and refunded payments add up to the order's total."""
        if PAID not in happened:
            return [self._payment(position, 1, "card", "failed", happened[PLACED])] if CANCELLED in happened else []
        undone = RETURNED in happened or CANCELLED in happened
        status = "refunded" if undone else "captured" if PACKED in happened else "authorized"
        total = int(self._basket.total[position])
        method = _METHODS[0 if draws[1] < 0.62 else 1 if draws[1] < 0.88 else 2]
        voucher = min(2_000, total // 2) if draws[2] < 0.05 else 0
        payments: list[JsonValue] = []
        if draws[3] < 0.03:
            payments.append(self._payment(position, 1, method, "failed", happened[PLACED]))
        for part, kind in ((voucher, "voucher"), (total - voucher, method)):
            if part:
                payments.append(self._payment(position, len(payments) + 1, kind, status, happened[PAID], part))
        return payments

    def _payment(
        self, position: int, number: int, method: str, status: str, paid_at: str, cents: int | None = None
    ) -> JsonValue:
        return {
            "payment_id": f"PAY{position + 1:09d}-{number}",
            "method": method,
            "amount": self._money(int(self._basket.total[position]) if cents is None else cents),
            "paid_at": paid_at,
            "status": status,
        }

    def _shipping(self, position: int, happened: dict[int, str], draw: float) -> JsonValue:
        person = self._book.people.customers[self._book.customer[position]]
        method = int(self._basket.method[position])
        address: JsonValue = {
            "street": person.street,
            "city": person.city,
            "postal_code": person.postal_code,
            "country": COUNTRIES[person.country].code,
        }
        return {
            "method": SHIPPING_METHODS[method],
            "carrier": None if method == PICKUP else _CARRIERS[int(draw * len(_CARRIERS))],
            "address": None if method == PICKUP else address,
            "shipped_at": happened.get(SHIPPED),
            "delivered_at": happened.get(DELIVERED),
        }

    @staticmethod
    def _instant(epoch_s: int, offset_h: int) -> str:
        text = str(np.datetime64(epoch_s + offset_h * 3600, "s"))
        return f"{text}{offset_h:+03d}:00" if offset_h else f"{text}Z"
