"""Second half, landing's side: every published object is read again and its records are counted."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from gridata_contracts.model import Contract
from gridata_control.landing.store import MissingObjectError, Store
from gridata_control.ledger import FileRecord, FileState
from gridata_control.verify.objects import where
from gridata_control.verify.recount import count_records
from gridata_control.verify.violations import Kind, Violation


def check_contents(store: Store, records: Iterable[tuple[FileRecord, Contract]]) -> Iterator[Violation]:
    """Files that a job read: their bytes are the same, their records as many as it said."""
    with tempfile.TemporaryDirectory(prefix="gridata-verify-") as folder:
        target = Path(folder) / "object"
        for record, contract in records:
            try:
                store.fetch(record.file.key, record.file.version_id, target)
            except MissingObjectError:
                yield Violation(
                    Kind.LOST_OBJECT, where(record.file), f"the version, as {record.state}", "cannot be read"
                )
                continue
            yield from _check_content(record, contract, target)
            target.unlink()


def _check_content(record: FileRecord, contract: Contract, path: Path) -> Iterator[Violation]:
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    if record.file.content_sha256 not in (None, sha256):
        yield Violation(Kind.CONTENT_CHANGED, where(record.file), str(record.file.content_sha256), sha256)
        return
    try:
        records = count_records(path, record.file.key, contract)
    except Exception as error:  # noqa: BLE001 any parser may fail on any bytes; that is the finding
        yield Violation(
            Kind.ROWS_IN, where(record.file), f"{record.rows_in} records", f"unreadable: {type(error).__name__}"
        )
        return
    expected = 0 if record.state is FileState.EMPTY else record.rows_in
    if records != expected:
        yield Violation(Kind.ROWS_IN, where(record.file), f"{records} records in the object", f"rows_in {expected}")
