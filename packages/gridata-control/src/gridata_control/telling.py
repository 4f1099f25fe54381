"""Metadata told from the ledger: a job in a pod keeps no disk, so what catalogs miss must outlive it elsewhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gridata_contracts.errors import GridataError, PermanentError
from gridata_control.datahub import tell_run, telling
from gridata_control.ledger import Ledger, Run
from gridata_control.settings import Settings

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Runs asked for in one round."""
GIVEN_UP_AFTER = timedelta(days=1)
"""A run that cannot be told for so long counts as refused: it may be what keeps all later ones from being told."""


@dataclass(frozen=True)
class Told:
    """What one round told.

    Attributes:
        runs: ids of the runs that every catalog has now.
        refused: ids of those that one of them will never take.
        waiting: why the next one waits; None: nothing is left, or it is the next round's turn.
    """

    runs: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    waiting: str | None = None


NOTHING = Told()


def tell_runs(settings: Settings, ledger: Ledger, stopping: Callable[[], bool] = lambda: False) -> Told:
    """Tell catalogs of ended runs in the order of their ends, up to the first that does not get through.

    A later run never overtakes an earlier one, also where two sweeps tell. Saying one twice, as after a crash before it
    was noted, changes nothing. After the pause between two sweeps no further run is begun: files that landed wait.
    """
    told: list[str] = []
    refused: list[str] = []
    until_s = time.monotonic() + settings.sweep_interval_s
    with telling(settings):
        for run in ledger.untold_runs(AT_ONCE):
            if stopping() or (told and time.monotonic() > until_s):
                break
            try:
                tell_run(settings, run.report or _without_report(run))
            except Exception as error:  # of a disk, a catalog or a client: it may be gone by the next round
                said = str(error) if isinstance(error, GridataError) else f"unexpected {type(error).__name__}"
                log.warning("metadata not told: %s", said, extra={"run_id": run.run_id}, exc_info=said != str(error))
                if not isinstance(error, PermanentError) and not _is_given_up(run):
                    ledger.mark_untold(run, said)
                    return Told(tuple(told), tuple(refused), said)
                ledger.mark_refused(run, said)
                refused.append(run.run_id)
            else:
                ledger.mark_told(run)
                told.append(run.run_id)
    return Told(tuple(told), tuple(refused))


def _is_given_up(run: Run) -> bool:
    return run.ended_at_utc is not None and datetime.now(UTC) - run.ended_at_utc > GIVEN_UP_AFTER


def _without_report(run: Run) -> dict[str, object]:
    """What is known of a run whose report was not kept."""
    ended = run.ended_at_utc or run.started_at_utc
    return {
        "job": run.job,
        "run_id": run.run_id,
        "batch_id": run.batch_id,
        "started_utc": run.started_at_utc.isoformat(),
        "finished_utc": ended.isoformat(),
        "error": None if run.exit_code == 0 else f"exit code {run.exit_code}",
    }
