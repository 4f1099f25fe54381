"""Cuts plain text files into blocks of whole records, with the record numbers counted here and nowhere else.

A record is a line that holds anything but white space; a CSV record may span lines inside quotes. Records end with a
line feed; a carriage return before it belongs to the line end. Blocks bound memory: whatever the file's size, a reader
holds one block. The count of records is the reader's own counter (`rows_in`), made before any engine sees a row.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gridata_contracts.model import Csv
from gridata_jobs.read.csv_quotes import QuoteState

BLOCK_BYTES = 64 * 2**20
BLOCK_RECORDS = 2**18
"""Lines in a block at most: tiny records cost more memory than their bytes once they are Python objects."""
MAX_RECORD_BYTES = 16 * 2**20
"""Longer records are refused one by one (RECORD_TOO_LARGE): they would break every reader's memory bound."""

_NEWLINE = 10
_PIECE_BYTES = 1 << 20  # numpy works on pieces that stay in the processor's cache
_WHITE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Block:
    """Consecutive records of one file.

    Attributes:
        data: the bytes of the records, end to end, line ends included.
        offsets: n + 1 positions in `data`; record i is `data[offsets[i]:offsets[i + 1]]`.
        rows: n record numbers, 1-based in the file.
    """

    data: memoryview
    offsets: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def raw(self, index: int) -> memoryview:
        """One record without its line end; nothing is copied, for it may be large."""
        start, end = int(self.offsets[index]), int(self.offsets[index + 1])
        if end > start and self.data[end - 1] == _NEWLINE:
            end -= 1
            if end > start and self.data[end - 1] == ord("\r"):
                end -= 1
        return self.data[start:end]

    def record(self, index: int) -> bytes:
        """Bytes of one record without its line end."""
        return bytes(self.raw(index))


@dataclass(frozen=True)
class Span:
    """A block's place in a plain file, so that another process can read exactly it.

    Attributes:
        start, end: byte positions.
        first_row: number of the first record, 1-based.
        count: how many records the span holds.
    """

    start: int
    end: int
    first_row: int
    count: int


class TextFile:
    """A plain (uncompressed) text file of records, memory-mapped: reading a block copies nothing."""

    def __init__(self, path: Path, csv: Csv | None = None) -> None:
        """Map the file.

        Args:
            path: never empty.
            csv: how a CSV file is written; its first record is the header. None for JSON lines.
        """
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._view = memoryview(self._map)
        self._whole = np.frombuffer(self._view, dtype=np.uint8)
        self._csv = csv
        delimiter = csv.delimiter.encode() if csv else b""
        self._white = bytes(byte for byte in _WHITE if byte not in delimiter)
        self._start_of_text = len(_BOM) if self._map[: len(_BOM)] == _BOM else 0
        self._header = self._find_header() if csv else (self._start_of_text, self._start_of_text)

    def header(self) -> memoryview:
        """The CSV header record without its line end; as large as the file where a quote is left open."""
        start, end = self._header
        return Block(self._view[start:end], np.array([0, end - start]), np.array([0])).raw(0)

    def spans(self, block_bytes: int = BLOCK_BYTES) -> Iterator[Span]:
        """Places of the blocks, in order; counts records, so their sum is the file's `rows_in`."""
        start, row = self._header[1], 1
        while start < len(self._map):
            ends = self._block_ends(start, block_bytes)
            end = start + int(ends[-1])
            count = len(ends) - len(self._blank(self._view[start:end], ends))
            if count:
                yield Span(start, end, row, count)
            start, row = end, row + count

    def block(self, span: Span) -> Block:
        """The records of one span."""
        data = self._view[span.start : span.end]
        ends = self._record_ends(span.start, span.end)
        if len(ends) == 0 or ends[-1] != len(data):  # the file's last record has no line end
            ends = np.append(ends, len(data))
        blank = self._blank(data, ends)
        if len(blank):
            data, ends = _without(data, ends, blank)
        rows = np.arange(span.first_row, span.first_row + len(ends), dtype=np.int64)
        return Block(data, np.concatenate(([0], ends)), rows)

    def _find_header(self) -> tuple[int, int]:
        """Place of the first record that is not blank."""
        start = end = self._start_of_text
        while end < len(self._map):
            start, end = end, end + int(self._first_end(end)[0])
            if bytes(self._view[start : min(end, start + _PIECE_BYTES)]).strip(self._white):
                break
        return start, end

    def _block_ends(self, start: int, block_bytes: int) -> npt.NDArray[np.int64]:
        """Ends of the records of the block that begins at `start`, relative to it; at least one."""
        limit = min(start + block_bytes, len(self._map))
        ends = self._record_ends(start, limit, BLOCK_RECORDS)
        if len(ends) == 0:
            return self._first_end(start)
        if limit == len(self._map) and len(ends) < BLOCK_RECORDS and start + ends[-1] < limit:
            return np.append(ends, limit - start)
        return ends

    def _first_end(self, start: int) -> npt.NDArray[np.int64]:
        """End of the record that begins at `start`, however long, relative to it."""
        ends = self._record_ends(start, len(self._map), 1)
        return ends if len(ends) else np.array([len(self._map) - start])

    def _record_ends(self, start: int, end: int, most: int | None = None) -> npt.NDArray[np.int64]:
        """Ends of the first `most` records that end in [start, end), relative to `start`, which begins a record."""
        quotes = QuoteState(self._whole, self._csv, self._start_of_text) if self._csv else None
        found: list[npt.NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
        count = 0
        for offset in range(start, end, _PIECE_BYTES):
            stop = min(offset + _PIECE_BYTES, end)
            if quotes is None:
                feeds = np.flatnonzero(self._whole[offset:stop] == _NEWLINE) + offset
            else:
                feeds = quotes.record_ends(offset, stop)
            found.append(feeds - (start - 1))
            count += len(feeds)
            if most is not None and count >= most:
                break
        return np.concatenate(found)[:most]

    def _blank(self, data: memoryview, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Indexes of the lines that hold white space only: they are not records."""
        starts = np.concatenate(([0], ends[:-1]))
        white = np.frombuffer(self._white, dtype=np.uint8)
        candidates = np.flatnonzero(np.isin(np.frombuffer(data, dtype=np.uint8)[starts], white))
        lengths = ends - starts
        blank = [i for i in candidates if lengths[i] == 1 or not self._has_text(data[starts[i] : ends[i]])]
        return np.array(blank, dtype=np.int64)

    def _has_text(self, line: memoryview) -> bool:
        return any(bytes(line[at : at + _PIECE_BYTES]).strip(self._white) for at in range(0, len(line), _PIECE_BYTES))


def _without(
    data: memoryview, ends: npt.NDArray[np.int64], blank: npt.NDArray[np.int64]
) -> tuple[memoryview, npt.NDArray[np.int64]]:
    """The block without blank lines: copied, since records must lie end to end."""
    starts = np.concatenate(([0], ends[:-1]))
    keep = np.ones(len(ends), dtype=bool)
    keep[blank] = False
    kept = b"".join(bytes(data[s:e]) for s, e in zip(starts[keep], ends[keep], strict=True))
    return memoryview(kept), np.cumsum(ends[keep] - starts[keep])
