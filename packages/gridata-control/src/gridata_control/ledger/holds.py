"""Batches that a quality gate holds: nothing of them is in bronze, quarantine and report say why, a person decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gridata_contracts.errors import UsageError
from gridata_contracts.model import JsonValue
from gridata_control.ledger import batches
from gridata_control.ledger.records import BatchRecord, BatchState


@dataclass(frozen=True)
class Hold:
    """What an ingest job says of a batch whose quality gate failed.

    Attributes:
        quarantine_snapshot_id: snapshot with its rejected rows; None when it has none.
        error: which gate failed and why, for people.
    """

    quarantine_snapshot_id: int | None
    report: Mapping[str, JsonValue]
    error: str


def hold(connection: Connection, batch_id: str, word: Hold, now_utc: datetime) -> None:
    """A published or superseded batch stays what it is."""
    if batches.lock(connection, batch_id).state not in (*batches.UNPUBLISHED, BatchState.HELD):
        return
    batches.set_state(
        connection,
        batch_id,
        BatchState.HELD,
        held_at_utc=now_utc,
        quarantine_snapshot_id=word.quarantine_snapshot_id,
        report=dict(word.report),
        error=word.error,
    )


def clear(connection: Connection, batch_id: str, *, override_gate: bool) -> BatchRecord:
    """A HELD batch is READY again; returns what it was.

    Raises:
        UsageError: the batch is not held, and its gate was not overridden before.
    """
    record = batches.lock(connection, batch_id)
    if record.state is BatchState.HELD:
        overridden = override_gate or record.gate_overridden
        batches.set_state(
            connection, batch_id, BatchState.READY, error=None, claimed_until_utc=None, gate_overridden=overridden
        )
    elif not record.gate_overridden:
        raise UsageError(f"batch {batch_id}: got {record.state}, allowed HELD to clear its hold.")
    return record
