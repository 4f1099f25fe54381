"""What is in each order: lines with products, quantities and prices, and the sums over them. Money in cents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridata_control.samples.columns import Ints
from gridata_control.samples.people import People
from gridata_control.samples.places import COUNTRIES
from gridata_control.samples.products import CATEGORIES, Shelf

COUPONS = (("WELCOME10", 100), ("SUMMER15", 150), ("THANKS5", 50))
"""Code and reduction in thousandths."""
SHIPPING_METHODS = ("standard", "express", "pickup")
_SHIPPING_SHARES = (0.72, 0.16, 0.12)
_FREE_SHIPPING_FROM_CENTS = 6_000
_LARGEST_BASKET = 9


@dataclass(frozen=True)
class Baskets:
    """Columns of all orders and, in order of the orders, of all their lines.

    Attributes:
        first_line: position of each order's first line; one entry more than orders.
        coupon: position in COUPONS, -1 without.
        method: position in SHIPPING_METHODS.
    """

    first_line: Ints
    product: Ints
    quantity: Ints
    price: Ints
    cost: Ints
    line_discount: Ints
    coupon: Ints
    method: Ints
    subtotal: Ints
    discount: Ints
    tax: Ints
    shipping: Ints
    total: Ints


def fill_baskets(customer: Ints, people: People, shelf: Shelf, rng: np.random.Generator) -> Baskets:
    """One basket per order of the given customers (positions); most lines follow the customer's taste."""
    n = customer.size
    sizes = rng.geometric(0.45, n).clip(max=_LARGEST_BASKET)
    first_line = np.concatenate(([0], np.cumsum(sizes)))
    owner = np.repeat(customer, sizes)
    n_lines = owner.size
    follows_taste = rng.random(n_lines) < 0.6
    category = np.where(follows_taste, people.taste[owner], rng.integers(0, len(CATEGORIES), n_lines))
    product = shelf.pick(category, rng)
    homes = np.array([person.country for person in people.customers])[customer]
    rate = np.array([country.rate_permille for country in COUNTRIES])[homes]
    price = _convert(shelf.price_cents[product], np.repeat(rate, sizes))
    cost = _convert(shelf.cost_cents[product], np.repeat(rate, sizes))
    quantity = rng.geometric(0.75, n_lines).clip(max=5)
    reduced = (rng.random(n_lines) < 0.15) * rng.integers(5, 31, n_lines)
    line_discount = quantity * price * reduced // 100
    subtotal = np.add.reduceat(quantity * price - line_discount, first_line[:-1])
    coupon = np.where(rng.random(n) < 0.12, rng.integers(0, len(COUPONS), n), -1)
    permille = np.array([reduction for _, reduction in COUPONS] + [0])[coupon]
    discount = subtotal * permille // 1000
    tax_permille = np.array([country.tax_permille for country in COUNTRIES])[homes]
    tax = ((subtotal - discount) * tax_permille + 500) // 1000
    method = rng.choice(len(SHIPPING_METHODS), n, p=_SHIPPING_SHARES)
    standard = np.where(subtotal >= _FREE_SHIPPING_FROM_CENTS, 0, 499)
    shipping = np.choose(method, [standard, np.full(n, 999), np.zeros(n, dtype=np.int64)])
    return Baskets(
        first_line=first_line,
        product=product,
        quantity=quantity,
        price=price,
        cost=cost,
        line_discount=line_discount,
        coupon=coupon,
        method=method,
        subtotal=subtotal,
        discount=discount,
        tax=tax,
        shipping=shipping,
        total=subtotal - discount + tax + shipping,
    )


def _convert(cents: Ints, rate_permille: Ints) -> Ints:
    converted: Ints = np.maximum(1, cents * rate_permille // 1000)
    return converted
