"""Everything that gives Arrow data, as one schema and a stream of blocks: DuckDB, Arrow, Polars, pandas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from gridata_contracts.errors import UsageError

BLOCK_ROWS = 245_760
"""Rows checked at once: two of DuckDB's row groups. Fewer cost planning, more cost memory."""


@dataclass(frozen=True)
class ArrowInput:
    """A frame that is read once.

    Attributes:
        blocks: tables of at most BLOCK_ROWS rows; an empty frame has none.
        given_back: makes the caller's kind of frame of a table.
        in_memory: the frame is in memory already, so its parts may be too.
    """

    schema: pa.Schema
    blocks: Iterator[pa.Table]
    given_back: Callable[[pa.Table], Any]
    in_memory: bool = True


def open_input(frame: Any) -> ArrowInput:
    """Read a frame.

    A pandas column's missing values are nulls, its index is no column; a Polars LazyFrame is collected.

    Raises:
        UsageError: it is no frame we know.
    """
    home = type(frame).__module__.partition(".")[0].lstrip("_")
    if home == "pandas":
        return _of_table(pa.Table.from_pandas(frame, preserve_index=False), lambda table: table.to_pandas())
    if home == "polars":
        return _of_polars(frame)
    if home == "duckdb":
        reader = frame.to_arrow_reader(BLOCK_ROWS)
        return ArrowInput(reader.schema, map(_table, reader), lambda table: table, in_memory=False)
    if isinstance(frame, pa.Table):
        return _of_table(frame, lambda table: table)
    if hasattr(frame, "__arrow_c_stream__"):
        stream = pa.RecordBatchReader.from_stream(frame)
        return ArrowInput(stream.schema, _even(stream), lambda table: table, in_memory=False)
    raise UsageError(
        f"frame: got {type(frame).__module__}.{type(frame).__qualname__}, allowed a DataFrame of Spark, pandas or "
        "Polars, a DuckDB relation, an Arrow table or whatever gives an Arrow stream. Convert it first."
    )


def schema_of(frame: Any) -> pa.Schema:
    """Columns of a frame, without reading it. Raises as `open_input`."""
    home = type(frame).__module__.partition(".")[0].lstrip("_")
    if home == "duckdb":
        return open_input(frame.limit(0)).schema
    return open_input(frame.head(0) if home in ("pandas", "polars") else frame).schema


def _of_polars(frame: Any) -> ArrowInput:
    import polars  # the caller has it

    frame = frame.collect() if isinstance(frame, polars.LazyFrame) else frame
    return _of_table(frame.to_arrow(), polars.from_arrow)


def _of_table(table: pa.Table, given_back: Callable[[pa.Table], Any]) -> ArrowInput:
    blocks = (table.slice(at, BLOCK_ROWS) for at in range(0, len(table), BLOCK_ROWS))
    return ArrowInput(table.schema, blocks, given_back)


def _even(stream: pa.RecordBatchReader) -> Iterator[pa.Table]:
    for batch in stream:
        for at in range(0, len(batch), BLOCK_ROWS):
            yield _table(batch.slice(at, BLOCK_ROWS))


def _table(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch])
