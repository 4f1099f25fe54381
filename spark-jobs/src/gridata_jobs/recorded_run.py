"""One run of one job, told to everybody who asks later: the ledger, DataHub, a report file."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from gridata_contracts.errors import GridataError, PermanentError, TransientError, UsageError
from gridata_contracts.model import JsonValue
from gridata_control.datahub import report_run
from gridata_control.ledger import Run, open_ledger
from gridata_control.settings import Settings
from gridata_jobs.arguments import JobArguments

logger = logging.getLogger(__name__)

Job = Callable[[Settings, JobArguments], Mapping[str, JsonValue]]
SAID_NO = 1
"""Exit code when the job did its work and a check of it failed."""


def run_recorded(name: str, job: Job, settings: Settings, arguments: JobArguments) -> tuple[int, dict[str, JsonValue]]:
    """Run a job; returns its exit code and its report with `job`, `run_id`, `started_utc` and `finished_utc`.

    Raises:
        GridataError: the job failed; the failure is recorded, and a permanent one closes its batch as FAILED.
    """
    started = datetime.now(UTC)
    run_id = arguments.run_id or f"{name}__{started:%Y%m%dT%H%M%S.%fZ}"
    batch_id = arguments.options.get("batch")
    ledger = open_ledger(settings)
    ledger.record_run(Run(run_id, name, started, batch_id=batch_id))
    frame: dict[str, JsonValue] = {"job": name, "run_id": run_id, "started_utc": started.isoformat()}

    def tell(exit_code: int, report: dict[str, JsonValue]) -> None:
        run = Run(run_id, name, started, datetime.now(UTC), exit_code, batch_id, report)
        ledger.record_run(run)
        _write_file(settings, report)
        if settings.metadata_by == "job":
            report_run(settings, report)
            ledger.mark_told(run)

    try:
        report = {**frame, **job(settings, arguments), **frame, "finished_utc": _now()}
        exit_code = SAID_NO if report.get("failed") else 0
    except Exception as error:  # an interrupt is none: like a kill it leaves the run without an end
        exit_code = error.exit_code if isinstance(error, GridataError) else PermanentError.exit_code
        if batch_id is not None and not isinstance(error, TransientError | UsageError):
            ledger.fail(batch_id, _said(error))
        tell(exit_code, {**frame, "batch_id": batch_id, "finished_utc": _now(), "error": _said(error)})
        raise
    else:
        tell(exit_code, report)
        return exit_code, report
    finally:
        ledger.close()


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _said(error: Exception) -> str:
    """Our own messages are written for people; others may carry values of rows, so only their kind is kept."""
    return str(error) if isinstance(error, GridataError) else f"unexpected {type(error).__name__}"


def _write_file(settings: Settings, report: Mapping[str, JsonValue]) -> None:
    settings.reports_dir.mkdir(parents=True, exist_ok=True)
    path = settings.reports_dir / f"{report['run_id']}.{report['job']}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(report, indent=1), encoding="utf-8")
    part.replace(path)
