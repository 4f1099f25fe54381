"""Rows of `rewrites`: every time a published batch was, or is being, replaced by what a contract of today says of it.

A rewrite is ASKED, then WRITING from before its first table commit, then DONE; or ABANDONED before anything was
written. While it is WRITING the tables and the ledger may disagree about the batch, so it can only be finished. What
the batch was before is kept with the rewrite that replaced it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, insert, select, update

from gridata_contracts.errors import PermanentError, UsageError
from gridata_contracts.model import JsonValue
from gridata_control.ledger import batches as batch_rows
from gridata_control.ledger import files as file_rows
from gridata_control.ledger import publication
from gridata_control.ledger.records import BatchRecord, BatchState, FileState
from gridata_control.ledger.tables import batches, rewrites


class RewriteState(StrEnum):
    """Life of a rewrite."""

    ASKED = "ASKED"
    WRITING = "WRITING"  # the tables may hold some of it: it is finished, never given up
    DONE = "DONE"
    ABANDONED = "ABANDONED"  # a quality gate said no, or another was asked for; nothing was written


@dataclass(frozen=True)
class Asked:
    """What somebody wants of a published batch.

    Attributes:
        contract_hash: the contract whose verdict the batch gets.
        override_gate: publish it whatever that contract's quality gate says.
        by: who asks, for people.
        why: in their words; None when they gave none.
    """

    contract_hash: str
    override_gate: bool
    by: str
    why: str | None


@dataclass(frozen=True)
class Rewrite:
    """One rewrite of one batch.

    Attributes:
        number: from 1, in the order they were asked for; stamped on the tables' snapshots.
        writing_at_utc: when the ledger was told, before the first commit.
        ended_at_utc: when it was DONE or ABANDONED.
        run_id: of the run that finished it.
        error: why it was ABANDONED.
        before: the publication it replaced (contract hash, instant, snapshots, report, one entry per file); None until
            it is DONE.
    """

    batch_id: str
    number: int
    state: RewriteState
    asked: Asked
    asked_at_utc: datetime
    writing_at_utc: datetime | None = None
    ended_at_utc: datetime | None = None
    run_id: str | None = None
    error: str | None = None
    before: Mapping[str, JsonValue] | None = None


_OPEN = (RewriteState.ASKED, RewriteState.WRITING)


def ask(connection: Connection, batch_id: str, asked: Asked, now_utc: datetime) -> Rewrite:
    """See `Ledger.ask_rewrite`."""
    record = batch_rows.lock(connection, batch_id)
    if record.state is not BatchState.PUBLISHED:
        raise UsageError(
            f"batch {batch_id}: got {record.state}, allowed PUBLISHED to be rewritten. "
            "Nothing of it is published yet: `gridata replay` without --rewrite runs it."
        )
    _require_landed(connection, batch_id)
    earlier = of_batch(connection, batch_id)
    newest = earlier[-1] if earlier else None
    if newest is not None and newest.state is RewriteState.WRITING:
        return newest
    if newest is not None and newest.state is RewriteState.ASKED:
        if (newest.asked.contract_hash, newest.asked.override_gate) == (asked.contract_hash, asked.override_gate):
            return newest
        _end(connection, newest, RewriteState.ABANDONED, now_utc, error="another rewrite was asked for")
    number = 1 + (newest.number if newest else 0)
    row = {
        "batch_id": batch_id,
        "number": number,
        "state": RewriteState.ASKED.value,
        "contract_hash": asked.contract_hash,
        "gate_overridden": asked.override_gate,
        "asked_by": asked.by,
        "why": asked.why,
        "asked_at_utc": now_utc,
    }
    connection.execute(insert(rewrites).values(row))
    return get(connection, batch_id, number)


def start(connection: Connection, batch_id: str, number: int, now_utc: datetime) -> None:
    """See `Ledger.start_rewrite`."""
    record = batch_rows.lock(connection, batch_id)
    rewrite = get(connection, batch_id, number)
    if number == record.rewrites_begun:
        return
    if rewrite.state is not RewriteState.ASKED:
        raise PermanentError(
            f"batch {batch_id}: got rewrite {number}, which is {rewrite.state}, allowed the newest that was asked for. "
            "Stop this run."
        )
    _set(connection, rewrite, state=RewriteState.WRITING.value, writing_at_utc=now_utc)
    connection.execute(update(batches).where(batches.c.batch_id == batch_id).values(rewriting=number))


def abandon(connection: Connection, batch_id: str, number: int, error: str, now_utc: datetime) -> None:
    """See `Ledger.abandon_rewrite`."""
    batch_rows.lock(connection, batch_id)
    rewrite = get(connection, batch_id, number)
    if rewrite.state is RewriteState.ASKED:
        _end(connection, rewrite, RewriteState.ABANDONED, now_utc, error=error)


def finish(
    connection: Connection,
    batch_id: str,
    number: int,
    words: publication.Publication,
    run_id: str | None,
    now_utc: datetime,
) -> None:
    """See `Ledger.finish_rewrite`."""
    record = batch_rows.lock(connection, batch_id)
    rewrite = get(connection, batch_id, number)
    if number != record.rewrites_begun:
        raise PermanentError(
            f"batch {batch_id}: got the end of rewrite {number}, which is {rewrite.state}, allowed "
            f"rewrite {record.rewrites_begun}. Stop this run."
        )
    if record.rewriting is None:
        publication.publish(connection, batch_id, words, now_utc)  # the same outcomes again, or an error
        return
    before = _before(connection, record)
    publication.replace(connection, batch_id, words, now_utc)
    connection.execute(
        update(batches)
        .where(batches.c.batch_id == batch_id)
        .values(
            contract_hash=rewrite.asked.contract_hash,
            gate_overridden=rewrite.asked.override_gate,
            rewrite=number,
            rewriting=None,
        )
    )
    _end(connection, rewrite, RewriteState.DONE, now_utc, run_id=run_id, before=before)


def get(connection: Connection, batch_id: str, number: int) -> Rewrite:
    """Raises UsageError when the batch has no rewrite of this number."""
    found = [each for each in of_batch(connection, batch_id) if each.number == number]
    if not found:
        raise UsageError(
            f"batch {batch_id}: got rewrite {number}, allowed one that was asked for. "
            "`gridata replay --rewrite` asks for one."
        )
    return found[0]


def of_batch(connection: Connection, batch_id: str | None) -> list[Rewrite]:
    """Rewrites of a batch (None: of all), in order."""
    query = select(rewrites).order_by(rewrites.c.batch_id, rewrites.c.number)
    if batch_id is not None:
        query = query.where(rewrites.c.batch_id == batch_id)
    return [_rewrite(row) for row in connection.execute(query).mappings()]


def _require_landed(connection: Connection, batch_id: str) -> None:
    """A tombstone has nothing to read again; its siblings' rows stay with what is known of it."""
    gone = [
        record.file.key
        for record in file_rows.select_records(connection, None, [FileState.RETIRED, FileState.ERASED], batch_id)
    ]
    if gone:
        raise PermanentError(
            f"batch {batch_id}: got {len(gone)} files that are retired or erased, such as {gone[0]!r}, allowed a batch "
            "whose landed files can all be read again. It stays as published."
        )


def _before(connection: Connection, record: BatchRecord) -> dict[str, JsonValue]:
    """What the ledger says of the batch until now."""
    members: list[JsonValue] = [
        {
            "file_id": each.file.file_id,
            "state": each.state.value,
            "reason": each.reason.value if each.reason else None,
            "rows_in": each.rows_in,
            "n_valid": each.n_valid,
            "n_rejected": each.n_rejected,
        }
        for each in file_rows.select_records(connection, None, (), record.batch.id)
    ]
    return {
        "contract_hash": record.batch.contract_hash,
        "published_at_utc": record.published_at_utc.isoformat() if record.published_at_utc else None,
        "bronze_snapshot_id": record.bronze_snapshot_id,
        "quarantine_snapshot_id": record.quarantine_snapshot_id,
        "gate_overridden": record.gate_overridden,
        "report": None if record.report is None else dict(record.report),
        "files": members,
    }


def _end(connection: Connection, rewrite: Rewrite, state: RewriteState, now_utc: datetime, **values: object) -> None:
    _set(connection, rewrite, state=state.value, ended_at_utc=now_utc, **values)


def _set(connection: Connection, rewrite: Rewrite, **values: object) -> None:
    own = (rewrites.c.batch_id == rewrite.batch_id) & (rewrites.c.number == rewrite.number)
    connection.execute(update(rewrites).where(own).values(**values))


def _rewrite(row: RowMapping) -> Rewrite:
    return Rewrite(
        row["batch_id"],
        row["number"],
        RewriteState(row["state"]),
        Asked(row["contract_hash"], row["gate_overridden"], row["asked_by"], row["why"]),
        row["asked_at_utc"],
        row["writing_at_utc"],
        row["ended_at_utc"],
        row["run_id"],
        row["error"],
        row["before"],
    )
