"""Staged file → the source that reads its format."""

from __future__ import annotations

from gridata_contracts.model import Contract, Format
from gridata_jobs.read.columnar import ColumnarFile
from gridata_jobs.read.csv_file import CsvFile
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.json_lines import JsonLines
from gridata_jobs.read.source import FAST_FROM_BYTES, NEVER_FAST, Source
from gridata_jobs.read.staging import Staged


def open_source(staged: Staged, contract: Contract, duck: Duck, *, fast_from_bytes: float = FAST_FROM_BYTES) -> Source:
    """The staged file, ready to be read.

    Args:
        staged: a plain file of a known format.
        contract: what its records should hold.
        duck: a connection of this thread.
        fast_from_bytes: blocks of at least so many bytes take the fast path, others are read exactly; the values must
            not change, only the speed. ALWAYS_FAST and NEVER_FAST are for proofs.

    Raises:
        FileRefusedError: the header or the columns cannot be the contract's.
    """
    match staged.format:
        case Format.JSONL:
            return JsonLines(staged.path, contract, duck, fast_from_bytes)
        case Format.CSV:
            return CsvFile(staged.path, contract, duck, fast_from_bytes)
        case Format.PARQUET | Format.ORC:
            return ColumnarFile(staged.path, staged.format, contract, fast=fast_from_bytes < NEVER_FAST)
        case Format.JSON:
            raise AssertionError("JSON documents are staged as JSON lines")
