"""What a job run did, in numbers: Prometheus gauges for machines and the same as plain data for its report."""

from __future__ import annotations

import logging
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, push_to_gateway, write_to_textfile

from gridata_contracts.model import JsonValue

logger = logging.getLogger(__name__)

PREFIX = "gridata_job"
PUSHGATEWAY = "GRIDATA_PUSHGATEWAY_URL"
"""Variable with the address of a Prometheus Pushgateway; unset = numbers are only written to files."""
_PROC = Path("/proc")


class JobMetrics:
    """Numbers of one run of one job on one dataset.

    Every series carries `job` and `dataset`. A later run replaces the earlier run's numbers, so all are gauges of the
    last run:

    - `gridata_job_step_seconds{step}`: wall time per step; a step entered twice adds up.
    - `gridata_job_rows{layer, table, kind}`: rows; `kind` is `in`, `valid`, `rejected`, `inserted`, …
    - `gridata_job_bytes{layer, table}`: bytes read (`layer="landing"`) or written.
    - `gridata_job_peak_memory_bytes{process}`: highest resident size of this process and of its children (the JVM).
    - `gridata_job_success`: 1 when the run ended well, else 0.
    - `gridata_job_completed_timestamp_seconds`: when it ended.

    Args:
        job: sub-command of `gridata-job`.
        dataset: dataset or table the run is about; empty for a job that is about all of them.
    """

    def __init__(self, job: str, dataset: str = "") -> None:
        self.job = job
        self.dataset = dataset
        self.registry = CollectorRegistry()
        self._started_s = time.perf_counter()
        self._steps: dict[str, float] = {}
        self._rows: dict[tuple[str, str, str], int] = {}
        self._bytes: dict[tuple[str, str], int] = {}
        self._step_seconds = self._gauge("step_seconds", "Wall time of a step.", "step")
        self._row_count = self._gauge("rows", "Rows per layer, table and kind.", "layer", "table", "kind")
        self._byte_count = self._gauge("bytes", "Bytes per layer and table.", "layer", "table")
        self._memory = self._gauge("peak_memory_bytes", "Highest resident size.", "process")
        self._success = self._gauge("success", "1 when the last run ended well.")
        self._completed = self._gauge("completed_timestamp_seconds", "When the last run ended.")

    def _gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        return Gauge(f"{PREFIX}_{name}", help_text, ("job", "dataset", *labels), registry=self.registry)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block under `name`, also when it raises."""
        started_s = time.perf_counter()
        try:
            yield
        finally:
            self._steps[name] = self._steps.get(name, 0.0) + time.perf_counter() - started_s
            self._step_seconds.labels(self.job, self.dataset, name).set(self._steps[name])

    def rows(self, count: int, *, layer: str, table: str, kind: str = "valid") -> None:
        """Add rows of one kind to a table's count."""
        key = (layer, table, kind)
        self._rows[key] = self._rows.get(key, 0) + count
        self._row_count.labels(self.job, self.dataset, *key).set(self._rows[key])

    def bytes(self, count: int, *, layer: str, table: str) -> None:
        """Add bytes read from or written to a table or landing prefix."""
        key = (layer, table)
        self._bytes[key] = self._bytes.get(key, 0) + count
        self._byte_count.labels(self.job, self.dataset, *key).set(self._bytes[key])

    def report(self) -> dict[str, JsonValue]:
        """The numbers so far as JSON-ready data; seconds rounded to milliseconds."""
        return {
            "seconds": round(time.perf_counter() - self._started_s, 3),
            "steps": {name: round(seconds, 3) for name, seconds in self._steps.items()},
            "rows": [
                {"layer": layer, "table": table, "kind": kind, "rows": count}
                for (layer, table, kind), count in sorted(self._rows.items())
            ],
            "bytes": [
                {"layer": layer, "table": table, "bytes": count}
                for (layer, table), count in sorted(self._bytes.items())
            ],
            "peak_memory_bytes": {**peak_memory_bytes()},
        }

    @contextmanager
    def publishing(self, metrics_dir: Path) -> Iterator[None]:
        """Publish when the block ends, as a success or, when it raises, a failure; push where PUSHGATEWAY says so."""
        pushgateway_url = os.environ.get(PUSHGATEWAY)
        try:
            yield
        except BaseException:
            self.publish(metrics_dir, success=False, pushgateway_url=pushgateway_url)
            raise
        self.publish(metrics_dir, success=True, pushgateway_url=pushgateway_url)

    def publish(self, metrics_dir: Path, *, success: bool, pushgateway_url: str | None = None) -> Path:
        """Write the numbers for a textfile collector and, when asked, push them.

        The file is replaced in one step; its name is the job and dataset, so runs of one job on one dataset follow
        each other in it. A Pushgateway that does not answer is logged: a job never fails for its metrics.

        Returns:
            Path of the `.prom` file.
        """
        for process, size_bytes in peak_memory_bytes().items():
            self._memory.labels(self.job, self.dataset, process).set(size_bytes)
        self._success.labels(self.job, self.dataset).set(1 if success else 0)
        self._completed.labels(self.job, self.dataset).set_to_current_time()
        metrics_dir.mkdir(parents=True, exist_ok=True)
        path = metrics_dir / f"{'-'.join(part for part in (self.job, self.dataset) if part)}.prom"
        write_to_textfile(str(path), self.registry)
        if pushgateway_url:
            self._push(pushgateway_url)
        return path

    def _push(self, url: str) -> None:
        grouping = {"dataset": self.dataset} if self.dataset else {}
        try:
            push_to_gateway(url, job=self.job, registry=self.registry, grouping_key=grouping, timeout=5)
        except OSError as error:
            logger.warning("metrics not pushed", extra={"job": self.job, "error": type(error).__name__})


def peak_memory_bytes() -> dict[str, int]:
    """Highest resident size so far of this process (`python`) and of its living children together (`children`).

    Both are read from /proc: getrusage gives a process the peak of the one that started it, before it became a
    program of its own. Where there is no /proc (macOS), getrusage says what it can, and only ended children count.
    """
    unit = 1024 if _PROC.is_dir() else 1  # ru_maxrss is in KiB on Linux, in bytes on macOS
    ended = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    return {
        "python": _peak("self") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
        "children": max(ended, sum(_living_children_peaks())),
    }


def _living_children_peaks() -> Iterator[int]:
    for pid in _children("self"):
        yield _peak(pid)
        pending = _children(pid)
        while pending:
            grandchild = pending.pop()
            yield _peak(grandchild)
            pending += _children(grandchild)


def _children(pid: str) -> list[str]:
    found: list[str] = []
    for path in _PROC.glob(f"{pid}/task/*/children"):
        try:
            found += path.read_text().split()
        except OSError:  # the thread ended between listing and reading
            continue
    return found


def _peak(pid: str) -> int:
    try:
        status = (_PROC / pid / "status").read_text()
    except OSError:  # the process ended
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)
