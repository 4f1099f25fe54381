"""Counting a landed object's records with a parser that is neither engine: the standard library, Parquet/ORC footers.

A record is what semantics call one: a line that is not blank (JSON lines), an element of the top-level array or one
of several documents (JSON), a CSV record below the header with its quoted line breaks, a row (Parquet, ORC).
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from gridata_contracts.model import Contract, Csv, Format
from gridata_control.landing.names import COMPRESSIONS, known_suffix

_CHUNK_BYTES = 1 << 20
_WHITE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_JSON_TOKEN = re.compile(rb'["\\\[\]{},]|[^\s"\\\[\]{},]+')


def count_records(path: Path, key: str, contract: Contract) -> int:
    """Records of a fetched object that was published.

    Args:
        path: the exact version's bytes.
        key: its name in landing, which says the format where its ending is known.
        contract: says the format otherwise, and how CSV is written.
    """
    format_ = announced_format(key, contract)
    with _plain(path) as stream:
        if format_ is Format.JSONL:
            return sum(1 for line in stream if line.removeprefix(_BOM).strip(_WHITE))
        if format_ is Format.JSON:
            return _JsonCounter().count(stream)
        if format_ is Format.CSV:
            return _csv_records(stream, contract.landing.csv)
    return _columnar_rows(path, format_)


def announced_format(key: str, contract: Contract) -> Format:
    """Format that the name announces, else the contract's."""
    suffix = known_suffix(key) or ""
    for compression in COMPRESSIONS:
        suffix = suffix.removesuffix(compression)
    return Format(suffix[1:]) if suffix else contract.landing.format


@contextmanager
def _plain(path: Path) -> Iterator[BinaryIO]:
    """The content without compression, which the bytes tell and not the name."""
    with path.open("rb") as raw:
        magic = raw.read(4)
        raw.seek(0)
        if magic[:2] == b"\x1f\x8b":
            with gzip.open(raw) as stream:
                yield cast("BinaryIO", stream)
        elif magic == b"\x28\xb5\x2f\xfd":
            import pyarrow as pa

            with pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd") as stream:
                yield cast("BinaryIO", _Lines(cast("BinaryIO", stream)))
        else:
            yield raw


class _Lines:
    """A stream that has only `read`, iterated by lines without holding the whole content."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        return self._stream.read(size)

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        while chunk := self._stream.read(_CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (line + b"\n" for line in lines)
        if rest:
            yield rest


def _csv_records(stream: BinaryIO, dialect: Csv) -> int:
    csv.field_size_limit(sys.maxsize)
    lines = _CsvLines(stream, dialect)
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote)
    records = sum(lines.take_text() for _ in reader)
    return max(records - 1, 0)


class _CsvLines:
    """Lines as the reader wants them: any byte is a character, and a carriage return alone ends nothing.

    They remember whether the record they made held anything: its cells do not tell, `""` is one empty cell, too.
    """

    def __init__(self, stream: BinaryIO, dialect: Csv) -> None:
        self._lines = iter(stream)
        self._white = _WHITE.replace(dialect.delimiter.encode(), b"")
        self._is_first = True
        self._has_text = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if self._is_first:
            line, self._is_first = line.removeprefix(_BOM), False
        self._has_text = self._has_text or bool(line.strip(self._white))
        body = line.removesuffix(b"\n").removesuffix(b"\r")
        return body.replace(b"\r", b" ").decode("latin-1") + "\n"

    def take_text(self) -> bool:
        """Whether the lines since the last call held more than white space."""
        had_text, self._has_text = self._has_text, False
        return had_text


class _JsonCounter:
    """Counts top-level elements or documents by brackets, commas and quotes; nothing is held in memory."""

    def __init__(self) -> None:
        self._depth = 0
        self._level: int | None = None  # depth at which records stand: 1 in a top-level array, 0 outside
        self._expecting = True
        self._in_string = False
        self._escaped_at = -1
        self._position = 0
        self._atom_ended_at = -1
        self.records = 0

    def count(self, stream: BinaryIO) -> int:
        while chunk := stream.read(_CHUNK_BYTES):
            if self._position == 0:
                chunk = chunk.removeprefix(_BOM)
            for token in _JSON_TOKEN.finditer(chunk):
                self._step(token[0], self._position + token.start())
            self._position += len(chunk)
        return self.records

    def _step(self, token: bytes, at: int) -> None:
        if self._in_string:
            if at == self._escaped_at:
                return
            self._escaped_at = at + 1 if token == b"\\" else -1
            self._in_string = token != b'"'
            return
        if self._level is None:
            self._level = 1 if token == b"[" else 0
            if self._level:
                self._depth = 1
                return
        self._outside_strings(token, at)

    def _outside_strings(self, token: bytes, at: int) -> None:
        if token in (b"]", b"}"):
            self._depth -= 1
            return
        here = self._depth == self._level
        if token == b",":
            self._expecting = self._expecting or here
            return
        is_mark = token in (b"[", b"{", b'"')
        continued = at == self._atom_ended_at and not is_mark  # an atom cut in two by the end of a chunk
        if here and not continued and (self._expecting or self._level == 0):
            self.records += 1
            self._expecting = False
        if token in (b"[", b"{"):
            self._depth += 1
        elif token == b'"':
            self._in_string = True
        else:
            self._atom_ended_at = at + len(token)


def _columnar_rows(path: Path, format_: Format) -> int:
    if format_ is Format.PARQUET:
        from pyarrow import parquet

        return int(parquet.read_metadata(path).num_rows)
    from pyarrow import orc

    return int(orc.ORCFile(path).nrows)
