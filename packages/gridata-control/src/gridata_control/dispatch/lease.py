"""A claim on a batch that lives as long as the process that holds it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gridata_contracts.errors import TransientError
from gridata_control.ledger import Ledger

log = logging.getLogger(__name__)

LEASE_S = 60.0
"""How long the batch of a killed process waits."""


@contextmanager
def held(ledger: Ledger, batch_id: str, lease_s: float = LEASE_S) -> Iterator[bool]:
    """Whether the batch is ours alone; renewed in the background, given back at the end."""
    if not ledger.claim(batch_id, lease_s):
        yield False
        return
    done = threading.Event()
    keeper = threading.Thread(target=_renew, args=(ledger, batch_id, lease_s, done), daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        done.set()
        keeper.join()
        ledger.release(batch_id)


def _renew(ledger: Ledger, batch_id: str, lease_s: float, done: threading.Event) -> None:
    while not done.wait(lease_s / 3):
        try:
            ledger.extend_claim(batch_id, lease_s)
        except TransientError as error:  # the next renewal may succeed; a lost claim is safe, only slower
            log.warning("batch %s: claim not renewed: %s", batch_id, error)
