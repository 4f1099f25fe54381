"""Metadata told from the ledger: a job in a pod keeps no disk, so what catalogs miss must outlive it elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from gridata_contracts.errors import GridataError, TransientError
from gridata_control.datahub import tell_run
from gridata_control.ledger import Ledger, Run
from gridata_control.settings import Settings

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Runs told in one round, so that a long queue holds up no sweep."""


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

    A later run never overtakes an earlier one. Saying one twice, as after a crash before it was noted, changes nothing.
    """
    told: list[str] = []
    refused: list[str] = []
    for run in ledger.untold_runs(AT_ONCE):
        if stopping():
            break
        try:
            tell_run(settings, run.report or _without_report(run))
        except TransientError as error:
            ledger.mark_untold(run, str(error))
            log.warning("metadata not told: %s", error, extra={"run_id": run.run_id})
            return Told(tuple(told), tuple(refused), str(error))
        except Exception as error:
            said = str(error) if isinstance(error, GridataError) else f"unexpected {type(error).__name__}"
            log.warning("metadata refused: %s", said, extra={"run_id": run.run_id}, exc_info=said != str(error))
            ledger.mark_refused(run, said)
            refused.append(run.run_id)
        else:
            ledger.mark_told(run)
            told.append(run.run_id)
    return Told(tuple(told), tuple(refused))


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
