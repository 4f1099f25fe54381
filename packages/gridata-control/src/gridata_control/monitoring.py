"""What Prometheus sees of an environment: the ledger's sums at each scrape, and how the sweep itself does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Gauge, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import GridataError
from gridata_control.ledger import Ledger
from gridata_control.ledger.figures import Figures
from gridata_control.ledger.records import FileState

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]


class LedgerCollector(Collector):
    """The ledger's sums, asked anew at each scrape. Series of datasets that have nothing yet are absent.

    - `gridata_ledger_up`: 1 when the ledger answered this scrape; all others are absent when it did not.
    - `gridata_files{dataset, state}`, `gridata_batches{dataset, state}`: numbers by state.
    - `gridata_landed_unprocessed_objects{dataset}`: object versions without a fate.
    - `gridata_oldest_unprocessed_seconds{dataset}`: age of the oldest of them.
    - `gridata_freshness_seconds{dataset}`: since a batch was last published.
    - `gridata_freshness_limit_seconds{dataset}`: where the contract promises one.
    - `gridata_rows{dataset, kind}`: `valid` and `rejected` rows of all published files.
    - `gridata_quarantine_ratio{dataset}`: rejected share of the batch published last.
    - `gridata_untold_runs`, `gridata_refused_runs`: runs whose metadata no catalog has yet, or one of them refused.
    - `gridata_oldest_untold_seconds`: since the first untold run ended; 0 without one.
    - `gridata_backup_last_success_timestamp_seconds{what}`: when the newest whole backup of a part ended; 0 for one of
      `backed_up` that has none, and absent where none is made.
    - `gridata_backup_max_age_seconds`: how long ago that may be at most; absent where none is made.
    """

    def __init__(
        self,
        ledger: Ledger,
        catalogue: Catalogue,
        now: Clock = lambda: datetime.now(UTC),
        backed_up: Sequence[str] = (),
        backup_max_age_s: float = 0.0,
    ) -> None:
        self.catalogue = catalogue
        self._ledger, self._now = ledger, now
        self._backed_up, self._backup_max_age_s = backed_up, backup_max_age_s

    def collect(self) -> Iterator[Metric]:
        """Called by the registry for each scrape."""
        try:
            found = self._ledger.figures()
        except GridataError as error:
            log.warning("metrics: %s", error)
            yield GaugeMetricFamily("gridata_ledger_up", "1 when the ledger answered.", value=0)
            return
        yield GaugeMetricFamily("gridata_ledger_up", "1 when the ledger answered.", value=1)
        yield from self._numbers(found)
        yield from self._ages(found)
        yield from self._backups(found)

    def _numbers(self, found: Figures) -> Iterator[Metric]:
        yield _family("gridata_files", "Object versions.", ("dataset", "state"), found.files)
        yield _family("gridata_batches", "Batches.", ("dataset", "state"), found.batches)
        waiting = {(dataset,): 0 for dataset, _ in found.files}
        for (dataset, state), number in found.files.items():
            waiting[dataset,] += 0 if FileState(state).terminal else number
        yield _family("gridata_landed_unprocessed_objects", "Object versions without a fate.", ("dataset",), waiting)
        kinds = {name: zip(("valid", "rejected"), both, strict=True) for name, both in found.rows.items()}
        rows = {(name, kind): number for name, both in kinds.items() for kind, number in both}
        yield _family("gridata_rows", "Rows of published files.", ("dataset", "kind"), rows)
        ratios = {(dataset,): bad / (good + bad) for dataset, (good, bad) in found.last_rows.items() if good + bad}
        yield _family("gridata_quarantine_ratio", "Rejected share of the last batch.", ("dataset",), ratios)
        yield GaugeMetricFamily("gridata_untold_runs", "Runs no catalog knows of yet.", value=found.untold_runs)
        yield GaugeMetricFamily("gridata_refused_runs", "Runs a catalog refused.", value=found.refused_runs)

    def _ages(self, found: Figures) -> Iterator[Metric]:
        now = self._now()
        open_s = {(dataset,): (now - since).total_seconds() for dataset, since in found.open_since_utc.items()}
        yield _family("gridata_oldest_unprocessed_seconds", "Age of the oldest without a fate.", ("dataset",), open_s)
        untold_s = (now - found.untold_since_utc).total_seconds() if found.untold_since_utc else 0.0
        yield GaugeMetricFamily("gridata_oldest_untold_seconds", "Since the first untold run ended.", value=untold_s)
        fresh_s = {(dataset,): (now - at).total_seconds() for dataset, at in found.published_utc.items()}
        yield _family("gridata_freshness_seconds", "Since a batch was last published.", ("dataset",), fresh_s)
        limits = {
            (str(contract.id),): float(contract.freshness_s)
            for contract in self.catalogue.values()
            if contract.freshness_s is not None
        }
        yield _family("gridata_freshness_limit_seconds", "What the contract promises.", ("dataset",), limits)

    def _backups(self, found: Figures) -> Iterator[Metric]:
        last = {(what,): 0.0 for what in self._backed_up}
        last |= {(what,): at.timestamp() for what, at in found.backed_up_utc.items() if self._backed_up}
        if last:
            name, text = "gridata_backup_last_success_timestamp_seconds", "End of the newest whole backup."
            yield _family(name, text, ("what",), last)
            limit = self._backup_max_age_s
            yield GaugeMetricFamily("gridata_backup_max_age_seconds", "How long ago it may be.", value=limit)


class SweepMetrics:
    """How the sweep does: the alert on a sweep that stands still needs no ledger.

    - `gridata_sweep_last_success_timestamp_seconds`: 0 before the first one.
    - `gridata_sweep_duration_seconds`: of the last round.
    - `gridata_sweep_batch_errors`: batches whose run could not be started, or whose run failed, in the last round.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._success = Gauge(
            "gridata_sweep_last_success_timestamp_seconds", "End of the last good round.", registry=registry
        )
        self._seconds = Gauge("gridata_sweep_duration_seconds", "Wall time of the last round.", registry=registry)
        self._errors = Gauge(
            "gridata_sweep_batch_errors", "Batches with an error in the last round.", registry=registry
        )

    def done(self, seconds: float, errors: int) -> None:
        """A round came to its end."""
        self._success.set(time.time())
        self._seconds.set(seconds)
        self._errors.set(errors)


def serve(registry: CollectorRegistry, port: int, address: str = "0.0.0.0") -> Callable[[], None]:
    """Answer scrapes from a thread; returns what ends it."""
    server, thread = start_http_server(port, address, registry)

    def end() -> None:
        server.shutdown()
        server.server_close()
        if thread is not threading.current_thread():
            thread.join()

    return end


def _family(
    name: str, text: str, labels: Sequence[str], values: Mapping[tuple[str, str], float] | Mapping[tuple[str], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family
