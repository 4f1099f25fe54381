"""Which inputs a target already holds: stamps on its snapshots, archived in the ledger before snapshots expire.

A commit carries its stamp in its own snapshot, so data and stamp appear together or not at all. Snapshots expire;
therefore every stamp is copied to the ledger after the commit, by the next run that finds it missing there, and by
`maintain` before it expires anything. A batch is applied when either place says so, and once more when it was rewritten
since. Applying one twice would change nothing (merges keep the latest version of a row); stamps save the work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gridata_contracts.naming import DatasetId, batch_version, parse_batch_version
from gridata_control.ledger import Ledger, PublishedBatch

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

INPUT_BATCHES = "gridata.input-batches"
"""Summary property: comma list of the batches a commit newly applied, each as `PublishedBatch.version` has it."""
INPUT_SNAPSHOTS = "gridata.input-snapshots"
"""Summary and table property: comma list of `<table>=<snapshot id>` the target was last computed from."""
INPUT_STATE = "gridata.input-state"
"""Summary property: hash of everything a whole-table transform read, its `as_of` day included. As a table property:
`<newest stamped snapshot>:<hash>`, for a computation since then that changed no row."""
TRANSFORM = "gridata.transform"
AS_OF = "gridata.as-of"
RUN_ID = "gridata.run-id"

BATCHES_PER_COMMIT = 1000
"""A batch id takes about 45 bytes of every later metadata file."""


def pending_batches(
    ledger: Ledger, dataset: DatasetId, target: Table, *, rebuild: bool = False
) -> list[PublishedBatch]:
    """Published batches the target does not hold yet as they are now, in the ledger's order; all for a rebuild.

    Batches that never had bronze rows are left out: there is nothing to apply. One that was rewritten since is among
    them again, also when it has no rows now: those it had must go.
    """
    applied = {} if rebuild else archive_stamps(ledger, target)
    return [
        batch
        for batch in ledger.published_batches(dataset)
        if (batch.bronze_snapshot_id is not None or batch.rewrite) and applied.get(batch.batch_id, -1) < batch.rewrite
    ]


def archive_stamps(ledger: Ledger, target: Table) -> dict[str, int]:
    """Copy stamps the ledger lacks from the target's snapshots; every applied batch id with its last rewrite's number.

    Snapshots are looked at newest first, so of a batch that was applied several times the last rewrite is found.
    """
    name = table_id(target)
    found = ledger.stamped(name)
    for snapshot in lineage_of_current(target):
        versions = [parse_batch_version(text) for text in _listed(snapshot, INPUT_BATCHES)]
        newer = [(batch_id, rewrite) for batch_id, rewrite in versions if found.get(batch_id, -1) < rewrite]
        if missing := _known(ledger, newer):
            ledger.stamp(name, missing, snapshot.snapshot_id, _property(snapshot, RUN_ID))
        found |= dict(newer)
    return found


def computed_from(target: Table) -> list[Mapping[str, int]]:
    """Input snapshots the target may have been last computed from: by its newest stamp and by its property.

    Two places, because a run that changed no row commits no snapshot and leaves its stamp in the property.
    """
    stamped = next((text for s in lineage_of_current(target) if (text := _property(s, INPUT_SNAPSHOTS))), None)
    texts = (stamped, target.properties.get(INPUT_SNAPSHOTS))
    return [_snapshots(text) for text in texts if text]


def computed_states(target: Table) -> set[str]:
    """Input states the target's rows stand for: its newest stamp's, and the one kept on the table since that stamp."""
    stamped = _newest_stamped(target)
    states = {_property(stamped, INPUT_STATE)} if stamped else set()
    since, _, state = target.properties.get(INPUT_STATE, "").partition(":")
    if since == _id_text(stamped):
        states.add(state)
    return {state for state in states if state}


def keep_state(target: Table, state: str) -> None:
    """The target's rows also stand for this state: it was computed and no row differed."""
    set_property(target, INPUT_STATE, f"{_id_text(_newest_stamped(target))}:{state}")


def _known(ledger: Ledger, versions: list[tuple[str, int]]) -> list[str]:
    """Versions of batches the ledger has: one that was built anew does not know the batches of old stamps."""
    if not versions:
        return []
    ours = {record.batch.id for record in ledger.batches()}
    return [batch_version(batch_id, rewrite) for batch_id, rewrite in versions if batch_id in ours]


def _newest_stamped(target: Table) -> Snapshot | None:
    return next((s for s in lineage_of_current(target) if _property(s, INPUT_STATE)), None)


def _id_text(snapshot: Snapshot | None) -> str:
    return str(snapshot.snapshot_id) if snapshot else "none"


def set_property(target: Table, name: str, value: str) -> None:
    """Keep a stamp on the table itself, without a snapshot, when a run found nothing to change."""
    if target.properties.get(name) != value:
        with target.transaction() as transaction:
            transaction.set_properties({name: value})


def snapshots_text(snapshots: Mapping[str, int]) -> str:
    """`<table>=<snapshot id>` in table order, joined by commas."""
    return ",".join(f"{table}={snapshot}" for table, snapshot in sorted(snapshots.items()))


def state_hash(parts: Sequence[str]) -> str:
    """One word for a list of facts about the input."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def lineage_of_current(target: Table) -> Iterator[Snapshot]:
    """The current snapshot and its ancestors that still exist, newest first; a rolled back one is not among them."""
    snapshot = target.current_snapshot()
    while snapshot is not None:
        yield snapshot
        parent = snapshot.parent_snapshot_id
        snapshot = None if parent is None else target.snapshot_by_id(parent)


def table_id(table: Table) -> str:
    """`<namespace>.<name>`."""
    return ".".join(table.name())


def _listed(snapshot: Snapshot, name: str) -> list[str]:
    return [part for part in (_property(snapshot, name) or "").split(",") if part]


def _property(snapshot: Snapshot, name: str) -> str | None:
    return snapshot.summary.additional_properties.get(name) if snapshot.summary else None


def _snapshots(text: str) -> dict[str, int]:
    pairs = (part.partition("=") for part in text.split(","))
    return {table: int(snapshot) for table, _, snapshot in pairs}
