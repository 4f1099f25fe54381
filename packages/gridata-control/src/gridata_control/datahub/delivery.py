"""Deliver to every destination, in order; what fails is kept and tried again, and no batch ever fails for it."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gridata_contracts.errors import GridataError, PermanentError, TransientError
from gridata_contracts.model import Contract
from gridata_control.datahub.emission import contract_emission, run_emission
from gridata_control.datahub.file_sink import FileSink, read_emission
from gridata_control.datahub.lite_sink import LiteSink
from gridata_control.datahub.outbox import Outbox, Pending, open_outbox
from gridata_control.datahub.rest_sink import RestSink
from gridata_control.datahub.run_report import read_report
from gridata_control.datahub.sink import Emission, Sink, runs_dir

if TYPE_CHECKING:
    from gridata_control.settings import Settings

logger = logging.getLogger(__name__)

REPORTS = "report"
"""Destination of a report whose metadata could not be built yet."""


def report_run(settings: Settings, report: Mapping[str, object]) -> None:
    """Tell every destination about one finished run; what cannot be said now is said by the next run.

    Never raises: the rows are published, and no catalog may change that. Problems are logged and shown by
    `gridata catalog ls`.

    Args:
        settings: where the catalogs are.
        report: the job's JSON report: `job`, `run_id` and/or `batch_id`, `started_utc`, `finished_utc`; for ingest
            also `dataset`, `contract` ({path, hash}), `inputs` ([{file_id}]), `rows_in`, `valid`, `rejected`;
            `tables` ([{table, snapshot_id, rows}]), `checks` ([{check, column, severity, failed, evaluated}], for
            re-checks also `table`), for transforms `lineage` ([{target, direct, indirect}]), `error` of a failed run.
    """
    name = str(report.get("run_id") or report.get("batch_id") or "unnamed")
    try:
        with _alone(settings.datahub_dir):
            _build_waiting_reports(settings)
            _deliver(settings, run_emission(settings, read_report(report)))
    except Exception as error:
        unexpected = not isinstance(error, GridataError)
        logger.warning("metadata not told: %s", _said(error), extra={"run_id": name}, exc_info=unexpected)
        _keep(settings, Pending(name, REPORTS, _said(error), report=report))


def tell_run(settings: Settings, report: Mapping[str, object]) -> None:
    """Tell every destination about one finished run, for a caller that keeps what could not be said.

    Args:
        settings: where the catalogs are. The caller holds `telling(settings)`.
        report: as `report_run` takes it.

    Raises:
        TransientError: a destination, or what the metadata is built from, does not answer now.
        PermanentError: the metadata cannot be built, or a destination refused it after the others were told.
    """
    emission, files = run_emission(settings, read_report(report)), FileSink(runs_dir(settings.datahub_dir))
    files.emit(emission)
    errors = [error for sink in sinks(settings) if (error := _try(sink, emission))]
    files.prune(set())
    for error in sorted(errors, key=lambda error: isinstance(error, PermanentError)):
        raise error  # what may be said later comes first: the run is told again then


def emit_contract(settings: Settings, contract: Contract) -> None:
    """Tell every destination about a dataset.

    Raises:
        GridataError: the metadata cannot be built or not even be written to a file.
    """
    with _alone(settings.datahub_dir):
        _deliver(settings, contract_emission(settings, contract))


def sinks(settings: Settings) -> list[Sink]:
    """Where metadata goes besides the file: the embedded catalog, and DataHub when its URL is set."""
    found: list[Sink] = [LiteSink(settings.datahub_dir)]
    return [*found, RestSink(settings.datahub_url)] if settings.datahub_url else found


def _deliver(settings: Settings, emission: Emission) -> None:
    files, box = FileSink(runs_dir(settings.datahub_dir)), open_outbox(settings)
    files.emit(emission)
    for sink in sinks(settings):
        blocked = _retry(settings, sink, box)
        error = f"waits behind an earlier run: {blocked}" if blocked else _try(sink, emission)
        if error:
            box.add(Pending(emission.name, sink.name, str(error), refused=isinstance(error, PermanentError)))
            logger.warning("metadata not delivered", extra={"run_id": emission.name, "sink": sink.name})
        else:
            box.told(emission.name, sink.name)
    files.prune({pending.name for _, pending in box.entries()})


def _retry(settings: Settings, sink: Sink, box: Outbox) -> str | None:
    """Deliver what is waiting for one destination, oldest first; says why when it still fails."""
    for path, pending in box.entries(sink.name):
        if pending.refused:
            continue
        error = _retry_one(settings, sink, pending)
        if error is None:
            box.done(path)
            continue
        refused = isinstance(error, PermanentError)
        box.failed_again(path, pending, str(error), refused=refused)
        if not refused:
            return str(error)
    return None


def _retry_one(settings: Settings, sink: Sink, pending: Pending) -> GridataError | None:
    try:
        emission = read_emission(runs_dir(settings.datahub_dir), pending.name)
    except PermanentError as error:
        return error
    return _try(sink, emission)


def _try(sink: Sink, emission: Emission) -> GridataError | None:
    """Say it to one destination; a fault of its client must not keep the others from hearing it."""
    try:
        sink.emit(emission)
    except GridataError as error:
        return error
    except Exception as error:
        logger.warning("metadata sink failed", extra={"run_id": emission.name, "sink": sink.name}, exc_info=True)
        return TransientError(f"{sink.name}: got {type(error).__name__}, allowed none. See the job's log.")
    return None


def _build_waiting_reports(settings: Settings) -> None:
    box = open_outbox(settings)
    for path, pending in box.entries(REPORTS):
        try:
            _deliver(settings, run_emission(settings, read_report(pending.report or {})))
            box.done(path)
        except GridataError as error:
            box.failed_again(path, pending, str(error), refused=False)


def _keep(settings: Settings, pending: Pending) -> None:
    try:
        open_outbox(settings).add(pending)
    except (OSError, GridataError) as error:  # the disk itself is full; the log line above is what remains
        logger.critical("metadata lost", extra={"run_id": pending.name, "error": type(error).__name__})


@contextmanager
def telling(settings: Settings) -> Iterator[None]:
    """Whoever tells several runs holds this meanwhile, so that nobody tells later ones between."""
    with _alone(settings.datahub_dir):
        yield


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One delivery at a time and in order, across processes of this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _said(error: Exception) -> str:
    """Our own messages hold no values of rows; others' may."""
    return str(error) if isinstance(error, GridataError) else type(error).__name__
