"""The two lanes. Each reads, checks and splits one batch, and can then publish the two sides of the split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pyiceberg.table import Table

from gridata_contracts.model import Contract
from gridata_contracts.naming import bronze_table, quarantine_table
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_control.ledger import FileOutcome, FileState
from gridata_jobs.checks.aggregates import MeasuredColumn
from gridata_jobs.checks.decision import Decision, Tally
from gridata_jobs.checks.lookup import GivenTables, Lookup
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.publish import Published, Side
from gridata_jobs.stage_batch import Input


@dataclass(frozen=True)
class Work:
    """One batch, ready to be split.

    Attributes:
        ingested_at: the batch's constant instant, also its `as_of`.
        scratch: local folder of this job.
        may_write: raises PermanentError when this run may not write any more.
        rewrite: number of the rewrite of a published batch; 0: it is published for the first time.
        lookup: tables that checks look values up in.
    """

    batch_id: str
    contract: Contract
    ingested_at: datetime
    inputs: Sequence[Input]
    bronze: Table
    quarantine: Table
    scratch: Path
    metrics: JobMetrics
    may_write: Callable[[], None]
    rewrite: int = 0
    lookup: Lookup = field(default_factory=GivenTables)

    @property
    def quarantine_side(self) -> Side:
        """Where its rejected records go."""
        return Side(self.quarantine, quarantine_table(self.contract.id), self.batch_id, self.may_write)

    @property
    def bronze_side(self) -> Side:
        """Where its valid rows go."""
        return Side(self.bronze, bronze_table(self.contract.id), self.batch_id, self.may_write)


@dataclass
class FileCount:
    """Records of one file: `rows_in` from the reader's own counter, never from valid + rejected."""

    rows_in: int = 0
    valid: int = 0
    rejected: int = 0
    refusal: Reason | None = None


@dataclass
class Split:
    """What a lane found in a batch.

    Attributes:
        files: by file id.
        tally: of all rows that could be read.
        decision: the verdict about the batch.
        extra: rows with undeclared fields.
        columns: numbers of every column, of the rows that no row check rejects.
        fast: rows that came by the fast path; None where the lane does not count them.
    """

    files: dict[str, FileCount]
    tally: Tally = field(default_factory=Tally)
    decision: Decision = field(default_factory=Decision)
    extra: int = 0
    columns: Sequence[MeasuredColumn] = ()
    fast: int | None = None

    def outcomes(self, inputs: Sequence[Input]) -> list[FileOutcome]:
        """The terminal state of every file of the batch."""
        return [_outcome(each, self.files[each.file.file_id]) for each in inputs]


class Lane(AbstractContextManager["Lane"], Protocol):
    """One engine at work on one batch. Nothing is visible to readers before the publish calls."""

    def split(self) -> Split:
        """Read, check and split every input."""

    def publish_quarantine(self, stamps: Mapping[str, str]) -> Published:
        """Put the rejected records into the quarantine table, once; for a rewrite, in place of those that are there."""

    def publish_bronze(self, stamps: Mapping[str, str]) -> Published:
        """Put the valid rows into the bronze table, once; for a rewrite, in place of those that are there."""


def _outcome(each: Input, count: FileCount) -> FileOutcome:
    if count.refusal is not None and count.refusal.code is not ReasonCode.EMPTY_FILE:
        state, reason = FileState.QUARANTINED, ReasonCode(count.refusal.code)
    elif count.rows_in == 0:
        state, reason = FileState.EMPTY, ReasonCode.EMPTY_FILE
    else:
        state, reason = FileState.PUBLISHED, None
    return FileOutcome(
        each.file.file_id, state, reason, count.rows_in, count.valid, count.rejected, each.content_sha256
    )
