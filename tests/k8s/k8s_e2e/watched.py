"""An installation that is watched, with everything that its alerts may be about, and who hears them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from k8s_e2e.cluster import Cluster, wait_for
from k8s_e2e.disks import Disks
from k8s_e2e.faults import Faults
from k8s_e2e.further import Part, named_parts
from k8s_e2e.installation import Installation
from k8s_e2e.monitoring import Monitoring
from k8s_e2e.report import Report

FIRES_S = 480.0
ENDS_S = 1500.0
"""A failure is told for 15 minutes, and Alertmanager tells an end within five more."""


class Watched:
    """One of them; `fired` has the alerts that were heard."""

    def __init__(self, cluster: Cluster, namespace: str, report: Report) -> None:
        self.platform = Installation(cluster, namespace, watched=True)
        self.parts: list[Part] = named_parts(cluster, self.platform)
        self.components = {"airflow", "minio", *(part.component for part in self.parts)}
        self.disks, self.faults = Disks(self.platform), Faults(self.platform)
        self.monitoring = Monitoring(self.platform, {}, {})
        self.fired: set[str] = set()
        self._report, self._since_s = report, 0.0

    def install(self) -> None:
        """All of it; waits until it is ready."""
        self._since_s = time.time()
        self.platform.install()
        scrapes = self.disks.install()
        for part in self.parts:
            scrapes |= part.install()
        self.monitoring = Monitoring(self.platform, {part.component: True for part in self.parts}, scrapes)
        self.monitoring.install(catalog=True)
        self.platform.wait_ready()

    def remove(self) -> None:
        """All of it."""
        for part in self.parts:
            part.remove()
        self.monitoring.remove()
        self.disks.remove()
        self.platform.remove()

    @contextmanager
    def faulty(self, *mending: Callable[[], object]) -> Iterator[None]:
        """In it faults are made and heard of; what was heard before counts no more.

        At its end all is mended, in this order, also where a fault was not heard of: later tests would hear of it.
        """
        self._since_s = time.time() - 1
        with ExitStack() as mended:
            for mend in reversed(mending):
                mended.callback(mend)
            yield

    def heard(self, *alerts: str, path: str = "alerts", within_s: float = FIRES_S) -> None:
        """Each comes to the receiver as firing, in time."""
        for alert in alerts:
            found = self.monitoring.hears(path, alert, self._since_s, within_s)
            self.fired.add(alert)
            self._report.add(f"{alert}_heard_s", found.at_s - self._since_s)

    def ended(self, *alerts: str, within_s: float = ENDS_S) -> None:
        """Of each that fired, the receiver was told the end, in time, and Prometheus says so too."""

        def open_ones() -> set[str]:
            last = {}
            for each in self.monitoring.heard():
                last[each.alert, json.dumps(each.labels, sort_keys=True)] = each.status
            told = {alert for (alert, _), status in last.items() if status == "firing"}
            return (told | self.firing()) & set(alerts) & self.fired

        try:
            wait_for("alerts to end", lambda: not open_ones(), within_s)
        except AssertionError as late:
            raise AssertionError(f"{late}: {', '.join(sorted(open_ones()))}") from late

    def firing(self) -> set[str]:
        """What Prometheus says fires now, the watchdog apart."""
        found = self.monitoring.query('ALERTS{alertstate="firing", severity!="none"}')
        return {each["metric"]["alertname"] for each in found}

    def value(self, expr: str) -> float:
        """The highest sample, 0 without one."""
        return max((float(each["value"][1]) for each in self.monitoring.query(expr)), default=0.0)

    def last(self, path: str) -> float:
        """When something came to this path last."""
        return max((each.at_s for each in self.monitoring.heard() if each.path == path), default=0.0)
