"""The producer's copy of every rejection: `rejected/<same path>.reasons.jsonl` beside the landing prefix.

A producer reads it without any access to the platform's tables. It is made from the published quarantine rows, so it
says exactly what the table says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO

from gridata_contracts.naming import reasons_key
from gridata_control.landing import Store
from gridata_jobs.lanes import Work

_FIELDS = ("_file_id", "_row_number", "reasons")


def put_reason_files(store: Store, work: Work) -> int:
    """Write one reason file per input that has rejections; returns how many."""
    work.quarantine.refresh()
    scan = work.quarantine.scan(row_filter=f"_batch_id = '{work.batch_id}'", selected_fields=_FIELDS)
    folder = work.scratch / "reasons"
    folder.mkdir(exist_ok=True)
    open_files: dict[str, IO[str]] = {}
    try:
        for batch in scan.to_arrow_batch_reader():
            for row in batch.to_pylist():
                file = open_files.get(row["_file_id"])
                if file is None:
                    file = open_files[row["_file_id"]] = (folder / row["_file_id"]).open("w", encoding="utf-8")
                line = {"row_number": row["_row_number"], "reasons": row["reasons"]}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    finally:
        for file in open_files.values():
            file.close()
    for each in work.inputs:
        if each.file.file_id in open_files:
            store.put(reasons_key(each.file.key), Path(folder / each.file.file_id))
    return len(open_files)
