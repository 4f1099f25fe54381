"""The exact path over many records: rows become Arrow chunk by chunk, so that no more than a chunk is held."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

import pyarrow as pa

from gridata_jobs.read.source import EXTRA, ROW_NUMBER, RawRecord, ReadBlock

CHUNK_RECORDS = 4096
"""Records held as Python objects at once; an object tree takes some ten times the record's bytes."""


def with_exact(fast: pa.Table, numbers: Iterable[int], read: Callable[[int], RawRecord]) -> ReadBlock:
    """Complete the rows of the fast path.

    Args:
        fast: rows that were read fast, in the schema of `row_schema`; may be empty.
        numbers: of the other records.
        read: reads the record of a number.
    """
    tables = [fast]
    refused: list[int] = []
    rest = iter(numbers)
    with collector_paused():
        while chunk := [read(number) for number in islice(rest, CHUNK_RECORDS)]:
            refused += [raw.row for raw in chunk if raw.record.reasons]
            tables.append(_to_table([raw for raw in chunk if not raw.record.reasons], fast.schema))
    return ReadBlock(pa.concat_tables(tables), refused, len(fast))


def _to_table(records: list[RawRecord], schema: pa.Schema) -> pa.Table:
    rows = [{ROW_NUMBER: raw.row, EXTRA: raw.record.extra_json, **raw.record.values} for raw in records]
    return pa.Table.from_pylist(rows, schema=schema)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Object trees hold no cycles; walking them again and again takes the collector longer than reading them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
