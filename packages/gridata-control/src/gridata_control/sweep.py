"""The truth about landing: list every object version, give each new one a row in the ledger, make batches.

Every step can be repeated: rows are inserted or ignored by file id, batches are formed in one transaction from files
still SEEN. So a sweep may be killed anywhere, and two may run at once.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.naming import DatasetId
from gridata_contracts.reasons import ReasonCode
from gridata_control.batches import BatchLimits, plan_batches
from gridata_control.classify import classify, landing_prefixes
from gridata_control.duplicates import Contents, judge_duplicate
from gridata_control.kept_contracts import keep_contracts
from gridata_control.landing.store import ObjectVersion, Settled, Store
from gridata_control.ledger import Batch, FileState, LandedFile, Ledger, NewFile
from gridata_control.reason_files import empty_reason_files

log = logging.getLogger(__name__)

_ROWS_PER_INSERT = 500


@dataclass(frozen=True)
class SweepReport:
    """What one sweep found.

    Attributes:
        listed: object versions in the store below the landing prefixes.
        new: versions that got a row, by the state they got.
        batches: made by this sweep.
        settled: directly dropped files of a local store that still change or are not ours.
    """

    listed: int
    new: dict[FileState, int]
    batches: tuple[Batch, ...]
    settled: Settled


def sweep(store: Store, ledger: Ledger, catalogue: Catalogue, limits: BatchLimits) -> SweepReport:
    """List, classify, insert, batch.

    Raises:
        TransientError: the store or the ledger did not answer; whatever was done stays done.
    """
    settled = store.settle(landing_prefixes(catalogue))
    versions = [version for version in _list(store, catalogue) if not version.is_delete_marker]
    new = record_new(store, ledger, catalogue, versions)
    batches = form_batches(ledger, catalogue, limits)
    log.info("sweep: %d versions listed, %d new, %d batches made", len(versions), sum(new.values()), len(batches))
    return SweepReport(len(versions), dict(new), tuple(batches), settled)


def record_new(
    store: Store, ledger: Ledger, catalogue: Catalogue, versions: Iterable[ObjectVersion]
) -> Counter[FileState]:
    """Give each version that has none its row, oldest first; how many got which state."""
    candidates = [classify(version, store.bucket, catalogue) for version in versions]
    known = ledger.known_files([entry.file.file_id for entry in candidates])
    fresh = [entry for entry in candidates if entry.file.file_id not in known]
    # Before they have rows, so that whoever is killed here does it again.
    empty_reason_files(store, [entry.file for entry in fresh if entry.state is FileState.EMPTY])
    recorder = _Recorder(ledger, catalogue, Contents(store, ledger))
    for entry in sorted(fresh, key=_object_order):
        recorder.add(entry)
    recorder.flush()
    for entry in _come_before_their_contract(ledger, candidates, known):
        recorder.reopen(entry)
    return recorder.new


class _Recorder:
    """Inserts in groups, but never judges a version while an earlier one of the same size is not inserted yet."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue, contents: Contents) -> None:
        self._ledger = ledger
        self._catalogue = catalogue
        self._contents = contents
        self._waiting: list[NewFile] = []
        self._sizes: set[tuple[DatasetId | None, int]] = set()
        self.new: Counter[FileState] = Counter()

    def add(self, entry: NewFile) -> None:
        size = (entry.dataset, entry.file.size_bytes)
        if size in self._sizes or len(self._waiting) >= _ROWS_PER_INSERT:
            self.flush()
        self._waiting.append(self._decide(entry))
        self._sizes.add(size)

    def flush(self) -> None:
        inserted = self._ledger.see(self._waiting)
        if inserted == len(self._waiting):
            self.new.update(entry.state for entry in self._waiting)
        elif inserted:  # another sweep was here meanwhile; who inserted which row does not matter
            self.new[FileState.SEEN] += inserted
        self._waiting, self._sizes = [], set()

    def reopen(self, entry: NewFile) -> None:
        decided = self._decide(entry)
        self.new[decided.state] += self._ledger.reopen(decided)

    def _decide(self, entry: NewFile) -> NewFile:
        if entry.state is not FileState.SEEN or entry.dataset is None:
            return entry
        return judge_duplicate(entry, self._catalogue[entry.dataset], self._ledger, self._contents)


def form_batches(ledger: Ledger, catalogue: Catalogue, limits: BatchLimits) -> list[Batch]:
    """READY batches of all SEEN files, per dataset version under its contract's hash.

    The ledger keeps the documents of all contracts first, so no batch is without the one it was made under.

    Raises:
        TransientError: a contract was changed since it was loaded.
    """
    keep_contracts(ledger, catalogue.values())
    datasets = {record.dataset for record in ledger.files(states=[FileState.SEEN]) if record.dataset is not None}
    contracts = [catalogue[dataset] for dataset in sorted(datasets) if dataset in catalogue]

    def plan(files: Iterable[LandedFile]) -> list[list[LandedFile]]:
        return plan_batches(list(files), limits)

    return [
        batch
        for contract in contracts
        for batch in ledger.form_batches(contract.id, contract.hash, plan, datetime.now(UTC))
    ]


def _list(store: Store, catalogue: Catalogue) -> Iterator[ObjectVersion]:
    for prefix in landing_prefixes(catalogue):
        yield from store.list_versions(prefix)


def _come_before_their_contract(
    ledger: Ledger, candidates: Iterable[NewFile], known: frozenset[str]
) -> Iterator[NewFile]:
    """Versions that were refused as unknown and have a contract now."""
    owned = {
        entry.file.file_id: entry for entry in candidates if entry.dataset is not None and entry.file.file_id in known
    }
    for record in ledger.files(states=[FileState.REFUSED]):
        if record.reason is ReasonCode.UNKNOWN_DATASET and record.file.file_id in owned:
            yield owned[record.file.file_id]


def _object_order(entry: NewFile) -> tuple[datetime, str, str]:
    return entry.modified_utc, entry.file.key, entry.file.version_id
