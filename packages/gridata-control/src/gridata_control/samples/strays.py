"""Files that never become rows: empty, broken, nobody's, or with a name that is refused."""

from __future__ import annotations

from gridata_contracts.reasons import ReasonCode
from gridata_control.samples.answer_key import ExpectedReason
from gridata_control.samples.files import write_lines, write_truncated_gzip
from gridata_control.samples.json_faults import encode
from gridata_control.samples.order_files import LANDING, sample_records
from gridata_control.samples.orders import OrderBook
from gridata_control.samples.tree import Tree

EMPTY = f"{LANDING}2024-01-02/orders.jsonl"
UNREADABLE = f"{LANDING}2024-01-02/orders-backup.jsonl.gz"
UNKNOWN = "landing/ecommerce/refunds/v1/2024-01-02/refunds.jsonl"
HOSTILE = f"{LANDING}2024-01-02/orders\n\x1b[2J.jsonl"
"""A line break and the terminal's clear-screen sequence: printed raw, it would hide what stood before."""

_HOSTILE_NAME = "hostile-name.jsonl"


def write_strays(tree: Tree, book: OrderBook) -> list[ExpectedReason]:
    """Write the files; returns why each must not be published."""
    lines = [encode(record) for record in sample_records(book, 50)]
    write_lines(tree.path(1, EMPTY), [])
    tree.add(1, EMPTY, "empty", 0, "EMPTY")
    write_truncated_gzip(tree.path(1, UNREADABLE), lines)
    tree.add(1, UNREADABLE, "unreadable", None, "QUARANTINED")
    write_lines(tree.path(1, UNKNOWN), [b'{"refund_id":"R1","order_id":"O000000001","amount":19.99}'])
    tree.add(1, UNKNOWN, "unknown dataset", None, "REFUSED")
    write_lines(tree.path(1, _HOSTILE_NAME), lines[:1])
    tree.add_past_the_door(1, _HOSTILE_NAME, HOSTILE)
    return [
        ExpectedReason(EMPTY, None, ReasonCode.EMPTY_FILE),
        ExpectedReason(UNREADABLE, None, ReasonCode.UNREADABLE_FILE),
        ExpectedReason(UNKNOWN, None, ReasonCode.UNKNOWN_DATASET),
        ExpectedReason(HOSTILE, None, ReasonCode.FORBIDDEN_NAME),
    ]
