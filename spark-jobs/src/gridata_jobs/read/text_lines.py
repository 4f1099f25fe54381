"""A block's records as an Arrow string column, without copying; bytes that are not UTF-8 are set aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gridata_jobs.read.blocks import BLOCK_BYTES, MAX_RECORD_BYTES, Block

BATCH_ROWS = 8192
"""Rows in one Arrow batch: small enough that DuckDB spreads a block over its threads."""


_EMPTY = pa.table({"row": pa.array([], pa.int64()), "line": pa.array([], pa.string())})


@dataclass(frozen=True)
class Lines:
    """The readable records of a block.

    Attributes:
        table: `row` int64 and `line` string (with its line end), in batches.
        set_aside: block indexes of records that are not UTF-8 or too large; not in `table`.
    """

    table: pa.Table
    set_aside: list[int]


def lines_of(block: Block) -> Lines:
    """The block's records as text."""
    if len(block.data) > MAX_RECORD_BYTES + BLOCK_BYTES:  # a single record: text offsets have 32 bits
        return Lines(_EMPTY, list(range(len(block))))
    offsets = pa.py_buffer(block.offsets.astype(np.int32).data)
    text = pa.StringArray.from_buffers(len(block), offsets, pa.py_buffer(block.data))
    set_aside = _unreadable(block, text)
    table = pa.table({"row": pa.array(block.rows, pa.int64()), "line": text}, schema=_EMPTY.schema)
    if len(set_aside):
        keep = np.ones(len(block), dtype=bool)
        keep[set_aside] = False
        table = table.filter(pa.array(keep, pa.bool_()))
    return Lines(pa.Table.from_batches(table.to_batches(max_chunksize=BATCH_ROWS), table.schema), set_aside.tolist())


def _unreadable(block: Block, text: pa.StringArray) -> npt.NDArray[np.int64]:
    large = np.flatnonzero(np.diff(block.offsets) > MAX_RECORD_BYTES)
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        broken = [i for i in range(len(block)) if not _is_utf8(block.record(i))]
        return np.union1d(large, np.array(broken, dtype=np.int64))
    return large


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def sample(lines: pa.Table, count: int) -> list[str]:
    """Evenly spread lines: a file's first records are often its oddest."""
    step = max(1, len(lines) // count)
    taken = lines.column("line").take(pa.array(range(0, len(lines), step)[:count], pa.int64()))
    return [str(line) for line in taken.to_pylist()]
