"""One round of the control loop (sweep, look at runs, start runs), once or for ever."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from gridata_contracts.errors import ContractError, TransientError
from gridata_control.batches import BatchLimits, renew_stale_batches, split_failed_batches
from gridata_control.context import Context
from gridata_control.dispatch import Dispatched, dispatch_ready, open_dispatcher, reconcile
from gridata_control.sweep import SweepReport, sweep
from gridata_control.written import rows_probe

log = logging.getLogger(__name__)

Show = Callable[[SweepReport, list[Dispatched]], None]


@dataclass(frozen=True)
class Rounds:
    """How a round is done.

    Attributes:
        dispatch: start a run for every READY batch.
        split_failed: halve FAILED batches of several files first.
    """

    context: Context
    dispatch: bool = True
    split_failed: bool = False

    def run(self, stopping: Callable[[], bool] = lambda: False) -> tuple[SweepReport, list[Dispatched]]:
        """One round; everything in it can be repeated after a crash. No run is started once `stopping` says so."""
        context = self.context
        report = sweep(context.store, context.ledger, context.catalogue, BatchLimits.of(context.settings))
        if not self.dispatch:
            return report, []
        dispatcher = open_dispatcher(context.settings)
        reconcile(context.ledger, dispatcher)
        has_rows = rows_probe(context.settings)
        renew_stale_batches(context.ledger, context.catalogue, has_rows)
        if self.split_failed:
            split_failed_batches(context.ledger, has_rows)
        return report, dispatch_ready(context.ledger, dispatcher, context.pipelines(), stopping)

    def reloaded(self) -> Rounds:
        """The same with the contracts as they are now."""
        return Rounds(self.context.reloaded(), self.dispatch, self.split_failed)


def watch_rounds(rounds: Rounds, interval_s: float, show: Show) -> None:
    """Rounds until SIGTERM or Ctrl-C. A store or server that fails is logged and asked again; so is a bad contract."""
    with _stop_signal() as stop:
        while not stop.is_set():
            try:
                rounds = rounds.reloaded()
                show(*rounds.run(stop.is_set))
            except (TransientError, ContractError) as error:
                log.warning("sweep: %s; next try in %g s", error, interval_s)
            stop.wait(interval_s)


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """Set when the process is asked to end; the step under way is finished first."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
