"""The last of the three writes: a batch and its files reach their terminal state in one transaction, once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from gridata_contracts.errors import PermanentError
from gridata_contracts.model import JsonValue
from gridata_contracts.naming import DatasetId
from gridata_control.ledger import batches as batch_rows
from gridata_control.ledger.records import (
    OUTCOME_STATES,
    Batch,
    BatchState,
    FileOutcome,
    FileState,
    PublishedBatch,
)
from gridata_control.ledger.tables import batches, files


@dataclass(frozen=True)
class Publication:
    """All that an ingest job says at the end of a batch; a snapshot id is None when that side had no rows."""

    outcomes: Sequence[FileOutcome]
    bronze_snapshot_id: int | None
    quarantine_snapshot_id: int | None
    report: Mapping[str, JsonValue]


def publish(connection: Connection, batch_id: str, publication: Publication, now_utc: datetime) -> None:
    """See `Ledger.publish`."""
    record = batch_rows.lock(connection, batch_id)
    outcomes = publication.outcomes
    _check(record.batch, outcomes)
    if record.state is BatchState.PUBLISHED:
        _require_same(connection, batch_id, outcomes)
        return
    if record.state is BatchState.SUPERSEDED:
        raise PermanentError(f"batch {batch_id}: got SUPERSEDED, allowed to publish only its children. Stop this run.")
    _write(connection, batch_id, publication, (FileState.BATCHED,), now_utc)


def replace(connection: Connection, batch_id: str, publication: Publication, now_utc: datetime) -> None:
    """Give a published batch and its files another publication: the end of a rewrite."""
    _check(batch_rows.lock(connection, batch_id).batch, publication.outcomes)
    _write(connection, batch_id, publication, OUTCOME_STATES, now_utc)


def _write(
    connection: Connection, batch_id: str, publication: Publication, waiting: Collection[FileState], now_utc: datetime
) -> None:
    for outcome in publication.outcomes:
        _decide(connection, batch_id, outcome, waiting, now_utc)
    batch_rows.set_state(
        connection,
        batch_id,
        BatchState.PUBLISHED,
        published_at_utc=now_utc,
        bronze_snapshot_id=publication.bronze_snapshot_id,
        quarantine_snapshot_id=publication.quarantine_snapshot_id,
        report=dict(publication.report),
        error=None,
        claimed_until_utc=None,
    )


def published(connection: Connection, dataset: DatasetId) -> list[PublishedBatch]:
    """Published batches of a dataset, ordered by ingestion instant, then id."""
    query = (
        select(batches)
        .where(batches.c.dataset == str(dataset), batches.c.state == BatchState.PUBLISHED.value)
        .order_by(batches.c.ingested_at_utc, batches.c.batch_id)
    )
    return [
        PublishedBatch(
            row["batch_id"],
            row["ingested_at_utc"],
            row["bronze_snapshot_id"],
            row["quarantine_snapshot_id"],
            row["rewrite"],
        )
        for row in connection.execute(query).mappings()
    ]


def _check(batch: Batch, outcomes: Sequence[FileOutcome]) -> None:
    ours = {file.file_id for file in batch.files}
    given = [outcome.file_id for outcome in outcomes]
    if len(given) != len(ours) or set(given) != ours:
        raise PermanentError(
            f"batch {batch.id}: got outcomes of {len(set(given) & ours)} of its {len(ours)} files "
            f"and {len(given) - len(set(given) & ours)} others, allowed exactly one per file."
        )
    for outcome in outcomes:
        _check_outcome(batch.id, outcome)


def _check_outcome(batch_id: str, outcome: FileOutcome) -> None:
    where = f"batch {batch_id}: file {outcome.file_id}"
    if outcome.state not in OUTCOME_STATES:
        raise PermanentError(f"{where}: got state {outcome.state}, allowed {sorted(OUTCOME_STATES)}.")
    if outcome.state is FileState.QUARANTINED and outcome.reason is None:
        raise PermanentError(f"{where}: got QUARANTINED without a reason, allowed one of ReasonCode.")
    if outcome.state is FileState.PUBLISHED and outcome.rows_in != outcome.n_valid + outcome.n_rejected:
        raise PermanentError(
            f"{where}: got rows_in {outcome.rows_in}, allowed n_valid + n_rejected = "
            f"{outcome.n_valid} + {outcome.n_rejected}. Rows were lost or doubled; nothing was published."
        )


def _decide(
    connection: Connection, batch_id: str, outcome: FileOutcome, waiting: Collection[FileState], now_utc: datetime
) -> None:
    own = (
        (files.c.file_id == outcome.file_id)
        & files.c.state.in_([state.value for state in waiting])
        & (files.c.batch_id == batch_id)
    )
    values: dict[str, object] = {
        "state": outcome.state.value,
        "reason": outcome.reason.value if outcome.reason else None,
        "rows_in": outcome.rows_in,
        "n_valid": outcome.n_valid,
        "n_rejected": outcome.n_rejected,
        "decided_at_utc": now_utc,
    }
    if outcome.content_sha256 is not None:
        values["content_sha256"] = outcome.content_sha256
    if connection.execute(update(files).where(own).values(**values)).rowcount != 1:
        raise PermanentError(
            f"batch {batch_id}: file {outcome.file_id} already has a fate or another batch, "
            f"allowed {' or '.join(sorted(waiting))} in this batch. Run `gridata verify`."
        )


def _require_same(connection: Connection, batch_id: str, outcomes: Sequence[FileOutcome]) -> None:
    stored = {
        row["file_id"]: (row["state"], row["reason"], row["rows_in"], row["n_valid"], row["n_rejected"])
        for row in connection.execute(select(files).where(files.c.batch_id == batch_id)).mappings()
    }
    for outcome in outcomes:
        reason = outcome.reason.value if outcome.reason else None
        again = (outcome.state.value, reason, outcome.rows_in, outcome.n_valid, outcome.n_rejected)
        before = stored.get(outcome.file_id)
        if before is None or (before[0] in OUTCOME_STATES and before != again):
            raise PermanentError(
                f"batch {batch_id}: file {outcome.file_id}: got {again}, allowed {before} as published. "
                "A published batch never changes; was the object or the contract changed?"
            )
