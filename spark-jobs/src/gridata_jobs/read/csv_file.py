"""CSV by RFC 4180 with a header line, columns matched by name in any order."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from gridata_contracts.model import Contract, Csv
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_jobs.read.blocks import MAX_RECORD_BYTES, Block, Span, TextFile
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.exact import with_exact
from gridata_jobs.read.fast_csv import FastCsv
from gridata_jobs.read.masking import excerpt
from gridata_jobs.read.near_names import near_name, plain
from gridata_jobs.read.record import Record, RecordReader
from gridata_jobs.read.source import (
    FAST_FROM_BYTES,
    FileRefusedError,
    RawRecord,
    ReadBlock,
    row_schema,
    rows_not_in,
    too_large,
)
from gridata_jobs.read.text_lines import lines_of

_OTHER_DELIMITERS = ",;\t|"

csv.field_size_limit(MAX_RECORD_BYTES)  # the standard library's default of 128 KiB is no limit of ours


class CsvFile:
    """One staged CSV file."""

    def __init__(self, path: Path, contract: Contract, duck: Duck, fast_from_bytes: float = FAST_FROM_BYTES) -> None:
        """Open the file and match its header.

        Raises:
            FileRefusedError: HEADER_MISMATCH, INVALID_ENCODING: the header cannot be the contract's.
        """
        self._csv = contract.landing.csv
        self._file = TextFile(path, self._csv)
        self._header = _header(self._file.header(), contract)
        self._duck = duck
        self._exact = RecordReader(contract)
        self._schema = row_schema(contract)
        self._fast_from_bytes = fast_from_bytes
        self._fast = FastCsv(contract, self._header)

    def spans(self) -> Iterator[Span]:
        return self._file.spans()

    def read(self, span: Span) -> ReadBlock:
        block = self._file.block(span)
        fast = self._schema.empty_table()
        if len(block.data) >= self._fast_from_bytes:
            fast = self._fast.read(lines_of(block).table, self._duck).cast(self._schema)
        return with_exact(fast, rows_not_in(block, fast), lambda row: self._record(block, row - span.first_row))

    def records(self, span: Span, rows: Collection[int]) -> Iterator[RawRecord]:
        block = self._file.block(span)
        for row in rows:
            yield self._record(block, row - span.first_row)

    def _record(self, block: Block, index: int) -> RawRecord:
        raw = block.raw(index)
        record = too_large(raw) if len(raw) > MAX_RECORD_BYTES else self._read_exact(bytes(raw))
        return RawRecord(int(block.rows[index]), record, raw)

    def _read_exact(self, raw: bytes) -> Record:
        try:
            return self._exact.read_cells(self._header, _cells(raw.decode(), self._csv))
        except UnicodeDecodeError as error:
            return Record(
                reasons=[Reason(ReasonCode.INVALID_ENCODING, expected=f"UTF-8 (byte {error.start + 1} is not)")]
            )
        except csv.Error as error:
            return Record(reasons=[Reason(ReasonCode.INVALID_CSV, expected=f"one CSV record ({_why(raw, error)})")])


def _why(raw: bytes, error: csv.Error) -> str:
    """An open quote takes all lines up to the next quote, or to the end of the file, into one record: say so."""
    lines = len(raw.splitlines())
    return f"{error}; is a quote left open? {lines} lines were read as one record" if lines > 1 else str(error)


def _cells(text: str, dialect: Csv) -> list[str]:
    rows = list(csv.reader([text], delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True))
    if len(rows) != 1:
        raise csv.Error("more than one record")
    return rows[0]


def _header(raw: memoryview, contract: Contract) -> list[str]:
    """Column names of a header line that can be the contract's."""
    try:
        if len(raw) > MAX_RECORD_BYTES:
            raise csv.Error("a quote is left open")
        names = [name.strip() for name in _cells(bytes(raw).decode(), contract.landing.csv)]
    except UnicodeDecodeError as error:
        raise FileRefusedError(Reason(ReasonCode.INVALID_ENCODING, expected="a UTF-8 header line")) from error
    except csv.Error as error:
        raise FileRefusedError(Reason(ReasonCode.HEADER_MISMATCH, expected=f"a CSV header line ({error})")) from error
    missing = [c.name for c in contract.columns if (c.required or c.primary_key) and c.name not in names]
    if len(set(names)) < len(names):
        raise _mismatch("each column once", names, contract)
    if missing:
        meant = _meant(missing, names, contract)
        wanted = ", ".join(f"{name} (the header has {meant[name]!r})" if name in meant else name for name in missing)
        raise _mismatch(f"the columns {wanted}{_delimiter_hint(names, contract)}", names, contract, meant.values())
    return names


def _delimiter_hint(names: list[str], contract: Contract) -> str:
    ours = contract.landing.csv.delimiter
    other = next((d for d in _OTHER_DELIMITERS if d != ours and len(names) == 1 and d in names[0]), None)
    return f" separated by {ours!r} (the file seems to use {other!r})" if other else ""


def _meant(missing: list[str], names: list[str], contract: Contract) -> dict[str, str]:
    """By missing column, the name of the header that probably is it.

    A file without a header has a record of values in its place, which names no column: then only names that are a
    column's but for case and punctuation are taken.
    """
    columns = {column.name for column in contract.columns}
    alike = {plain(column) for column in columns}
    candidates = names if columns.intersection(names) else [name for name in names if plain(name) in alike]
    found = {name: near_name(name, candidates, contract) for name in missing}
    return {name: near for name, near in found.items() if near is not None}


def _mismatch(expected: str, names: list[str], contract: Contract, meant: Collection[str] = ()) -> FileRefusedError:
    """Other unknown names are counted, not shown: they may be values."""
    columns = {column.name for column in contract.columns}
    shown = [name for name in names if name in columns or name in meant]
    others = [f"{len(names) - len(shown)} other names"] if len(shown) < len(names) else []
    got = excerpt(", ".join([*shown, *others]))
    return FileRefusedError(Reason(ReasonCode.HEADER_MISMATCH, expected=expected, got=got))
