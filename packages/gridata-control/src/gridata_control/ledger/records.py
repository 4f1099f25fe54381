"""What the ledger says, as frozen records: files, batches, outcomes, runs, quality metrics."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridata_contracts import naming
from gridata_contracts.model import JsonValue
from gridata_contracts.naming import DatasetId
from gridata_contracts.reasons import ReasonCode


class FileState(StrEnum):
    """Life of one object version: all but SEEN and BATCHED are terminal, and every version ends in one of them."""

    SEEN = "SEEN"
    BATCHED = "BATCHED"
    PUBLISHED = "PUBLISHED"
    QUARANTINED = "QUARANTINED"  # whole file, one reason
    EMPTY = "EMPTY"
    DUPLICATE = "DUPLICATE"
    REFUSED = "REFUSED"  # not ours: unknown dataset, forbidden name
    RETIRED = "RETIRED"  # tombstone after retention
    ERASED = "ERASED"  # tombstone after erasure

    @property
    def terminal(self) -> bool:
        """Whether the version keeps this state."""
        return self not in (FileState.SEEN, FileState.BATCHED)


OUTCOME_STATES = frozenset({FileState.PUBLISHED, FileState.QUARANTINED, FileState.EMPTY, FileState.DUPLICATE})
"""States an ingest job may give a file of its batch."""


class BatchState(StrEnum):
    """Life of a batch. Only PUBLISHED and SUPERSEDED are for ever; a FAILED batch can be replayed or split."""

    READY = "READY"
    DISPATCHED = "DISPATCHED"
    PUBLISHED = "PUBLISHED"
    FAILED = "FAILED"
    HELD = "HELD"  # a quality gate said no: rejects are in quarantine, nothing is in bronze, a person decides
    SUPERSEDED = "SUPERSEDED"


@dataclass(frozen=True)
class LandedFile:
    """One object version of a batch. `content_sha256` is None until somebody read the content."""

    file_id: str
    bucket: str
    key: str
    version_id: str
    size_bytes: int
    content_sha256: str | None = None


@dataclass(frozen=True)
class NewFile:
    """One object version as the sweep saw it and what it made of it.

    Attributes:
        dataset: None when no contract owns the key.
        state: SEEN, or a terminal state decided from listing alone (EMPTY, DUPLICATE, REFUSED).
        detail: one sentence for people, such as a did-you-mean.
        duplicate_of: file id of the version with the same content.
    """

    file: LandedFile
    etag: str | None
    modified_utc: datetime
    dataset: DatasetId | None
    state: FileState
    reason: ReasonCode | None = None
    detail: str | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True)
class FileRecord:
    """All the ledger knows of one object version. Counts are None until an ingest job reported them."""

    file: LandedFile
    etag: str | None
    modified_utc: datetime
    seen_at_utc: datetime
    dataset: DatasetId | None
    state: FileState
    reason: ReasonCode | None
    detail: str | None
    duplicate_of: str | None
    batch_id: str | None
    rows_in: int | None
    n_valid: int | None
    n_rejected: int | None


@dataclass(frozen=True)
class Batch:
    """An ordered set of files of one dataset version under one contract.

    Attributes:
        contract_hash: `Contract.hash` the batch was made under.
        ingested_at_utc: constant of the batch, so a retry lands in the same partition.
        files: in object order: modified time, then key, then version.
    """

    id: str
    dataset: DatasetId
    contract_hash: str
    ingested_at_utc: datetime
    files: tuple[LandedFile, ...]

    @property
    def size_bytes(self) -> int:
        """Landed bytes of all files."""
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True)
class BatchRecord:
    """A batch with its fate.

    Attributes:
        run_number: n of the newest run id `<batch_id>__r<n>`; 0 = never dispatched.
        dag_id: DAG of the newest run.
        claimed_until_utc: while in the future, one dispatcher runs the batch in its own process.
        error: why it FAILED or is HELD, masked by whoever reported it.
        held_at_utc: when a quality gate last held it; stays after the hold is over.
        gate_overridden: somebody decided to publish it whatever its gate says; holds for every later run.
        rewrite: number of the rewrite that made it what it is; 0: as it was first published.
        rewriting: number of the rewrite whose rows the tables may hold already, while the ledger tells of the
            publication before; None: none is half done.
    """

    batch: Batch
    state: BatchState
    created_at_utc: datetime
    run_number: int
    dag_id: str | None
    dispatched_at_utc: datetime | None
    claimed_until_utc: datetime | None
    published_at_utc: datetime | None
    parent_id: str | None
    bronze_snapshot_id: int | None
    quarantine_snapshot_id: int | None
    error: str | None
    report: Mapping[str, JsonValue] | None
    held_at_utc: datetime | None
    gate_overridden: bool
    rewrite: int = 0
    rewriting: int | None = None

    @property
    def rewrites_begun(self) -> int:
        """Number of the last rewrite that wrote, or may have written, to a table; 0: none did."""
        return self.rewriting or self.rewrite


@dataclass(frozen=True)
class FileOutcome:
    """What an ingest job made of one file.

    Attributes:
        state: PUBLISHED (also with every row rejected), QUARANTINED, EMPTY or DUPLICATE.
        reason: set for QUARANTINED.
        rows_in: the reader's own count; 0 when nothing could be read.
        content_sha256: of the bytes the job read; None when the object was gone.
    """

    file_id: str
    state: FileState
    reason: ReasonCode | None
    rows_in: int
    n_valid: int
    n_rejected: int
    content_sha256: str | None


@dataclass(frozen=True)
class PublishedBatch:
    """A published batch as a transform sees it; a snapshot id is None when that side had no rows.

    Attributes:
        rewrite: number of its last finished rewrite; 0: as it was first published.
    """

    batch_id: str
    ingested_at_utc: datetime
    bronze_snapshot_id: int | None
    quarantine_snapshot_id: int | None
    rewrite: int = 0

    @property
    def version(self) -> str:
        """Names the batch as it is now: another text after each rewrite."""
        return naming.batch_version(self.batch_id, self.rewrite)


@dataclass(frozen=True)
class Run:
    """One job of one run, as `gridata-job` reports it.

    Attributes:
        run_id: Airflow's dag_run_id, or one made by whoever started the job.
        ended_at_utc: None while running.
        exit_code: 0 done, 1 a check said no, 2 usage, 3 permanent, 4 transient; None while running.
        told_at_utc: when its metadata was told to every catalog, or refused by one; None: not yet.
        told_error: why it was not told, or is refused.
    """

    run_id: str
    job: str
    started_at_utc: datetime
    ended_at_utc: datetime | None = None
    exit_code: int | None = None
    batch_id: str | None = None
    report: Mapping[str, JsonValue] | None = None
    told_at_utc: datetime | None = None
    told_error: str | None = None


@dataclass(frozen=True)
class QualityMetric:
    """One measured number of one check, staged here until one writer moves it to `gridata_ops.quality_metrics`.

    Attributes:
        scope_id: what was measured: a batch id, or the run id of a re-check.
        check_id: `Check.id`; `column:<path>` for what is measured of every column; `batch`; or a name of a re-check.
        metric: what the number counts, such as `rows_checked` or `completeness`.
        passed: verdict, None where the number alone is reported.
        fingerprint: of the check: numbers with the same one answer the same question; None for other numbers.
        snapshot_id: of the table, that holds the rows; None when nothing was published.
        sketch: of a column, as `gridata_contracts.sketches` writes it; `metric` then names its kind and `value` is the
            number of records it counted. None for other numbers.
    """

    dataset: str
    table: str
    scope_id: str
    check_id: str
    metric: str
    value: float
    measured_at_utc: datetime
    severity: str = "error"
    passed: bool | None = None
    run_id: str | None = None
    fingerprint: str | None = None
    snapshot_id: int | None = None
    sketch: str | None = None

    @property
    def id(self) -> str:
        """The same measurement has the same id, so staging or flushing it twice keeps one row."""
        content = "\0".join((self.table, self.scope_id, self.check_id, self.metric))
        return hashlib.sha256(content.encode()).hexdigest()
