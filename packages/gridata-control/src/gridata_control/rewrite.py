"""Asking for the rewrite of a published batch under the contract of today."""

from __future__ import annotations

import getpass
import logging

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import PermanentError
from gridata_control.kept_contracts import keep_contracts
from gridata_control.ledger import Asked, BatchRecord, Ledger, Rewrite

log = logging.getLogger(__name__)


def ask_rewrite(
    ledger: Ledger, catalogue: Catalogue, record: BatchRecord, *, override_gate: bool, why: str | None
) -> Rewrite:
    """A rewrite of the batch for a run to do; its contract's document is kept first. Changes no row.

    A rewrite that is half done is given back as it was asked for: the tables hold some of it, so it is finished under
    the contract it began with.

    Raises:
        UsageError: the batch is not published.
        PermanentError: no contract, or landed files are retired or erased.
        TransientError: the contract is being changed.
    """
    batch = record.batch
    contract = catalogue.get(batch.dataset)
    if contract is None:
        raise PermanentError(
            f"batch {batch.id}: got dataset {batch.dataset} without a contract, allowed "
            f"{', '.join(map(str, catalogue)) or 'none'}. It stays as published."
        )
    keep_contracts(ledger, [contract])
    rewrite = ledger.ask_rewrite(batch.id, Asked(contract.hash, override_gate, _user(), why))
    if rewrite.asked.contract_hash != contract.hash:
        log.warning(
            "batch %s: rewrite %d is half done and is finished under contract %s, which it began with; "
            "ask once more for the contract of today, %s",
            batch.id,
            rewrite.number,
            rewrite.asked.contract_hash[:12],
            contract.hash[:12],
        )
    return rewrite


def _user() -> str:
    """Login name, for people to know whom to ask; it proves nothing."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container whose user has no entry
        return "unknown"
