"""`health`: does every part answer, is there room, does every landed file move?"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gridata_contracts.errors import GridataError
from gridata_contracts.load import load_contracts
from gridata_contracts.model import JsonValue
from gridata_contracts.naming import file_id, landing_prefix
from gridata_control.catalog import open_catalog
from gridata_control.catalog.snapshots import table_ids
from gridata_control.landing import open_store
from gridata_control.ledger import BatchState, FileState, open_ledger
from gridata_control.settings import Settings
from gridata_jobs.arguments import JobArguments
from gridata_jobs.metrics import JobMetrics

JOB = "health"
_CHUNK = 1000


@dataclass(frozen=True)
class Limits:
    """When something counts as stuck or full.

    Attributes:
        sweep_lag: a landed version the ledger does not know is a fault after this.
        batch_age: an unpublished batch is a fault after this.
        free_share: least share of the disk that is free.
    """

    sweep_lag: timedelta = timedelta(minutes=10)
    batch_age: timedelta = timedelta(hours=2)
    free_share: float = 0.05


@dataclass(frozen=True)
class Finding:
    """One look at one part. `detail` says what was seen, with numbers, never with values of rows."""

    check: str
    passed: bool
    detail: str
    milliseconds: int = 0


def run(settings: Settings, arguments: JobArguments) -> dict[str, JsonValue]:
    """Look at every part; one that does not answer is a finding and does not hide the others.

    Ages are measured with the clock, not with `as_of`: this job is about now.

    Returns:
        Report: `findings`, one per part; `failed`, how many found a fault.
    """
    metrics = JobMetrics(JOB)
    findings = [_look(name, check) for name, check in _checks(settings, Limits(), datetime.now(UTC)).items()]
    failed = sum(not finding.passed for finding in findings)
    metrics.publish(settings.metrics_dir, success=failed == 0)
    return {
        "job": JOB,
        "run_id": arguments.run_id,
        "as_of": arguments.as_of.isoformat(),
        "findings": [{**asdict(finding)} for finding in findings],
        "failed": failed,
        "metrics": metrics.report(),
    }


Check = Callable[[], tuple[bool, str]]


def _checks(settings: Settings, limits: Limits, now: datetime) -> dict[str, Check]:
    return {
        "ledger": lambda: _ledger(settings),
        "catalog": lambda: (True, f"{len(table_ids(open_catalog(settings)))} tables"),
        "store": lambda: _store(settings),
        "disk": lambda: _disk(settings.home, limits),
        "sweep": lambda: _sweep(settings, limits, now),
        "batches": lambda: _batches(settings, limits, now),
    }


def _look(name: str, check: Check) -> Finding:
    started_s = time.perf_counter()
    try:
        passed, detail = check()
    except GridataError as error:
        passed, detail = False, str(error)
    return Finding(name, passed, detail, round((time.perf_counter() - started_s) * 1000))


def _ledger(settings: Settings) -> tuple[bool, str]:
    counts = open_ledger(settings).file_counts()
    return True, ", ".join(f"{count} {state.value}" for state, count in sorted(counts.items())) or "no files yet"


def _store(settings: Settings) -> tuple[bool, str]:
    """One listing answers or raises; an empty store is healthy."""
    store = open_store(settings)
    next(iter(store.list_versions("landing/")), None)
    return True, f"bucket {store.bucket} answers"


def _disk(home: Path, limits: Limits) -> tuple[bool, str]:
    existing = next(path for path in (home, *home.parents) if path.exists())
    usage = shutil.disk_usage(existing)
    share = usage.free / usage.total
    return (
        share >= limits.free_share,
        f"{share:.0%} of {usage.total / 2**30:.0f} GiB free, {limits.free_share:.0%} needed",
    )


def _sweep(settings: Settings, limits: Limits, now: datetime) -> tuple[bool, str]:
    """Age of the oldest landed version no sweep has seen. The listing is the truth, so this finds a dead sweep."""
    oldest = min(_unswept(settings), default=None)
    if oldest is None:
        return True, "every landed version is in the ledger"
    age = now - oldest
    return age <= limits.sweep_lag, f"a version landed {age} ago is not in the ledger, allowed {limits.sweep_lag}"


def _unswept(settings: Settings) -> Iterator[datetime]:
    store, ledger = open_store(settings), open_ledger(settings)
    contracts = load_contracts(settings.contracts_dir).values()
    prefixes = {prefix for contract in contracts for prefix in (landing_prefix(contract.id), *contract.landing.aliases)}
    for prefix in sorted(prefixes):
        landed = {
            file_id(store.bucket, version.key, version.version_id): version.modified_utc
            for version in store.list_versions(prefix)
            if not version.is_delete_marker
        }
        ids = list(landed)
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            known = ledger.known_files(chunk)
            yield from (landed[one] for one in chunk if one not in known)


def _batches(settings: Settings, limits: Limits, now: datetime) -> tuple[bool, str]:
    """Batches that failed or are held, or that wait or run for too long; files that no batch took."""
    ledger = open_ledger(settings)
    open_batches = ledger.batches(states=[BatchState.READY, BatchState.DISPATCHED])
    stuck = [record for record in open_batches if now - record.created_at_utc > limits.batch_age]
    failed, held = (ledger.batches(states=[state]) for state in (BatchState.FAILED, BatchState.HELD))
    waiting = [file for file in ledger.files(states=[FileState.SEEN]) if now - file.seen_at_utc > limits.batch_age]
    words = (
        f"{len(failed)} batches FAILED, {len(held)} HELD; {len(stuck)} unpublished and {len(waiting)} files unbatched"
    )
    return not (failed or held or stuck or waiting), f"{words} for more than {limits.batch_age}"
