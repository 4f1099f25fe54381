"""How landed files become batches, and how an unpublished batch is halved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import PermanentError
from gridata_control.batch_errors import BatchErrors
from gridata_control.kept_contracts import keep_contracts
from gridata_control.ledger import Batch, BatchRecord, BatchState, LandedFile, Ledger
from gridata_control.settings import Settings

Written = Callable[[Batch], Collection[str]]
"""In which layers (`bronze`, `quarantine`) a table holds rows of the batch now."""


@dataclass(frozen=True)
class BatchLimits:
    """A batch is closed before it would exceed either; a single larger file is a batch of its own."""

    max_bytes: int
    max_files: int

    @classmethod
    def of(cls, settings: Settings) -> BatchLimits:
        """The limits of these settings."""
        return cls(settings.batch_max_bytes, settings.batch_max_files)


def plan_batches(files: Sequence[LandedFile], limits: BatchLimits) -> list[list[LandedFile]]:
    """Consecutive groups in the given order; every file is in exactly one."""
    groups: list[list[LandedFile]] = []
    size_bytes = 0
    for file in files:
        full = not groups or len(groups[-1]) >= limits.max_files or size_bytes + file.size_bytes > limits.max_bytes
        if full:
            groups.append([])
            size_bytes = 0
        groups[-1].append(file)
        size_bytes += file.size_bytes
    return groups


def bisect(ledger: Ledger, batch_id: str, written: Written) -> list[Batch]:
    """Supersede an unpublished batch by its two halves, so that a poisonous file cannot hold its siblings.

    Args:
        ledger: where the batch is.
        batch_id: a READY, DISPATCHED or FAILED batch of at least two files, no run of which is alive.
        written: asked of the batch: rows in either table forbid the split.

    Returns:
        The children, READY. Called again for the same batch: the same children.

    Raises:
        PermanentError: the batch is published, has one file only, or has rows in a table: those were written before
            the ledger, so a child would write them a second time. Replay it instead.
    """
    record = ledger.batch_record(batch_id)
    files = record.batch.files
    if record.state is not BatchState.SUPERSEDED:
        if len(files) < 2:
            raise PermanentError(f"batch {batch_id}: got one file, allowed at least two to split. Look at the file.")
        if record.state is BatchState.HELD:
            raise PermanentError(f"batch {batch_id}: got HELD, allowed a batch no gate holds. See `gridata status`.")
        if written(record.batch):
            raise PermanentError(f"batch {batch_id}: its rows are in a table already. Replay it with `gridata replay`.")
    half = len(files) // 2
    return ledger.split_batch(batch_id, [files[:half], files[half:]])


def split_failed_batches(ledger: Ledger, written: Written, errors: BatchErrors) -> list[Batch]:
    """Halve every FAILED batch that can be; the children, READY. One that cannot be judged is left to `errors`."""
    children: list[Batch] = []
    for record in ledger.batches(states=[BatchState.FAILED]):
        with errors.of(record.batch.id):
            if len(record.batch.files) > 1 and not written(record.batch):
                children += bisect(ledger, record.batch.id, written)
    return children


def renew_stale_batches(ledger: Ledger, catalogue: Catalogue, written: Written, errors: BatchErrors) -> list[Batch]:
    """Batches that wait under a contract that changed since: superseded by one of the same files under the new one.

    A batch with rows in a table stays as it is: those rows were checked by the old contract, whose document the ledger
    keeps, so that its next run finishes it under that one. A HELD batch has none in bronze; what it has in quarantine
    stays there as the reason why it was held. One that cannot be judged is left to `errors`.
    """
    renewed: list[Batch] = []
    for record in ledger.batches(states=[BatchState.READY, BatchState.FAILED, BatchState.HELD]):
        contract = catalogue.get(record.batch.dataset)
        if contract is None or contract.hash == record.batch.contract_hash:
            continue
        with errors.of(record.batch.id):
            if not _begun(record, written):
                keep_contracts(ledger, [contract])
                renewed += ledger.split_batch(record.batch.id, [record.batch.files], contract.hash)
    return renewed


def _begun(record: BatchRecord, written: Written) -> bool:
    """Whether rows of the batch are where only its own contract may finish it."""
    layers = written(record.batch)
    return "bronze" in layers if record.state is BatchState.HELD else bool(layers)
