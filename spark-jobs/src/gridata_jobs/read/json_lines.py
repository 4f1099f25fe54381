"""JSON lines (and JSON arrays, staged as lines): fast where the grammar proves it, exact everywhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa

from gridata_contracts.model import Contract
from gridata_jobs.read.blocks import MAX_RECORD_BYTES, Block, Span, TextFile
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.exact import with_exact
from gridata_jobs.read.fast_json import SAMPLE_RECORDS, FastJson
from gridata_jobs.read.record import RecordReader
from gridata_jobs.read.source import FAST_FROM_BYTES, RawRecord, ReadBlock, row_schema, rows_not_in, too_large
from gridata_jobs.read.text_lines import lines_of, sample

_RELEARN_SHARE = 0.5
"""A block in which fewer records match teaches the grammar anew: the file changed its field order."""


class JsonLines:
    """One staged file of JSON lines."""

    def __init__(self, path: Path, contract: Contract, duck: Duck, fast_from_bytes: float = FAST_FROM_BYTES) -> None:
        """Open the file.

        Args:
            path: plain (uncompressed) and not empty.
            contract: what its records should hold.
            duck: a connection of this thread.
            fast_from_bytes: as `open_source` has it.
        """
        self._file = TextFile(path)
        self._contract = contract
        self._duck = duck
        self._exact = RecordReader(contract)
        self._schema = row_schema(contract)
        self._fast_from_bytes = fast_from_bytes
        self._fast: FastJson | None = None

    def spans(self) -> Iterator[Span]:
        return self._file.spans()

    def read(self, span: Span) -> ReadBlock:
        block = self._file.block(span)
        is_fast = len(block.data) >= self._fast_from_bytes
        fast = self._read_fast(block) if is_fast else self._schema.empty_table()
        return with_exact(fast, rows_not_in(block, fast), lambda row: self._record(block, row - span.first_row))

    def records(self, span: Span, rows: Collection[int]) -> Iterator[RawRecord]:
        block = self._file.block(span)
        for row in rows:
            yield self._record(block, row - span.first_row)

    def _read_fast(self, block: Block) -> pa.Table:
        lines = lines_of(block).table
        if self._fast is None:
            self._fast = FastJson(self._contract, sample(lines, SAMPLE_RECORDS))
        rows = self._fast.read(lines, self._duck)
        if len(rows) < _RELEARN_SHARE * len(block):
            self._fast = FastJson(self._contract, sample(lines, SAMPLE_RECORDS))
            rows = self._fast.read(lines, self._duck)
        return rows.cast(self._schema)

    def _record(self, block: Block, index: int) -> RawRecord:
        raw = block.raw(index)
        row = int(block.rows[index])
        if len(raw) > MAX_RECORD_BYTES:
            return RawRecord(row, too_large(raw), raw)
        return RawRecord(row, self._exact.read_json(bytes(raw)), raw)
