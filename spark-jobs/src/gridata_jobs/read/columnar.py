"""Parquet and ORC: typed already, so types are matched once per file and values checked only where types allow more.

| file's type                    | accepted for                                                         |
|--------------------------------|----------------------------------------------------------------------|
| string, dictionary of strings  | String; every scalar, by the same text as a CSV cell                 |
| bool                           | Boolean                                                              |
| integers, signed or not        | Integer, Decimal, Floating: value by value                           |
| decimal                        | Decimal: value by value                                              |
| float, double                  | Floating; NaN and infinities refused unless the contract allows them |
| date                           | Date                                                                 |
| timestamp of any unit          | Timestamp: with zone, or naive where the contract names one; value   |
|                                | by value, since nanoseconds may be finer than microseconds           |
| struct, list                   | Struct by field names, List                                          |

Anything else refuses the whole file (SCHEMA_MISMATCH): a column of the wrong type is no row's fault. A column the file
lacks is null; columns the contract does not declare go to `_extra` where they are not null.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from gridata_contracts.model import Contract, Format, UnknownFields
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_jobs.read.arrow_any import ArrowArray
from gridata_jobs.read.blocks import Span
from gridata_jobs.read.columnar_record import ColumnarReader
from gridata_jobs.read.columnar_schema import match_schema
from gridata_jobs.read.columnar_slices import Slices, open_groups
from gridata_jobs.read.columnar_vector import Doubt, Vector, is_present, to_vector
from gridata_jobs.read.exact import with_exact
from gridata_jobs.read.source import EXTRA, ROW_NUMBER, FileRefusedError, RawRecord, ReadBlock, row_schema


class ColumnarFile:
    """One staged Parquet or ORC file; a span is a slice of a row group or stripe, which its `start` numbers."""

    def __init__(self, path: Path, format_: Format, contract: Contract, *, fast: bool = True) -> None:
        """Open the file and match its columns.

        Raises:
            FileRefusedError: UNREADABLE_FILE, SCHEMA_MISMATCH.
        """
        try:
            self._groups = open_groups(path, format_)
        except (pa.ArrowException, OSError) as error:
            expected = f"a whole {format_.value} file"
            raise FileRefusedError(Reason(ReasonCode.UNREADABLE_FILE, expected=expected)) from error
        match_schema(contract, self._groups.schema)
        self._contract = contract
        self._schema = row_schema(contract)
        self._exact = ColumnarReader(contract, self._groups.schema)
        self._path, self._format = path, format_
        self._to_read = Slices(self._groups)
        self._use_fast = fast
        declared = {column.name for column in contract.columns}
        self._undeclared = [name for name in self._groups.schema.names if name not in declared]
        counts = [group.rows for group in self._groups.groups]
        self._first_rows = [1 + sum(counts[:i]) for i in range(len(counts))]

    @cached_property
    def _to_look_up(self) -> Slices:
        """Its own place in the file: broken rows are looked up while another thread reads ahead."""
        return Slices(open_groups(self._path, self._format))

    def spans(self) -> Iterator[Span]:
        for i, group in enumerate(self._groups.groups):
            for offset in range(0, group.rows, group.slice_rows):
                count = min(group.slice_rows, group.rows - offset)
                yield Span(i, i + 1, self._first_rows[i] + offset, count)

    def read(self, span: Span) -> ReadBlock:
        piece = self._piece(self._to_read, span)
        columns = self._vectors(piece) if self._use_fast and _is_text_utf8(piece) else None
        fast, doubt = self._schema.empty_table(), np.ones(len(piece), dtype=bool)
        if columns is not None:
            fast, doubt = self._fast_rows(piece, columns, span.first_row)
        records = self._exact.records(piece.filter(pa.array(doubt, pa.bool_())))
        rows = (np.flatnonzero(doubt) + span.first_row).tolist()
        return with_exact(fast, rows, lambda row: RawRecord(row, next(records), None))

    def records(self, span: Span, rows: Collection[int]) -> Iterator[RawRecord]:
        taken = self._piece(self._to_look_up, span).take(pa.array([row - span.first_row for row in rows], pa.int64()))
        for row, record in zip(rows, self._exact.records(taken), strict=True):
            yield RawRecord(row, record, None)

    def _vectors(self, piece: pa.Table) -> dict[str, Vector] | None:
        """The contract's columns; None where one of them has to be read value by value."""
        vectors: dict[str, Vector] = {}
        for column in self._contract.columns:
            found = _whole(piece, column.name) if column.name in piece.column_names else pa.nulls(len(piece))
            vector = to_vector(found, column.type)
            if vector is None:
                return None
            vectors[column.name] = vector
        return vectors

    def _fast_rows(self, piece: pa.Table, columns: dict[str, Vector], first_row: int) -> tuple[pa.Table, Doubt]:
        doubt = np.zeros(len(piece), dtype=bool)
        for vector in columns.values():
            doubt |= vector.doubt
        extra = np.zeros(len(piece), dtype=bool)
        for name in self._undeclared:
            extra |= is_present(_whole(piece, name))
        if self._contract.unknown_fields is UnknownFields.REJECT:
            doubt |= extra
        numbers = np.arange(first_row, first_row + len(piece), dtype=np.int64)
        values = {name: vector.values for name, vector in columns.items()}
        values |= {ROW_NUMBER: pa.array(numbers, pa.int64()), EXTRA: self._extra(piece, extra & ~doubt)}
        table = pa.table([values[name] for name in self._schema.names], schema=self._schema)
        return table.filter(pa.array(~doubt, pa.bool_())) if doubt.any() else table, doubt

    def _extra(self, piece: pa.Table, wanted: Doubt) -> ArrowArray:
        if not wanted.any():
            return pa.nulls(len(piece), pa.string())
        rows = piece.select(self._undeclared).filter(pa.array(wanted, pa.bool_()))
        texts = np.full(len(piece), None, dtype=object)
        texts[wanted] = list(self._exact.extra_texts(rows))
        return pa.array(texts, pa.string())

    def _piece(self, slices: Slices, span: Span) -> pa.Table:
        try:
            return slices.read(span.start, span.first_row - self._first_rows[span.start], span.count)
        except (pa.ArrowException, OSError) as error:
            raise FileRefusedError(Reason(ReasonCode.UNREADABLE_FILE, expected="readable column data")) from error


def _whole(piece: pa.Table, name: str) -> ArrowArray:
    chunks = piece.column(name).chunks
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)


def _is_text_utf8(piece: pa.Table) -> bool:
    try:
        piece.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
