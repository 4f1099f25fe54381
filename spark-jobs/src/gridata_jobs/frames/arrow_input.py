"""Everything that gives Arrow data, as one schema and a stream of blocks: DuckDB, Arrow, Polars, pandas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from gridata_contracts.errors import UsageError
from gridata_jobs.read.arrow_any import ArrowArray
from gridata_jobs.read.source import ROW_NUMBER

BLOCK_ROWS = 245_760
"""Rows checked at once: two of DuckDB's row groups. Fewer cost planning, more cost memory."""


@dataclass(frozen=True)
class ArrowInput:
    """A frame: its blocks, read once, and where it lies.

    Attributes:
        blocks: tables of at most BLOCK_ROWS rows; an empty frame has none.
        given_back: makes the caller's kind of frame of some of its rows, with ROW_NUMBER and one more column last.
        held: the frame where it lies, to be asked instead of reading its blocks; None where it can be read once.
    """

    schema: pa.Schema
    blocks: Iterator[pa.Table]
    given_back: Callable[[pa.Table], Any]
    held: pa.Table | duckdb.DuckDBPyRelation | None = None


def open_input(frame: Any) -> ArrowInput:
    """Read a frame.

    A pandas column's missing values are nulls, its index is no column but kept; a Polars LazyFrame is collected.

    Raises:
        UsageError: it is no frame we know.
    """
    home = type(frame).__module__.partition(".")[0].lstrip("_")
    is_frame = type(frame).__name__ in ("DataFrame", "LazyFrame")
    if home == "pandas" and is_frame:
        return _of_pandas(frame)
    if home == "polars" and is_frame:
        return _of_polars(frame)
    if home == "duckdb" and hasattr(frame, "to_arrow_reader"):
        schema = frame.limit(0).to_arrow_reader(1).schema
        return ArrowInput(schema, blocks_of(frame), _unnumbered, frame)
    if isinstance(frame, pa.Table):
        return _of_table(frame, _unnumbered)
    if hasattr(frame, "__arrow_c_stream__") and home not in ("pandas", "polars"):
        stream = pa.RecordBatchReader.from_stream(frame)
        return ArrowInput(stream.schema, _even(stream), _unnumbered)
    raise UsageError(
        f"frame: got {type(frame).__module__}.{type(frame).__qualname__}, allowed a DataFrame of Spark, pandas or "
        "Polars, a DuckDB relation, an Arrow table or whatever gives an Arrow stream. Convert it first."
    )


def schema_of(frame: Any) -> pa.Schema:
    """Columns of a frame, without reading it. Raises as `open_input`."""
    return open_input(frame).schema


def blocks_of(relation: duckdb.DuckDBPyRelation) -> Iterator[pa.Table]:
    """A relation's rows, once."""
    yield from map(_table, relation.to_arrow_reader(BLOCK_ROWS))


def _of_polars(frame: Any) -> ArrowInput:
    import polars  # the caller has it

    frame = frame.collect() if isinstance(frame, polars.LazyFrame) else frame
    return _of_table(frame.to_arrow(), lambda rows: polars.from_arrow(_unnumbered(rows)))


def _of_pandas(frame: Any) -> ArrowInput:
    """Columns that Arrow cannot hold have the type null: no check can look at them, but they are kept."""
    names = [str(name) for name in frame.columns]
    refuse_twice(names)
    table = pa.table({name: _of_series(frame.iloc[:, i]) for i, name in enumerate(names)})

    def given_back(rows: pa.Table) -> Any:
        chosen = frame.iloc[rows.column(ROW_NUMBER).to_numpy() - 1].copy()
        added = rows.column_names[-1]
        chosen[added] = rows.column(added).to_pylist()
        return chosen

    return _of_table(table, given_back)


def _of_series(values: Any) -> ArrowArray:
    try:
        return pa.Array.from_pandas(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.nulls(len(values))


def refuse_twice(names: Sequence[str]) -> None:
    """Two columns of one name cannot be told apart; neither engine looks at case."""
    folded = [name.casefold() for name in names]
    twice = [name for name, small in zip(names, folded, strict=True) if folded.count(small) > 1]
    if twice:
        said = ", ".join(dict.fromkeys(twice))
        raise UsageError(f"frame: got columns {said} more than once, allowed each name once in any case. Rename them.")


def _unnumbered(rows: pa.Table) -> pa.Table:
    return rows.drop_columns([ROW_NUMBER])


def _of_table(table: pa.Table, given_back: Callable[[pa.Table], Any]) -> ArrowInput:
    blocks = (table.slice(at, BLOCK_ROWS) for at in range(0, len(table), BLOCK_ROWS))
    return ArrowInput(table.schema, blocks, given_back, table)


def _even(stream: pa.RecordBatchReader) -> Iterator[pa.Table]:
    for batch in stream:
        for at in range(0, len(batch), BLOCK_ROWS):
            yield _table(batch.slice(at, BLOCK_ROWS))


def _table(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch])
