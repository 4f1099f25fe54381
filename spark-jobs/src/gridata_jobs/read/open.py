"""Staged file → the source that reads its format."""

from __future__ import annotations

from gridata_contracts.model import Contract, Format
from gridata_jobs.read.columnar import ColumnarFile
from gridata_jobs.read.csv_file import CsvFile
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.json_lines import JsonLines
from gridata_jobs.read.source import Source
from gridata_jobs.read.staging import Staged


def open_source(staged: Staged, contract: Contract, duck: Duck, *, fast: bool = True) -> Source:
    """The staged file, ready to be read.

    Args:
        staged: a plain file of a known format.
        contract: what its records should hold.
        duck: a connection of this thread.
        fast: False reads every record exactly; the values must not change, only the speed.

    Raises:
        FileRefusedError: the header or the columns cannot be the contract's.
    """
    match staged.format:
        case Format.JSONL:
            return JsonLines(staged.path, contract, duck, fast=fast)
        case Format.CSV:
            return CsvFile(staged.path, contract, duck, fast=fast)
        case Format.PARQUET | Format.ORC:
            return ColumnarFile(staged.path, staged.format, contract, fast=fast)
        case Format.JSON:
            raise AssertionError("JSON documents are staged as JSON lines")
