"""Reads the first records of a sample file, every number exactly as it was written."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import gzip
import io
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Format
from gridata_contracts.sample_types import types_of
from gridata_contracts.types import LogicalType
from gridata_contracts.values import NumberToken

MAX_RECORDS = 20_000
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
    """

    format: Format
    records: list[Record]
    delimiter: str = ","
    types: Mapping[str, LogicalType] = field(default_factory=dict)


def read_sample(path: Path) -> Sample:
    """At most MAX_RECORDS records of a JSON lines, JSON, CSV, Parquet or ORC file, plain or `.gz` or `.zst`.

    Raises:
        UsageError: the file is not there, of another format, empty, or cannot be read.
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
        kind = type(error).__name__
        raise UsageError(f"sample {path}: got what is no readable {form} ({kind}), allowed a whole file.") from error
    if not sample.records:
        raise UsageError(f"sample {path}: got no records, allowed at least one.")
    return sample


def _read(path: Path, form: Format) -> Sample:
    if form in (Format.PARQUET, Format.ORC):
        return _columnar(path, form)
    with _open(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        if form is Format.CSV:
            return _csv(text)
        rows = _json_lines(text) if form is Format.JSONL else _json_array(text)
        return Sample(form, list(itertools.islice(rows, MAX_RECORDS)))


def _open(path: Path) -> IO[bytes]:
    if path.suffix.lower() == ".gz":
        return cast(IO[bytes], gzip.open(path))
    if path.suffix.lower() == ".zst":
        import pyarrow as pa

        return cast(IO[bytes], pa.input_stream(str(path), compression="zstd"))
    return path.open("rb")


def _json_lines(text: IO[str]) -> Iterator[Record]:
    for number, line in enumerate(text, start=1):
        if line.strip():
            yield _object(_json(line), number)


def _json_array(text: IO[str]) -> Iterator[Record]:
    values = _json(text.read())
    for number, value in enumerate(values if isinstance(values, list) else [values], start=1):
        yield _object(value, number)


def _json(text: str) -> object:
    return json.loads(text, parse_int=NumberToken, parse_float=NumberToken, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _object(value: object, number: int) -> Record:
    if not isinstance(value, dict):
        raise ValueError(f"record {number} is no JSON object")
    return value


def _csv(text: IO[str]) -> Sample:
    header = text.readline()
    delimiter = max(_DELIMITERS, key=header.count)
    names = next(csv.reader([header], delimiter=delimiter), [])
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    records: list[Record] = [
        {name: cell if cell else None for name, cell in zip(names, row, strict=True)}
        for row in itertools.islice(rows, MAX_RECORDS)
        if row
    ]
    return Sample(Format.CSV, records, delimiter)


def _columnar(path: Path, form: Format) -> Sample:
    import pyarrow as pa
    import pyarrow.orc as orc
    import pyarrow.parquet as pq

    try:
        table: pa.Table = pq.ParquetFile(path).read() if form is Format.PARQUET else orc.ORCFile(path).read()
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error
    rows = table.slice(0, MAX_RECORDS).to_pylist()
    records = [{name: _token(value) for name, value in row.items()} for row in rows]
    return Sample(form, records, types=types_of(table.schema))


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
