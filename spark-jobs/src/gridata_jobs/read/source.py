"""What every readable file offers, whatever its format: spans, and the typed rows of a span."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from gridata_contracts.emit import arrow
from gridata_contracts.model import Contract
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_jobs.read.blocks import MAX_RECORD_BYTES, Block, Span
from gridata_jobs.read.record import Record

FAST_FROM_BYTES = 2**17
"""Smaller blocks are read exactly: planning the fast path's query takes as long as reading 500 orders exactly."""
ALWAYS_FAST, NEVER_FAST = 0.0, math.inf
ROW_NUMBER = "_row_number"
EXTRA = "_extra"


@dataclass(frozen=True)
class RawRecord:
    """One record as it was sent.

    Attributes:
        row: 1-based record number in the file.
        record: what record.py makes of it.
        raw: its bytes as they lie in the file; None for columnar files, whose rows have no text.
    """

    row: int
    record: Record
    raw: memoryview | None


@dataclass(frozen=True)
class ReadBlock:
    """The rows of one span.

    Attributes:
        rows: columns `_row_number` (int64), the contract's columns, `_extra` (JSON text or null).
        refused: numbers of the records that are no rows; `Source.records` gives their reasons. They are not held:
            the trees of a block of broken records take many times its bytes.
        fast: how many of the rows came by the fast path.
    """

    rows: pa.Table
    refused: list[int]
    fast: int


class Source(Protocol):
    """One staged file, ready to be read by any number of processes."""

    def spans(self) -> Iterator[Span]:
        """The file's spans in order; their counts sum to the file's `rows_in`."""

    def read(self, span: Span) -> ReadBlock:
        """Typed rows of a span; `len(rows) + len(refused) == span.count`."""

    def records(self, span: Span, rows: Collection[int]) -> Iterator[RawRecord]:
        """The records with these numbers, one by one, for the quarantine."""


class FileRefusedError(Exception):
    """The whole file is quarantined; carries the one reason. Never leaves the job."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code.value)
        self.reason = reason


def row_schema(contract: Contract) -> pa.Schema:
    """Schema of ReadBlock.rows: the record number, the contract's columns, the undeclared rest."""
    columns = list(arrow.schema(contract))
    return pa.schema([pa.field(ROW_NUMBER, pa.int64(), nullable=False), *columns, pa.field(EXTRA, pa.string())])


def too_large(raw: memoryview) -> Record:
    """A record nobody looks into."""
    expected = f"at most {MAX_RECORD_BYTES} bytes (in CSV: is a quote left open?)"
    return Record(reasons=[Reason(ReasonCode.RECORD_TOO_LARGE, expected=expected, got=f"{len(raw)} bytes")])


def rows_not_in(block: Block, fast: pa.Table) -> list[int]:
    """Numbers of the block's records that the fast path left."""
    if len(fast) == len(block):
        return []
    left = np.setdiff1d(block.rows, fast.column(ROW_NUMBER).to_numpy(), assume_unique=True)
    return [int(row) for row in left]
