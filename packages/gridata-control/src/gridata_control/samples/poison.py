"""Put faults into a stream of good records and keep the answer key."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic

import numpy as np

from gridata_contracts.model import Contract
from gridata_control.samples.answer_key import ExpectedReason
from gridata_control.samples.faults import Fault, Record, Row, Rulebook

SHARE = 0.02
"""Part of all records that is spoilt."""


class Poisoner(Generic[Record, Row]):
    """Spoils records of one dataset, each kind of fault in turn, over any number of files.

    Attributes:
        expected: the answer key so far, in file and row order.
    """

    def __init__(self, contract: Contract, faults: Iterable[Fault[Record, Row]]) -> None:
        self._queue = deque(faults)
        self._unused = {fault.name for fault in self._queue}
        rulebook = Rulebook(contract)
        self._reasons = {
            fault.name: [(breach.code, rulebook.check_id(breach), breach.column) for breach in fault.breaches]
            for fault in self._queue
        }
        self.expected: list[ExpectedReason] = []

    def choose(self, count: int, rng: np.random.Generator) -> frozenset[int]:
        """Positions of a file's records to spoil: a share of them, and each kind at least once if there is room."""
        wanted = round(count * SHARE)
        if count >= 4 * len(self._unused):
            wanted = max(wanted, len(self._unused))
        return frozenset(rng.choice(count, wanted, replace=False).tolist())

    def rows(
        self,
        key: str,
        records: Iterable[Record],
        chosen: frozenset[int],
        encode: Callable[[Record], Row],
    ) -> Iterator[Row]:
        """All records of one file as rows, the chosen ones spoilt; the reasons are added to `expected`."""
        row_number = 0
        for position, record in enumerate(records):
            fault = self._next(record) if position in chosen else None
            if fault is None or fault.keeps_original:
                row_number += 1
                yield encode(record)
            if fault is not None:
                row_number += 1
                yield fault.spoil(record)
                self.expected.extend(
                    ExpectedReason(key, row_number, code, check, column)
                    for code, check, column in self._reasons[fault.name]
                )

    def _next(self, record: Record) -> Fault[Record, Row] | None:
        """The fault that has waited longest among those the record can have."""
        for fault in self._queue:
            if fault.needs(record):
                self._queue.remove(fault)
                self._queue.append(fault)
                self._unused.discard(fault.name)
                return fault
        return None
