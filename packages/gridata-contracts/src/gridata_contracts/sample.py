"""Reads the first records of a sample file, every number exactly as it was written; a few broken ones are set aside."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Format
from gridata_contracts.sample_columnar import read_columnar
from gridata_contracts.types import LogicalType
from gridata_contracts.values import NumberToken

MAX_RECORDS = 20_000
MAX_BROKEN_SHARE = 0.02
"""Share of records that may be broken: real files have some. A single one is always put up with."""
_DELIMITERS = ",;\t|"
_SUFFIXES = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSON,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".parquet": Format.PARQUET,
    ".orc": Format.ORC,
}

Record = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """The first records of a file.

    Attributes:
        records: JSON-like values; numbers are NumberTokens, CSV cells are text, an empty cell is None.
        delimiter: of a CSV file.
        types: logical type by column path where the file itself says it (Parquet, ORC).
        broken: where records were left out that could not be read, and why; no values.
    """

    format: Format
    records: list[Record]
    delimiter: str = ","
    types: Mapping[str, LogicalType] = field(default_factory=dict)
    broken: tuple[str, ...] = ()


def read_sample(path: Path) -> Sample:
    """At most MAX_RECORDS records of a JSON lines, JSON, CSV, Parquet or ORC file, plain or `.gz` or `.zst`.

    Raises:
        UsageError: the file is not there, of another format, empty, cannot be read, or too many of its records cannot.
    """
    if not path.is_file():
        raise UsageError(f"sample {path}: got no such file, allowed an existing file. Check the path.")
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in (".gz", ".zst")]
    form = _SUFFIXES.get(suffixes[-1] if suffixes else "")
    if form is None:
        raise UsageError(f"sample {path}: got {path.suffix!r}, allowed {', '.join(_SUFFIXES)}, plain or .gz or .zst.")
    try:
        sample = _read(path, form)
    except (OSError, EOFError, ValueError, csv.Error) as error:
        why = str(error) if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise UsageError(f"sample {path}: got what is no readable {form} ({why}), allowed a whole file.") from error
    broken, total = len(sample.broken), len(sample.broken) + len(sample.records)
    if broken and (broken > max(1, MAX_BROKEN_SHARE * total) or broken >= len(sample.records)):
        raise UsageError(
            f"sample {path}: got what is no readable {form}: {broken} of {total} records are broken "
            f"({'; '.join(sample.broken[:3])}), allowed {MAX_BROKEN_SHARE:.0%}, or one. Mend it or take another file."
        )
    if not sample.records:
        raise UsageError(f"sample {path}: got no records, allowed at least one.")
    return sample


@dataclass(frozen=True)
class _Broken:
    """A record that cannot be read: its place, and why without any of its text."""

    where: str


def _read(path: Path, form: Format) -> Sample:
    if form in (Format.PARQUET, Format.ORC):
        with _plain(path) as plain:
            types, records = read_columnar(plain, form, MAX_RECORDS)
        return Sample(form, records, types=types)
    with _open(path) as stream:
        # Bytes that are no UTF-8 break their own record only; a JSON document is one piece.
        errors = "strict" if form is Format.JSON else "surrogateescape"
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors=errors, newline="")
        if form is Format.CSV:
            delimiter, rows = _csv(text)
            return _kept(form, rows, delimiter)
        return _kept(form, _json_lines(text) if form is Format.JSONL else _json_array(text))


def _kept(form: Format, found: Iterator[Record | _Broken], delimiter: str = ",") -> Sample:
    records: list[Record] = []
    broken: list[str] = []
    for each in itertools.islice(found, MAX_RECORDS):
        if isinstance(each, _Broken):
            broken.append(each.where)
        else:
            records.append(each)
    return Sample(form, records, delimiter, broken=tuple(broken))


def _open(path: Path) -> IO[bytes]:
    if path.suffix.lower() == ".gz":
        return cast(IO[bytes], gzip.open(path))
    if path.suffix.lower() == ".zst":
        import pyarrow as pa

        return cast(IO[bytes], pa.input_stream(str(path), compression="zstd"))
    return path.open("rb")


def _json_lines(text: IO[str]) -> Iterator[Record | _Broken]:
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        if not _is_text(line):
            yield _Broken(f"line {number}: not UTF-8")
            continue
        try:
            yield _object(_json(line), f"line {number}")
        except ValueError:
            yield _Broken(f"line {number}: not one JSON value")


def _json_array(text: IO[str]) -> Iterator[Record | _Broken]:
    values = _json(text.read())
    for number, value in enumerate(values if isinstance(values, list) else [values], start=1):
        yield _object(value, f"element {number}")


def _is_text(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:  # a byte that was set aside as a surrogate
        return False
    return True


def _json(text: str) -> object:
    return json.loads(text, parse_int=NumberToken, parse_float=NumberToken, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _object(value: object, where: str) -> Record | _Broken:
    return value if isinstance(value, dict) else _Broken(f"{where}: not a JSON object")


def _csv(text: IO[str]) -> tuple[str, Iterator[Record | _Broken]]:
    """The delimiter and the rows; a header that is not UTF-8 is no header."""
    header = text.readline()
    if not _is_text(header):
        raise ValueError("header is not UTF-8")
    delimiter = max(_DELIMITERS, key=header.count)
    names = next(csv.reader([header], delimiter=delimiter), [])
    return delimiter, _csv_rows(csv.reader(text, delimiter=delimiter, strict=True), names)


def _csv_rows(rows: Any, names: list[str]) -> Iterator[Record | _Broken]:
    while True:
        line = rows.line_num + 2  # the header is line 1
        try:
            row = next(rows, None)
        except csv.Error:
            # A quote that is left open takes the lines after it along: each of them is lost.
            yield _Broken(f"line {line}: not one CSV record (a quote is left open?)")
            yield from (_Broken(f"line {lost}: inside of that quote") for lost in range(line + 1, rows.line_num + 2))
            continue
        if row is None:
            return
        if row:
            yield _csv_record(row, names, line)


def _csv_record(row: list[str], names: list[str], line: int) -> Record | _Broken:
    if len(row) != len(names):
        return _Broken(f"line {line}: {len(row)} fields, the header has {len(names)}")
    if not all(map(_is_text, row)):
        return _Broken(f"line {line}: not UTF-8")
    return {name: cell if cell else None for name, cell in zip(names, row, strict=True)}


@contextmanager
def _plain(path: Path) -> Iterator[IO[bytes]]:
    """The file without its compression, on disk, because Parquet and ORC are read from their end."""
    with _open(path) as stream, tempfile.TemporaryFile() as plain:
        if path.suffix.lower() not in (".gz", ".zst"):
            yield stream
            return
        shutil.copyfileobj(stream, plain)
        plain.seek(0)
        yield plain
