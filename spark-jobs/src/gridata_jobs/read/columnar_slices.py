"""Rows of a Parquet row group or an ORC stripe, slice after slice: writers make groups larger than memory.

Compressed bytes say nothing about memory (13 MB of zstd were 3 GB of orders), so slices are measured by rows that were
decoded, and a slice that becomes larger than MAX_SLICE_BYTES all the same refuses the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.orc as orc
import pyarrow.parquet as pq
from pyarrow.fs import LocalFileSystem

from gridata_contracts.model import Format
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_jobs.read.source import FileRefusedError

SLICE_ROWS = 2**17
SLICE_BYTES = 64 * 2**20
MAX_SLICE_BYTES = 4 * SLICE_BYTES
"""What a slice may take where rows are larger than the file's first ones promised."""
_LEAST_ROWS = 1
_PIECE_ROWS = 2**13  # decoded at once
_SAMPLE_ROWS = 64


@dataclass(frozen=True)
class Group:
    """A row group or stripe.

    Attributes:
        rows: all its rows.
        slice_rows: how many of them are read at once.
    """

    rows: int
    slice_rows: int


class Groups(Protocol):
    """A file by row groups or stripes."""

    schema: pa.Schema
    groups: list[Group]

    def batches(self, index: int) -> Iterator[pa.RecordBatch]:
        """A group's rows in order."""


def open_groups(path: Path, format_: Format) -> Groups:
    """The file's footer.

    Raises:
        pa.ArrowException, OSError: the file is no whole Parquet or ORC file.
    """
    return ParquetGroups(path) if format_ is Format.PARQUET else OrcGroups(path)


class ParquetGroups:
    """Row groups: read page by page, so that only a piece is decoded."""

    def __init__(self, path: Path) -> None:
        # No pre-buffering: it would hold a whole group's compressed columns.
        self._file = pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
        self.schema: pa.Schema = self._file.schema_arrow
        found = [self._file.metadata.row_group(i) for i in range(self._file.metadata.num_row_groups)]
        row_bytes = _row_bytes(self._file.iter_batches(batch_size=_SAMPLE_ROWS))
        self.groups = [
            Group(g.num_rows, _slice_rows(max(row_bytes, g.total_byte_size / max(1, g.num_rows)))) for g in found
        ]

    def batches(self, index: int) -> Iterator[pa.RecordBatch]:
        piece_rows = min(_PIECE_ROWS, self.groups[index].slice_rows)
        yield from self._file.iter_batches(batch_size=piece_rows, row_groups=[index])


class OrcGroups:
    """Stripes: streamed, so that only a piece is decoded; pyarrow's own reader of a stripe decodes all of it.

    The stream goes through the whole file and cannot start in the middle. So who asks for stripes in order, as both
    lanes do, decodes each once; a task that starts at a later one reads it whole where it is small, and else decodes
    and drops what is before it.
    """

    def __init__(self, path: Path) -> None:
        self._file = orc.ORCFile(path)
        self.schema: pa.Schema = self._file.schema
        self._fragment = ds.OrcFileFormat().make_fragment(str(path), LocalFileSystem())
        slice_rows = _slice_rows(_row_bytes(self._scan(_SAMPLE_ROWS)))
        self._piece_rows = min(_PIECE_ROWS, slice_rows)
        counts = self._counts()
        self.groups = [Group(count, slice_rows) for count in counts]
        self._first_rows = [0, *accumulate(counts)]
        self._stream = self._scan(self._piece_rows)
        self._at = 0  # row of the file that the stream gives next
        self._left: pa.RecordBatch | None = None

    def batches(self, index: int) -> Iterator[pa.RecordBatch]:
        first, end = self._first_rows[index], self._first_rows[index + 1]
        group = self.groups[index]
        is_small = group.rows * SLICE_BYTES <= group.slice_rows * MAX_SLICE_BYTES
        if self._at != first and is_small and len(self.groups) == self._file.nstripes:
            yield self._file.read_stripe(index)
            return
        if self._at > first:
            self._stream, self._at, self._left = self._scan(self._piece_rows), 0, None
        while self._at < end:
            batch = _next(self._stream) if self._left is None else self._left
            most = (first if self._at < first else end) - self._at
            taken, self._left = batch.slice(0, most), batch.slice(most) if batch.num_rows > most else None
            is_wanted = self._at >= first
            self._at += taken.num_rows
            if is_wanted:
                yield taken

    def _counts(self) -> list[int]:
        """Rows of each stripe: pyarrow does not show the footer's, so the narrowest column tells them.

        Without a narrow one the whole file counts as one stripe.
        """
        narrow = [field for field in self.schema if pa.types.is_primitive(field.type)]
        if not narrow or self._file.nstripes == 1:
            return [self._file.nrows]
        name = min(narrow, key=lambda field: field.type.bit_width).name
        return [self._file.read_stripe(i, columns=[name]).num_rows for i in range(self._file.nstripes)]

    def _scan(self, piece_rows: int) -> Iterator[pa.RecordBatch]:
        scanner = self._fragment.scanner(
            batch_size=piece_rows, batch_readahead=0, fragment_readahead=0, use_threads=False
        )
        for batch in scanner.to_batches():
            yield pa.RecordBatch.from_arrays(batch.columns, schema=self.schema)


class Slices:
    """Reads slices; the next one of a group costs nothing extra, an earlier one reads the group again."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._at = (-1, 0)  # group and the row in it that comes next
        self._rest: Iterator[pa.RecordBatch] = iter(())
        self._left: list[pa.RecordBatch] = []
        self._last: tuple[tuple[int, int, int], pa.Table] | None = None

    def read(self, group: int, first: int, count: int) -> pa.Table:
        """Rows `first` to `first + count` of a group."""
        asked = (group, first, count)
        if self._last is not None and self._last[0] == asked:
            return self._last[1]
        self._last = None
        if self._at[0] != group or self._at[1] > first:
            self._rest = self._groups.batches(group)
            self._left, self._at = [], (group, 0)
        for _ in self._pieces(first - self._at[1]):
            pass
        rows = pa.Table.from_batches(list(self._bounded(count)), self._groups.schema)
        self._at, self._last = (group, first + count), (asked, rows)
        return rows

    def _bounded(self, count: int) -> Iterator[pa.RecordBatch]:
        size = 0
        for batch in self._pieces(count):
            size += batch.nbytes
            if size > MAX_SLICE_BYTES:
                raise _too_large(count)
            yield batch

    def _pieces(self, count: int) -> Iterator[pa.RecordBatch]:
        while count:
            batch = self._left.pop() if self._left else _next(self._rest)
            if batch.num_rows > count:
                self._left.append(batch.slice(count))
                batch = batch.slice(0, count)
            count -= batch.num_rows
            yield batch


def _next(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch:
    batch = next(batches, None)
    if batch is None:
        raise pa.ArrowInvalid("fewer rows than the footer says")
    return batch


def _too_large(rows: int) -> FileRefusedError:
    expected = (
        f"rows of like size: {rows} rows in a row take more than {MAX_SLICE_BYTES >> 20} MB of memory; "
        "send the large ones in a file of their own"
    )
    return FileRefusedError(Reason(ReasonCode.UNREADABLE_FILE, expected=expected))


def _row_bytes(batches: Iterator[pa.RecordBatch]) -> float:
    """Memory of one of the file's first rows."""
    first = next(batches, None)
    return first.nbytes / max(1, first.num_rows) if first is not None else 0


def _slice_rows(row_bytes: float) -> int:
    return max(_LEAST_ROWS, min(SLICE_ROWS, int(SLICE_BYTES / max(1, row_bytes))))
