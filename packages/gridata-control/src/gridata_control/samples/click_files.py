"""Click files: one per month of the last quarter."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np

from gridata_contracts.model import Contract
from gridata_control.samples.answer_key import ExpectedReason
from gridata_control.samples.click_faults import click_faults
from gridata_control.samples.clicks import ClickWriter
from gridata_control.samples.faults import Fault
from gridata_control.samples.files import write_lines
from gridata_control.samples.json_faults import LineFault
from gridata_control.samples.orders import OrderBook
from gridata_control.samples.plan import Plan, epoch_s
from gridata_control.samples.poison import Poisoner
from gridata_control.samples.sessions import build_events
from gridata_control.samples.tree import Tree

LANDING = "landing/ecommerce/clickstream/v1/"
_MONTHS = (datetime(2023, 11, 1, tzinfo=UTC), datetime(2023, 12, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC))


def write_clicks(tree: Tree, book: OrderBook, contract: Contract, plan: Plan) -> list[ExpectedReason]:
    """Write all click files; returns what must be rejected."""
    events = build_events(book, plan.sizes.clicks, plan.randomness("visits"))
    writer = ClickWriter(book)
    poisoner = Poisoner(contract, [_of_line(fault) for fault in click_faults()])
    first = 0
    for month in _MONTHS:
        key = f"{LANDING}{month:%Y-%m-%d}/clicks.jsonl.gz"
        last = int(np.searchsorted(events.at_ms, epoch_s(month) * 1000))
        chosen = poisoner.choose(last - first, plan.randomness(f"faults in {key}"))
        lines = writer.lines(events, slice(first, last), plan.randomness(f"details in {key}"))
        rows = poisoner.rows(key, lines, chosen, str.encode)
        tree.add(1, key, "export", write_lines(tree.path(1, key), rows))
        first = last
    return poisoner.expected


def _of_line(fault: LineFault) -> Fault[str, bytes]:
    """The same fault for a record that is text already: only the few spoilt lines are read again."""
    return Fault(
        fault.name,
        fault.breaches,
        lambda line: fault.spoil(json.loads(line)),
        lambda line: fault.needs(json.loads(line)),
        fault.keeps_original,
    )
