"""Order files: four quarters, a channel exported twice, a late till export and the week's updates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from gridata_contracts.model import Contract
from gridata_control.samples.answer_key import ExpectedReason
from gridata_control.samples.columns import Flags, Ints
from gridata_control.samples.files import write_lines
from gridata_control.samples.json_faults import encode
from gridata_control.samples.order_faults import order_faults
from gridata_control.samples.orders import SHOP_SYSTEM, TILL_SYSTEM, OrderBook, Record
from gridata_control.samples.people import CHANNELS
from gridata_control.samples.plan import EXPORT_UTC, UPDATE_UTC, Plan, epoch_s
from gridata_control.samples.poison import Poisoner
from gridata_control.samples.tree import Tree

LANDING = "landing/ecommerce/orders/v1/"
ALIAS = "raw/ecommerce/orders/"
FIRST_QUARTER = f"{LANDING}2023-04-01/orders.jsonl.gz"
SECOND_QUARTER = f"{LANDING}2023-07-01/orders.jsonl.zst"
THIRD_QUARTER = f"{LANDING}2023-10-01/orders.jsonl"
FOURTH_QUARTER = f"{ALIAS}2024-01-01/orders.jsonl"
PHONE = f"{LANDING}2024-01-01/orders-phone.jsonl"
LATE = f"{LANDING}2023-07-01/tills [June] $(late).jsonl"
UPDATES = f"{LANDING}2024-01-08/orders.jsonl.gz"


@dataclass(frozen=True)
class _Parts:
    """Positions of the orders in each file. No order is twice in one wave, or it would be a duplicate key there."""

    first: Ints
    second: Ints
    third: Ints
    fourth: Ints
    phone: Ints
    late: Ints
    updates: Ints


def write_orders(tree: Tree, book: OrderBook, contract: Contract, plan: Plan) -> list[ExpectedReason]:
    """Write all order files; returns what must be rejected."""
    parts = _divide(book)
    poisoner = Poisoner(contract, order_faults())
    export_s, update_s = epoch_s(EXPORT_UTC), epoch_s(UPDATE_UTC)
    half = parts.phone[: max(1, parts.phone.size // 2)]  # the first export of this file broke off in the middle
    for wave, key, story, positions, instant_s, style in (
        (1, FIRST_QUARTER, "export", parts.first, export_s, SHOP_SYSTEM),
        (1, SECOND_QUARTER, "export", parts.second, export_s, SHOP_SYSTEM),
        (1, THIRD_QUARTER, "export", parts.third, export_s, SHOP_SYSTEM),
        (1, FOURTH_QUARTER, "export", parts.fourth, export_s, SHOP_SYSTEM),
        (1, PHONE, "export", half, export_s, SHOP_SYSTEM),
        (2, LATE, "late", parts.late, export_s, TILL_SYSTEM),
        (2, PHONE, "overwritten", parts.phone, update_s, SHOP_SYSTEM),
        (2, UPDATES, "update", parts.updates, update_s, SHOP_SYSTEM),
    ):
        rng = plan.randomness(f"faults of wave {wave} in {key}")
        rows = poisoner.rows(
            key, book.records(positions, instant_s, style), poisoner.choose(positions.size, rng), encode
        )
        tree.add(wave, key, story, write_lines(tree.path(wave, key), rows))
    tree.add_again(2, 1, THIRD_QUARTER)
    return poisoner.expected


def sample_records(book: OrderBook, count: int) -> list[Record]:
    """The first orders as at the first export, without faults."""
    return list(book.records(np.arange(count), epoch_s(EXPORT_UTC), SHOP_SYSTEM))


def _divide(book: OrderBook) -> _Parts:
    placed_s = book.at_s[:, 0]
    quarter = np.searchsorted([_day_s(4), _day_s(7), _day_s(10)], placed_s, side="right")
    late = _at_least_one((quarter == 1) & (placed_s >= _day_s(6)) & _channel(book, "store"), quarter == 1)
    phone = _at_least_one((quarter == 3) & _channel(book, "phone"), quarter == 3)
    moved = book.known_at(epoch_s(EXPORT_UTC)) != book.known_at(epoch_s(UPDATE_UTC))
    return _Parts(
        first=np.flatnonzero(quarter == 0),
        second=np.flatnonzero((quarter == 1) & ~late),
        third=np.flatnonzero(quarter == 2),
        fourth=np.flatnonzero((quarter == 3) & ~phone),
        phone=np.flatnonzero(phone),
        late=np.flatnonzero(late),
        updates=np.flatnonzero(moved & ~phone & ~late),
    )


def _channel(book: OrderBook, name: str) -> Flags:
    chosen: Flags = book.channel == CHANNELS.index(name)
    return chosen


def _at_least_one(chosen: Flags, among: Flags) -> Flags:
    """The choice, or the last two of `among` where a small sample leaves nothing to choose."""
    if chosen.sum() >= 2:
        return chosen
    fallback = np.zeros_like(among)
    fallback[np.flatnonzero(among)[-2:]] = True
    return fallback


def _day_s(month: int) -> int:
    return epoch_s(datetime(2023, month, 1, tzinfo=UTC))
