"""One round of the control loop (sweep, look at runs, start runs), once or for ever."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from gridata_contracts.errors import ContractError, GridataError, TransientError
from gridata_control.batch_errors import BatchErrors
from gridata_control.batches import BatchLimits, renew_stale_batches, split_failed_batches
from gridata_control.context import Context
from gridata_control.dispatch import Dispatched, dispatch_ready, open_dispatcher, reconcile
from gridata_control.dispatch.outbox import is_hopeless
from gridata_control.settings import Settings
from gridata_control.sweep import SweepReport, sweep
from gridata_control.telling import NOTHING, Told, tell_runs
from gridata_control.written import rows_probe

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RoundReport:
    """What one round did.

    Attributes:
        runs: started, or adopted, in order.
        errors: of single batches; the others went on.
        failure: why no batch could be dispatched, such as a wrong pipeline document.
        told: what catalogs heard of runs.
    """

    swept: SweepReport
    runs: tuple[Dispatched, ...]
    errors: BatchErrors
    failure: GridataError | None = None
    told: Told = NOTHING

    def raise_failure(self) -> None:
        """Raise what holds for all batches, if anything does."""
        if self.failure is not None:
            raise self.failure


Show = Callable[[RoundReport], None]


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

    def run(self, stopping: Callable[[], bool] = lambda: False) -> RoundReport:
        """One round; everything in it can be repeated after a crash. No run is started once `stopping` says so.

        Raises:
            GridataError: the sweep itself failed; what failed after it is in the report.
        """
        context = self.context
        report = sweep(context.store, context.ledger, context.catalogue, BatchLimits.of(context.settings))
        errors = BatchErrors()
        failure: GridataError | None = None
        runs: list[Dispatched] = []
        try:
            runs = self._dispatch(errors, stopping) if self.dispatch else []
        except GridataError as error:
            failure = error
        tells = context.settings.metadata_by == "sweep"
        told = tell_runs(context.settings, context.ledger, stopping) if tells else NOTHING
        return RoundReport(report, tuple(runs), errors, failure, told)

    def _dispatch(self, errors: BatchErrors, stopping: Callable[[], bool]) -> list[Dispatched]:
        ledger, dispatcher = self.context.ledger, open_dispatcher(self.context.settings)
        reconcile(ledger, dispatcher, errors)
        if is_hopeless(errors):
            return []
        written = rows_probe(self.context.settings)
        renew_stale_batches(ledger, self.context.catalogue, written, errors)
        if self.split_failed:
            split_failed_batches(ledger, written, errors)
        return dispatch_ready(ledger, dispatcher, self.context.pipelines(), errors, stopping)

    def reloaded(self) -> Rounds:
        """The same with the contracts as they are now."""
        return Rounds(self.context.reloaded(), self.dispatch, self.split_failed)


Done = Callable[[float, Rounds, RoundReport], None]


def opened_patiently(settings: Settings) -> Context:
    """The context, as soon as the servers it needs answer: what watches for ever may be there before them."""
    while True:
        try:
            return Context.open(settings)
        except TransientError as error:
            log.warning("sweep: %s; next try in %g s", error, settings.sweep_interval_s)
            time.sleep(settings.sweep_interval_s)


def watch_rounds(rounds: Rounds, interval_s: float, show: Show, done: Done = lambda *_: None) -> None:
    """Rounds until SIGTERM or Ctrl-C. A store or server that fails is logged and asked again; so is a bad contract.

    Errors of single batches, permanent ones too, are in what `show` gets and end nothing.

    Args:
        rounds: how each is done.
        interval_s: pause between two.
        show: takes what a round did.
        done: takes the seconds, the way and the report of a round that nothing ended early.
    """
    with _stop_signal() as stop:
        while not stop.is_set():
            began_s = time.monotonic()
            try:
                rounds = rounds.reloaded()
                report = rounds.run(stop.is_set)
                show(report)
                report.raise_failure()
                done(time.monotonic() - began_s, rounds, report)
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
