"""Events of the shop's pages and app as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote_plus

import numpy as np

from gridata_control.samples.orders import OrderBook
from gridata_control.samples.people import People
from gridata_control.samples.places import COUNTRIES
from gridata_control.samples.products import Shelf
from gridata_control.samples.sessions import (
    ADD,
    ANONYMOUS,
    CHECKOUT,
    EVENT_TYPES,
    NO_PRODUCT,
    PURCHASE,
    REMOVE,
    SEARCH,
    VIEW,
    Events,
)

SHOP = "https://shop.example.com"
_DEVICES = ("mobile", "desktop", "tablet")
_REFERRERS = (None, "https://www.google.com/", "https://www.bing.com/", "https://news.example.org/deals", None)
_VARIANTS = "AB"


class ClickWriter:
    """Puts events into words. Built for half a million of them: one formatted line each, no dictionary."""

    def __init__(self, book: OrderBook) -> None:
        self._products = [product.product_id for product in book.shelf.products]
        self._customers = [json.dumps(person.customer_id) for person in book.people.customers] + ["null"]
        self._countries = _countries(book.people)
        self._searches = _searches(book.shelf)

    def lines(self, events: Events, part: slice, rng: np.random.Generator) -> Iterator[str]:
        """One JSON object per event of the part, without line ends."""
        ids = rng.bytes(16 * (part.stop - part.start)).hex()
        instants = np.datetime_as_string(events.at_ms[part].astype("datetime64[ms]"))
        draws = rng.random((part.stop - part.start, 2)).tolist()
        columns = (events.session, events.customer, events.visitor, events.kind, events.product)
        rows = zip(*(column[part].tolist() for column in columns), instants.tolist(), draws, strict=True)
        for number, (session, customer, visitor, kind, product, at, draw) in enumerate(rows):
            page, product_json, search = self._page(kind, product, draw[0])
            extra = f',"experiment":"{_VARIANTS[session % 2]}"' if draw[1] > 0.998 else ""
            yield (
                f'{{"event_id":"{_uuid(ids, 32 * number)}","customer_id":{self._customers[customer]},'
                f'"session_id":"s{session:09d}","event_type":"{EVENT_TYPES[kind]}","event_ts":"{at}Z",'
                f'"page_url":{page},"referrer":{_referrer(visitor)},"product_id":{product_json},'
                f'"search_query":{search},"device":"{_device(visitor)}","country":"{self._country(customer, visitor)}",'
                f'"duration_ms":{int(300 + 60_000 * draw[1] ** 3)}{extra}}}'
            )

    def _page(self, kind: int, product: int, draw: float) -> tuple[str, str, str]:
        """Page address, product and search text of an event, each as JSON."""
        if kind == SEARCH:
            text, address = self._searches[int(draw * len(self._searches))]
            return address, "null", text
        if product != NO_PRODUCT:
            name = self._products[product]
            path = "/cart" if kind in (ADD, REMOVE) else f"/p/{name}"
            return f'"{SHOP}{path}"', f'"{name}"', "null"
        paths = {CHECKOUT: "/checkout", PURCHASE: "/thanks", VIEW: "/"}
        return f'"{SHOP}{paths.get(kind, "/")}"', "null", "null"

    def _country(self, customer: int, visitor: float) -> str:
        if customer == ANONYMOUS:
            return COUNTRIES[int(visitor * visitor * len(COUNTRIES))].code
        return self._countries[customer]


def _countries(people: People) -> list[str]:
    return [COUNTRIES[person.country].code for person in people.customers]


def _searches(shelf: Shelf) -> list[tuple[str, str]]:
    """Search texts as JSON with the address of their result page."""
    words = {product.category for product in shelf.products} | {product.brand for product in shelf.products}
    words |= {product.name.split()[-1].lower() for product in shelf.products} | {"größe 42", "cadeau noël"}
    return [(json.dumps(word, ensure_ascii=False), f'"{SHOP}/search?q={quote_plus(word)}"') for word in sorted(words)]


def _uuid(digits: str, start: int) -> str:
    """A version 4 UUID from 32 hexadecimal digits."""
    d = digits[start : start + 32]
    return f"{d[:8]}-{d[8:12]}-4{d[13:16]}-{'89ab'[int(d[16], 16) % 4]}{d[17:20]}-{d[20:]}"


def _device(visitor: float) -> str:
    return _DEVICES[0 if visitor < 0.58 else 1 if visitor < 0.93 else 2]


def _referrer(visitor: float) -> str:
    return json.dumps(_REFERRERS[int(visitor * 1000) % len(_REFERRERS)])
