"""Rows of a Parquet row group or an ORC stripe, slice after slice: writers make groups larger than memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq

from gridata_contracts.model import Format

SLICE_ROWS = 2**17
SLICE_BYTES = 64 * 2**20
_LEAST_ROWS = 1024


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
    """Row groups: read page by page, so that only a slice is decoded."""

    def __init__(self, path: Path) -> None:
        # No pre-buffering: it would hold a whole group's compressed columns.
        self._file = pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
        self.schema: pa.Schema = self._file.schema_arrow
        found = [self._file.metadata.row_group(i) for i in range(self._file.metadata.num_row_groups)]
        self.groups = [Group(g.num_rows, _slice_rows(g.num_rows, g.total_byte_size)) for g in found]

    def batches(self, index: int) -> Iterator[pa.RecordBatch]:
        yield from self._file.iter_batches(batch_size=self.groups[index].slice_rows, row_groups=[index])


class OrcGroups:
    """Stripes: read whole, which ORC writers bound (64 to 256 MB is usual)."""

    def __init__(self, path: Path) -> None:
        self._file = orc.ORCFile(path)
        self.schema: pa.Schema = self._file.schema
        # A stripe's row count is not in the footer pyarrow shows: one narrow column tells it.
        narrow = self._file.schema.names[:1]
        counts = [self._file.read_stripe(i, columns=narrow).num_rows for i in range(self._file.nstripes)]
        size = path.stat().st_size // max(1, len(counts))
        self.groups = [Group(count, _slice_rows(count, size)) for count in counts]

    def batches(self, index: int) -> Iterator[pa.RecordBatch]:
        yield self._file.read_stripe(index)


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
        self._take(first - self._at[1])
        rows = pa.Table.from_batches(self._take(count), self._groups.schema)
        self._at, self._last = (group, first + count), (asked, rows)
        return rows

    def _take(self, count: int) -> list[pa.RecordBatch]:
        taken: list[pa.RecordBatch] = []
        while count:
            batch = self._left.pop() if self._left else next(self._rest)
            if batch.num_rows > count:
                self._left.append(batch.slice(count))
                batch = batch.slice(0, count)
            taken.append(batch)
            count -= batch.num_rows
        return taken


def _slice_rows(rows: int, size_bytes: int) -> int:
    by_size = SLICE_BYTES * rows // max(1, size_bytes)
    return max(_LEAST_ROWS, min(SLICE_ROWS, by_size))
