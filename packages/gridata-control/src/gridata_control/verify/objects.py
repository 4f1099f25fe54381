"""First half of the proof: the store's listing against the ledger's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gridata_contracts.naming import file_id
from gridata_control.landing.names import printable
from gridata_control.landing.store import ObjectVersion, Store
from gridata_control.ledger import BatchRecord, BatchState, FileRecord, FileState, LandedFile
from gridata_control.ledger.records import OUTCOME_STATES
from gridata_control.verify.violations import Kind, Violation

TOMBSTONES = frozenset({FileState.RETIRED, FileState.ERASED})
"""Versions whose object and rows are gone on purpose."""


def check_objects(
    store: Store, prefixes: Iterable[str], files: Mapping[str, FileRecord], batches: Iterable[BatchRecord]
) -> Iterator[Violation]:
    """Every listed version has one row with a fate; every row's version is in the store."""
    states = {record.batch.id: record.state for record in batches}
    listed = {}
    for prefix in prefixes:
        for version in store.list_versions(prefix):
            if not version.is_delete_marker:
                listed[file_id(store.bucket, version.key, version.version_id)] = version
    for identity, version in listed.items():
        if identity not in files:
            yield Violation(Kind.NO_LEDGER_ROW, where_version(version), "a row in the ledger", "none")
    for identity, record in files.items():
        if not record.state.terminal:
            waiting = f" in {states[record.batch_id]} batch {record.batch_id}" if record.batch_id in states else ""
            yield Violation(Kind.NOT_DECIDED, where(record.file), "a terminal state", f"{record.state}{waiting}")
        if identity not in listed and record.state not in TOMBSTONES and not _is_there(store, record.file):
            yield Violation(Kind.LOST_OBJECT, where(record.file), f"the version, as {record.state}", "not in the store")


def check_batches(files: Mapping[str, FileRecord], batches: Iterable[BatchRecord]) -> Iterator[Violation]:
    """Every file that a job decided is in exactly one published batch, its own; every duplicate has an original."""
    published: dict[str, list[str]] = {}
    for record in batches:
        if record.state is BatchState.PUBLISHED:
            for file in record.batch.files:
                published.setdefault(file.file_id, []).append(record.batch.id)
    for identity, file_record in files.items():
        holders = published.get(identity, [])
        decided_by_job = file_record.state in OUTCOME_STATES | TOMBSTONES and file_record.batch_id is not None
        expected = [file_record.batch_id] if decided_by_job else []
        if holders != expected or (file_record.state is FileState.PUBLISHED and not holders):
            wanted = f"batch {file_record.batch_id}" if decided_by_job else "no published batch"
            yield Violation(Kind.PUBLISHED_BATCHES, where(file_record.file), wanted, ", ".join(holders) or "none")
        if file_record.duplicate_of is not None and file_record.duplicate_of not in files:
            original = f"original {file_record.duplicate_of}"
            yield Violation(Kind.DUPLICATE_OF, where(file_record.file), original, "not in the ledger")


def check_rewrites(batches: Iterable[BatchRecord]) -> Iterator[Violation]:
    """Every rewrite that began to write is done; what else its batch is told of follows from it."""
    for record in batches:
        if record.rewriting is not None:
            got = f"half done: `gridata replay {record.batch.id} --rewrite` finishes it"
            yield Violation(Kind.HALF_REWRITTEN, f"batch {record.batch.id}", f"rewrite {record.rewriting} done", got)


def where(file: LandedFile) -> str:
    """A version by name, for people."""
    return f"{printable(file.key)} version {file.version_id}"


def where_version(version: ObjectVersion) -> str:
    """A listed version by name, for people."""
    return f"{printable(version.key)} version {version.version_id}"


def _is_there(store: Store, file: LandedFile) -> bool:
    """Asked again by its own key: it may lie under a prefix that no contract names any more."""
    return any(
        version.key == file.key and version.version_id == file.version_id for version in store.list_versions(file.key)
    )
