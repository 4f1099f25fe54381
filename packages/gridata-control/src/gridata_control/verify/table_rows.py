"""Counting rows per file and batch by reading the tables, with a fingerprint of their row numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gridata_control.catalog.data_files import LostFileError, text_bounds
from gridata_control.catalog.rows import scan_by_file

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table

_COLUMNS = ("_file_id", "_batch_id", "_row_number")
_STEP = 1 << 20


@dataclass(frozen=True)
class Tally:
    """Rows of one file in one batch of one table.

    Attributes:
        records: rows with a row number.
        whole_file: rows without: rejections of the file as a whole.
        fingerprint: sum of a hash of each row number modulo 2**64: equal for equal multisets, whatever their order.
    """

    records: int = 0
    whole_file: int = 0
    fingerprint: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.records + other.records,
            self.whole_file + other.whole_file,
            (self.fingerprint + other.fingerprint) % 2**64,
        )


Tallies = Mapping[tuple[str, str], Tally]
"""By (file id, batch id)."""


@dataclass(frozen=True)
class LostFile:
    """A data file of the current snapshot that is gone or damaged.

    Attributes:
        rows: as the manifest says.
        batches: least and greatest batch id in it, perhaps cut to a prefix; None when the manifest does not say.
        problem: what the reader found.
    """

    uri: str
    rows: int
    batches: tuple[str, str] | None
    problem: str


def tally_table(table: Table) -> tuple[Tallies, tuple[LostFile, ...]]:
    """All rows of the current snapshot, a batch of rows in memory at a time, and the files that could not be read.

    Raises:
        LostFileError: metadata of the snapshot cannot be read, so nothing can be counted.
    """
    tallies: dict[tuple[str, str], Tally] = {}
    lost: list[LostFile] = []
    if table.current_snapshot() is None:
        return tallies, ()
    for file, batches in scan_by_file(table, table.scan(selected_fields=_COLUMNS)):
        try:
            for rows in batches:
                for key, tally in _tally_rows(rows):
                    tallies[key] = tallies.get(key, Tally()) + tally
        except LostFileError as error:
            lost.append(_lost(table, file, error))
    return tallies, tuple(lost)


def expected_fingerprint(rows: int) -> int:
    """Fingerprint of the row numbers 1 to `rows`, each once."""
    total = 0
    for start in range(1, rows + 1, _STEP):
        numbers = np.arange(start, min(start + _STEP, rows + 1), dtype=np.uint64)
        total += int(_mix(numbers).sum(dtype=np.uint64))
    return total % 2**64


def row_numbers(table: Table, file_id: str, batch_id: str) -> Counter[int]:
    """How often each row number of a file in a batch is in the current snapshot, as far as its files can be read."""
    scan = table.scan(
        row_filter=f"_file_id = '{file_id}' and _batch_id = '{batch_id}'", selected_fields=("_row_number",)
    )
    found: Counter[int] = Counter()
    for _, batches in scan_by_file(table, scan):
        with suppress(LostFileError):  # tally_table has told of it
            for rows in batches:
                found.update(number for number in rows.column("_row_number").to_pylist() if number is not None)
    return found


def _lost(table: Table, file: DataFile, error: LostFileError) -> LostFile:
    return LostFile(file.file_path, file.record_count, text_bounds(table, file, "_batch_id"), error.problem)


def _tally_rows(rows: pa.RecordBatch) -> list[tuple[tuple[str, str], Tally]]:
    if rows.num_rows == 0:
        return []
    files, batches = rows.column("_file_id").dictionary_encode(), rows.column("_batch_id").dictionary_encode()
    width = len(batches.dictionary)
    codes = _numpy(files.indices) * width + _numpy(batches.indices)
    numbers = rows.column("_row_number")
    is_record = np.asarray(numbers.is_valid())
    hashes = _mix(_numpy(numbers.fill_null(0)).astype(np.uint64))
    found, positions = np.unique(codes, return_inverse=True)
    records = np.bincount(positions[is_record], minlength=len(found))
    totals = np.bincount(positions, minlength=len(found))
    sums = np.zeros(len(found), dtype=np.uint64)
    np.add.at(sums, positions[is_record], hashes[is_record])
    names = ((files.dictionary[int(code) // width], batches.dictionary[int(code) % width]) for code in found)
    return [
        ((file.as_py(), batch.as_py()), Tally(int(records[i]), int(totals[i] - records[i]), int(sums[i])))
        for i, (file, batch) in enumerate(names)
    ]


def _numpy(array: pa.Array[Any]) -> npt.NDArray[np.int64]:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.int64)


def _mix(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """splitmix64's finaliser: small differences become large ones, so that no two errors cancel out.

    Source: Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.
    """
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
