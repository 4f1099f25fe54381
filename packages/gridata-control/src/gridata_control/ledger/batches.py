"""Rows of `batches` and `batch_files`: how files become batches and how a batch moves on before it is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, text, update

from gridata_contracts import naming
from gridata_contracts.errors import PermanentError, UsageError
from gridata_contracts.naming import DatasetId, parse_dataset_id
from gridata_control.ledger import files as file_rows
from gridata_control.ledger.records import Batch, BatchRecord, BatchState, FileState, LandedFile
from gridata_control.ledger.tables import batch_files, batches, files
from gridata_control.ledger.upsert import insert_or_ignore

Plan = Callable[[Sequence[LandedFile]], Sequence[Sequence[LandedFile]]]
"""Cuts files in object order into the files of each batch; pure."""

UNPUBLISHED = (BatchState.READY, BatchState.DISPATCHED, BatchState.FAILED)
"""States a run moves on by itself; out of HELD only a person or a changed contract leads."""


def form(
    connection: Connection, dataset: DatasetId, contract_hash: str, plan: Plan, ingested_at_utc: datetime
) -> list[Batch]:
    """Batches out of all SEEN files of a dataset; whoever comes second finds none left.

    Each has an instant of its own, a microsecond after the one before: by it batches come one after the other.
    """
    _exclude_others(connection, f"form {dataset}")
    groups = [group for group in plan(_seen_files(connection, dataset)) if group]
    instants = (ingested_at_utc + timedelta(microseconds=i) for i in range(len(groups)))
    return [add(connection, dataset, contract_hash, group, at) for group, at in zip(groups, instants, strict=True)]


def add(
    connection: Connection,
    dataset: DatasetId,
    contract_hash: str,
    members: Sequence[LandedFile],
    ingested_at_utc: datetime,
    parent_id: str | None = None,
) -> Batch:
    """One READY batch of exactly these files, or the batch that already holds them.

    Raises:
        PermanentError: a file is unknown, terminal or in another batch.
    """
    batch_id = naming.batch_id(dataset, contract_hash, [file.file_id for file in members])
    row = {
        "batch_id": batch_id,
        "dataset": str(dataset),
        "contract_hash": contract_hash,
        "state": BatchState.READY.value,
        "ingested_at_utc": ingested_at_utc,
        "created_at_utc": ingested_at_utc,
        "parent_id": parent_id,
        "run_number": 0,
    }
    if not insert_or_ignore(connection, batches, [row]):
        return get(connection, batch_id)
    _take_files(connection, batch_id, members)
    connection.execute(
        insert(batch_files),
        [{"batch_id": batch_id, "position": i, "file_id": file.file_id} for i, file in enumerate(members)],
    )
    return Batch(batch_id, dataset, contract_hash, ingested_at_utc, tuple(members))


def split(
    connection: Connection,
    batch_id: str,
    groups: Sequence[Sequence[LandedFile]],
    contract_hash: str | None,
    now_utc: datetime,
) -> list[Batch]:
    """The parent becomes SUPERSEDED, each group a READY child. The second call returns the same children.

    The children keep the contract unless another hash is given.

    Raises:
        PermanentError: the batch is published, or the groups are not its files.
    """
    parent = lock(connection, batch_id)
    if parent.state is BatchState.SUPERSEDED:
        return children(connection, batch_id)
    if parent.state is BatchState.PUBLISHED:
        raise PermanentError(f"batch {batch_id}: got PUBLISHED, allowed to split READY, DISPATCHED, FAILED or HELD.")
    if [file.file_id for group in groups for file in group] != [file.file_id for file in parent.batch.files]:
        raise PermanentError(f"batch {batch_id}: the parts to split into are not exactly its files in their order.")
    own = files.c.batch_id == batch_id
    connection.execute(update(files).where(own).values(batch_id=None, state=FileState.SEEN.value))
    set_state(connection, batch_id, BatchState.SUPERSEDED)
    whole = parent.batch
    contract = contract_hash or whole.contract_hash
    made = [add(connection, whole.dataset, contract, group, now_utc, batch_id) for group in groups]
    if parent.gate_overridden and contract == whole.contract_hash:  # decided about these very files and rules
        connection.execute(update(batches).where(batches.c.parent_id == batch_id).values(gate_overridden=True))
    return made


def get(connection: Connection, batch_id: str) -> Batch:
    """The batch with its files. Raises UsageError when the ledger has no such batch."""
    return get_record(connection, batch_id).batch


def get_record(connection: Connection, batch_id: str) -> BatchRecord:
    """Raises UsageError when the ledger has no such batch."""
    found = select_records(connection, select(batches).where(batches.c.batch_id == batch_id))
    if not found:
        raise UsageError(f"batch: got {batch_id!r}, allowed a batch of the ledger. `gridata status` lists them.")
    return found[0]


def lock(connection: Connection, batch_id: str) -> BatchRecord:
    """The record, unchanged by others until this transaction ends (SQLite writers exclude each other anyway)."""
    connection.execute(select(batches.c.batch_id).where(batches.c.batch_id == batch_id).with_for_update())
    return get_record(connection, batch_id)


def in_states(connection: Connection, dataset: DatasetId | None, states: Sequence[BatchState]) -> list[BatchRecord]:
    """Batches of a dataset (None: any) in these states (empty: any), oldest first."""
    query = select(batches).order_by(batches.c.created_at_utc, batches.c.batch_id)
    if dataset is not None:
        query = query.where(batches.c.dataset == str(dataset))
    if states:
        query = query.where(batches.c.state.in_([state.value for state in states]))
    return select_records(connection, query)


def children(connection: Connection, batch_id: str) -> list[Batch]:
    """Batches a superseded one was split into."""
    query = select(batches).where(batches.c.parent_id == batch_id).order_by(batches.c.batch_id)
    return [record.batch for record in select_records(connection, query)]


def mark_dispatched(connection: Connection, batch_id: str, dag_id: str, run_number: int, now_utc: datetime) -> None:
    """A published or superseded batch keeps its state; its run is still recorded."""
    record = lock(connection, batch_id)
    values: dict[str, object] = {"dag_id": dag_id, "run_number": run_number, "dispatched_at_utc": now_utc}
    if record.state in UNPUBLISHED:
        values |= {"state": BatchState.DISPATCHED.value, "error": None}
    connection.execute(update(batches).where(batches.c.batch_id == batch_id).values(**values))


def claim(connection: Connection, batch_id: str, now_utc: datetime, lease_s: float) -> bool:
    """Whether the caller alone may run the batch for `lease_s` seconds."""
    record = lock(connection, batch_id)
    if record.claimed_until_utc is not None and record.claimed_until_utc > now_utc:
        return False
    extend_claim(connection, batch_id, now_utc, lease_s)
    return True


def extend_claim(connection: Connection, batch_id: str, now_utc: datetime, lease_s: float) -> None:
    """Hold on for `lease_s` seconds from now."""
    until = now_utc + timedelta(seconds=lease_s)
    connection.execute(update(batches).where(batches.c.batch_id == batch_id).values(claimed_until_utc=until))


def release(connection: Connection, batch_id: str) -> None:
    """End a claim."""
    connection.execute(update(batches).where(batches.c.batch_id == batch_id).values(claimed_until_utc=None))


def fail(connection: Connection, batch_id: str, error: str) -> bool:
    """A published, held or superseded batch stays what it is: the failure came from a run that lost."""
    if lock(connection, batch_id).state not in UNPUBLISHED:
        return False
    set_state(connection, batch_id, BatchState.FAILED, error=error)
    return True


def make_ready(connection: Connection, batch_id: str) -> BatchRecord:
    """READY again unless published, held or superseded; returns what the batch was."""
    record = lock(connection, batch_id)
    if record.state in (BatchState.FAILED, BatchState.DISPATCHED):
        set_state(connection, batch_id, BatchState.READY, error=None, claimed_until_utc=None)
    return record


def set_state(connection: Connection, batch_id: str, state: BatchState, **values: object) -> None:
    """Move a batch on; `values` are further columns."""
    connection.execute(update(batches).where(batches.c.batch_id == batch_id).values(state=state.value, **values))


def select_records(connection: Connection, query: Select[tuple[object, ...]]) -> list[BatchRecord]:
    """Records of a query over whole rows of `batches`."""
    rows = list(connection.execute(query).mappings())
    members = _members(connection, [row["batch_id"] for row in rows])
    return [_record(row, members.get(row["batch_id"], ())) for row in rows]


def _members(connection: Connection, batch_ids: Sequence[str]) -> dict[str, tuple[LandedFile, ...]]:
    found: dict[str, list[LandedFile]] = {}
    for start in range(0, len(batch_ids), 500):
        query = (
            select(batch_files.c.batch_id.label("member_of"), files)
            .join(files, files.c.file_id == batch_files.c.file_id)
            .where(batch_files.c.batch_id.in_(batch_ids[start : start + 500]))
            .order_by(batch_files.c.batch_id, batch_files.c.position)
        )
        for row in connection.execute(query).mappings():
            found.setdefault(row["member_of"], []).append(file_rows.landed(row))
    return {batch_id: tuple(members) for batch_id, members in found.items()}


def _seen_files(connection: Connection, dataset: DatasetId) -> list[LandedFile]:
    query = (
        select(files)
        .where(files.c.dataset == str(dataset), files.c.state == FileState.SEEN.value)
        .order_by(*file_rows.OBJECT_ORDER)
    )
    return [file_rows.landed(row) for row in connection.execute(query).mappings()]


def _take_files(connection: Connection, batch_id: str, members: Sequence[LandedFile]) -> None:
    taken = 0
    for start in range(0, len(members), 500):
        ids = [file.file_id for file in members[start : start + 500]]
        free = files.c.file_id.in_(ids) & (files.c.state == FileState.SEEN.value)
        values = {"state": FileState.BATCHED.value, "batch_id": batch_id}
        taken += connection.execute(update(files).where(free).values(**values)).rowcount
    if taken != len(members):
        raise PermanentError(
            f"batch {batch_id}: got {len(members) - taken} of {len(members)} files that are not SEEN, "
            "allowed files in no other batch and without a fate. Look with `gridata status`."
        )


def _exclude_others(connection: Connection, what: str) -> None:
    """Postgres: one transaction at a time for `what`. SQLite: the write transaction is already alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(text(":what"), 0))), {"what": what})


def _record(row: RowMapping, members: tuple[LandedFile, ...]) -> BatchRecord:
    batch = Batch(
        id=row["batch_id"],
        dataset=parse_dataset_id(row["dataset"]),
        contract_hash=row["contract_hash"],
        ingested_at_utc=row["ingested_at_utc"],
        files=members,
    )
    return BatchRecord(
        batch=batch,
        state=BatchState(row["state"]),
        created_at_utc=row["created_at_utc"],
        run_number=row["run_number"],
        dag_id=row["dag_id"],
        dispatched_at_utc=row["dispatched_at_utc"],
        claimed_until_utc=row["claimed_until_utc"],
        published_at_utc=row["published_at_utc"],
        parent_id=row["parent_id"],
        bronze_snapshot_id=row["bronze_snapshot_id"],
        quarantine_snapshot_id=row["quarantine_snapshot_id"],
        error=row["error"],
        report=row["report"],
        held_at_utc=row["held_at_utc"],
        gate_overridden=row["gate_overridden"],
        rewrite=row["rewrite"],
        rewriting=row["rewriting"],
    )
