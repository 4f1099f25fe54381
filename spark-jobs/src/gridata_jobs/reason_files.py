"""The producer's copy of every rejection: `rejected/<same path>.reasons.jsonl` beside the landing prefix.

A producer reads it without any access to the platform's tables. It is made from the published quarantine rows, so it
says exactly what the table says. One path has one reason file however often the object is sent again, so it is that of
the newest version: an older one that is run later, or again, does not write it, and a newer one without rejections
empties it (one of zero bytes without a job, see gridata_control.reason_files). Every line names its version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from gridata_contracts.naming import reasons_key
from gridata_control.landing import Store
from gridata_control.ledger import LandedFile
from gridata_control.reason_files import is_newest, told
from gridata_jobs.lanes import Work

_FIELDS = ("_file_id", "_row_number", "reasons")


def put_reason_files(store: Store, work: Work) -> int:
    """Write the reason file of each input that is its object's newest version; returns how many were written."""
    folder = work.scratch / "reasons"
    folder.mkdir(exist_ok=True)
    inputs = [each.file for each in work.inputs]
    rejected = _write_lines(work, folder, {file.file_id: file for file in inputs})
    told_before = told(store, (reasons_key(file.key) for file in inputs))
    nothing = folder / "nothing"
    nothing.touch()
    written = 0
    for file in inputs:
        target = reasons_key(file.key)
        lines = rejected.get(file.file_id)
        if (lines is not None or target in told_before) and is_newest(store, file):
            store.put(target, lines or nothing)
            written += 1
    return written


def _write_lines(work: Work, folder: Path, files: Mapping[str, LandedFile]) -> dict[str, Path]:
    """One local file per input with rejections, by file id; a batch may hold more files than can be open at once."""
    work.quarantine.refresh()
    scan = work.quarantine.scan(row_filter=f"_batch_id = '{work.batch_id}'", selected_fields=_FIELDS)
    found: dict[str, Path] = {}
    for batch in scan.to_arrow_batch_reader():
        for file_id, lines in _lines(batch, files).items():
            path = found.setdefault(file_id, folder / file_id)
            with path.open("a", encoding="utf-8") as file:
                file.writelines(lines)
    return found


def _lines(batch: pa.RecordBatch, files: Mapping[str, LandedFile]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in batch.to_pylist():
        file = files[row["_file_id"]]
        version = {"file_id": file.file_id, "version_id": file.version_id}
        line = {**version, "row_number": row["_row_number"], "reasons": row["reasons"]}
        found.setdefault(file.file_id, []).append(json.dumps(line, ensure_ascii=False) + "\n")
    return found
