"""Fetches the exact object version under a name of ours and makes it a plain file both lanes can read.

Compression and format are told by the content, not believed from the name: a ZIP archive called `.jsonl` is refused,
a truncated gzip stream is refused whole. Engines never see a producer's object name (Spark skips `_x.jsonl` silently
and expands `g[1].jsonl`).
"""

from __future__ import annotations

import gzip
import shutil
import zlib
from dataclasses import dataclass
from io import IOBase
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from gridata_contracts.errors import TransientError
from gridata_contracts.model import Format
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_jobs.read.json_array import to_lines
from gridata_jobs.read.source import FileRefusedError

_SUFFIXES = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSON,
    ".csv": Format.CSV,
    ".parquet": Format.PARQUET,
    ".orc": Format.ORC,
}
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_COLUMNAR = {Format.PARQUET: b"PAR1", Format.ORC: b"ORC"}
_BINARY = {
    _GZIP: "gzip inside of a compressed file",
    _ZSTD: "zstd inside of a compressed file",
    b"PK\x03\x04": "a ZIP archive",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x7fELF": "a program",
    b"%PDF": "PDF",
}
_COPY_BYTES = 1 << 20
_WHITE = b" \t\r\n"


@dataclass(frozen=True)
class Staged:
    """A plain file, ready to be opened.

    Attributes:
        path: uncompressed; JSON documents have become JSON lines.
        format: JSONL, CSV, PARQUET or ORC.
        landed_bytes: size as it landed.
    """

    path: Path
    format: Format
    landed_bytes: int


def format_of(key: str, default: Format) -> Format:
    """Format that an object's name announces, else the contract's."""
    suffixes = [s.lower() for s in Path(key).suffixes if s.lower() not in {".gz", ".zst"}]
    return _SUFFIXES.get(suffixes[-1], default) if suffixes else default


def stage(landed: Path, announced: Format) -> Staged:
    """Make a fetched file plain, in place of the fetched one.

    Args:
        landed: the exact bytes, in a directory of the job's own.
        announced: by `format_of`, or the caller's explicit choice.

    Raises:
        FileRefusedError: EMPTY_FILE, UNREADABLE_FILE, WRONG_FORMAT or INVALID_JSON.
        TransientError: the disk of this machine does not take the plain file.
    """
    size = landed.stat().st_size
    if size == 0:
        raise _empty(None)
    plain = _decompressed(landed)
    _check_magic(plain, announced)
    if announced in {Format.JSONL, Format.CSV, Format.JSON} and _is_blank(plain):
        raise _empty("white space only")
    if announced is not Format.JSON:
        return Staged(plain, announced, size)
    lines = plain.with_suffix(".lines")
    to_lines(plain, lines)
    plain.unlink()
    if lines.stat().st_size == 0:
        raise _empty("an empty array")
    return Staged(lines, Format.JSONL, size)


def _empty(got: str | None) -> FileRefusedError:
    return FileRefusedError(Reason(ReasonCode.EMPTY_FILE, expected="at least one record", got=got))


def _decompressed(landed: Path) -> Path:
    with landed.open("rb") as file:
        magic = file.read(4)
    if not magic.startswith((_GZIP, _ZSTD)):
        return landed
    plain = landed.with_suffix(".plain")
    try:
        with landed.open("rb") as file, _decompressor(file, magic) as source, plain.open("wb") as target:
            shutil.copyfileobj(source, target, _COPY_BYTES)
    except (EOFError, OSError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the machine's, not the content's
            raise TransientError(
                f"staging: got {error.strerror}, allowed a disk with space. Free some, retry."
            ) from error
        reason = Reason(ReasonCode.UNREADABLE_FILE, expected="a whole compressed file", got=type(error).__name__)
        raise FileRefusedError(reason) from error
    landed.unlink()
    return plain


def _decompressor(file: BinaryIO, magic: bytes) -> BinaryIO:
    """A stream of the content that fails where the compressed one is cut off, as the zstandard package's does not."""
    if magic.startswith(_GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    return cast("BinaryIO", pa.CompressedInputStream(pa.PythonFile(cast("IOBase", file), "r"), "zstd"))


def _check_magic(plain: Path, announced: Format) -> None:
    found = _content_of(plain, announced)
    if found != (announced if announced in _COLUMNAR else None):
        got = found or "another format"
        raise FileRefusedError(Reason(ReasonCode.WRONG_FORMAT, expected=f"a {announced.value} file", got=got))


def _content_of(plain: Path, announced: Format) -> str | None:
    """What the content is by its first bytes; None for text."""
    with plain.open("rb") as file:
        head = file.read(8)
        file.seek(-min(8, plain.stat().st_size), 2)
        tail = file.read()
    for format_, magic in _COLUMNAR.items():
        if not head.startswith(magic):
            continue
        # Text may begin with these letters, too. A file that was cut off is its reader's to refuse.
        if announced is format_ or magic in tail or any(byte < ord(" ") and byte not in _WHITE for byte in head):
            return format_
    return next((name for magic, name in _BINARY.items() if head.startswith(magic)), None)


def _is_blank(plain: Path) -> bool:
    with plain.open("rb") as file:
        while piece := file.read(_COPY_BYTES):
            if piece.removeprefix(b"\xef\xbb\xbf").strip(_WHITE):
                return False
    return True
