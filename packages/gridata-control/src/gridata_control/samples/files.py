"""Writes sample files so that the same rows give the same bytes, whatever the day or the folder."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

_GZIP_LEVEL = 4
_ZSTD_LEVEL = 3
_CHUNK_BYTES = 1 << 20


def write_lines(path: Path, lines: Iterable[bytes], header: bytes | None = None) -> int:
    """Write records, each ended by a line feed; `.gz` and `.zst` are compressed.

    Returns:
        Number of records, without the header.
    """
    count = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, _compressed(raw, path.suffix) as stream:
        if header is not None:
            stream.write(header + b"\n")
        for line in lines:
            stream.write(line + b"\n")
            count += 1
    return count


def write_parquet(path: Path, table: pa.Table) -> int:
    """Write a table with zstd pages; returns its number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")
    return int(table.num_rows)


def write_truncated_gzip(path: Path, lines: Iterable[bytes]) -> None:
    """The first half of a gzip file: its start looks fine, its end never comes."""
    whole = gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(whole[: len(whole) // 2])


def content_sha256(path: Path) -> str:
    """Hash of the file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _compressed(raw: BinaryIO, suffix: str) -> Iterator[BinaryIO]:
    if suffix == ".gz":
        # neither name nor time in the gzip header: both would change the bytes
        with (
            gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=raw, mtime=0) as packed,
            io.BufferedWriter(packed, _CHUNK_BYTES) as stream,
        ):
            yield stream
    elif suffix == ".zst":
        with (
            zstandard.ZstdCompressor(level=_ZSTD_LEVEL).stream_writer(raw, closefd=False) as packed_zst,
            io.BufferedWriter(packed_zst, _CHUNK_BYTES) as stream,  # type: ignore[type-var]
        ):
            yield stream
    else:
        yield raw
