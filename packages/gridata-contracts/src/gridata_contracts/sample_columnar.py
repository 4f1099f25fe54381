"""The first records of a Parquet or ORC file in the JSON-like form that samples have."""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from gridata_contracts.model import Format
from gridata_contracts.sample_types import types_of
from gridata_contracts.types import LogicalType
from gridata_contracts.values import NumberToken

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 1024


def read_columnar(stream: IO[bytes], form: Format, most: int) -> tuple[dict[str, LogicalType], list[dict[str, Any]]]:
    """Logical types by column path as far as the file says them, and at most `most` records.

    Raises:
        ValueError: the file cannot be read, or holds values no record can have.
    """
    import pyarrow as pa

    try:
        schema, batches = _batches(stream, form)
        rows = itertools.islice((row for batch in batches for row in batch.to_pylist()), most)
        return types_of(schema), [{name: _token(value) for name, value in row.items()} for row in rows]
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error


def _batches(stream: IO[bytes], form: Format) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The columns, and the rows piece by piece: only the first are needed."""
    import pyarrow.orc as orc
    import pyarrow.parquet as pq

    if form is Format.PARQUET:
        parquet = pq.ParquetFile(stream)
        return parquet.schema_arrow, parquet.iter_batches(batch_size=_BATCH_ROWS)
    file = orc.ORCFile(stream)
    return file.schema, (piece for i in range(file.nstripes) for piece in _pieces(file.read_stripe(i)))


def _pieces(stripe: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    yield from (stripe.slice(at, _BATCH_ROWS) for at in range(0, len(stripe), _BATCH_ROWS))


def _token(value: Any) -> Any:
    """A typed value as the JSON-like form the other formats have."""
    match value:
        case dict():
            return {name: _token(inner) for name, inner in value.items()}
        case list():
            return [_token(inner) for inner in value]
        case bool() | None | str():
            return value
        case decimal.Decimal():
            return NumberToken(format(value, "f"))
        case int() | float():
            return NumberToken(repr(value))
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
        case dt.date():
            return value.isoformat()
        case _:
            raise ValueError(f"values of type {type(value).__name__} are not supported")
