"""Why a run that is over did not publish its batch, in the words of the job that failed."""

from __future__ import annotations

from gridata_contracts.errors import GridataError, PermanentError, TransientError
from gridata_control.dispatch.dispatcher import RunState, Started
from gridata_control.ledger import Ledger, Run

_DONE = 0


def unpublished(ledger: Ledger, batch_id: str, dag_id: str, run_id: str, end: Started) -> GridataError:
    """The error of a run that ended without publishing its batch.

    What each job said is in the ledger, whoever ran it; what a killed one could not say, its runner knows.

    Args:
        ledger: has the run's jobs.
        batch_id: not published.
        dag_id: of the run.
        run_id: of the run.
        end: what the runner told, as far as it told anything.

    Returns:
        A TransientError where another run may succeed as things are, else a PermanentError.
    """
    failed = [run for run in ledger.runs(run_id=run_id) if run.exit_code != _DONE]
    spoke = any(run.exit_code is not None for run in failed)
    words = end.error if end.error and not spoke else "; ".join(map(_word, failed))
    said = f": {words}" if words else ""
    message = f"run {run_id} of {dag_id} ended as {end.state} without publishing the batch{said}"
    if end.exit_code is None:
        transient = bool(failed) and all(run.exit_code in (TransientError.exit_code, None) for run in failed)
    else:
        transient = end.exit_code == TransientError.exit_code
    if transient and end.state is RunState.FAILED:
        return TransientError(f"{message}. It may succeed now: `gridata replay {batch_id}`.")
    return PermanentError(f"{message}. See docs/runbooks/batch-failed.md.")


def failing_jobs(ledger: Ledger, run_id: str) -> str | None:
    """What the jobs of a run that failed said; None when none did."""
    failed = [run for run in ledger.runs(run_id=run_id) if run.exit_code not in (_DONE, None)]
    return "; ".join(map(_word, failed)) or None


def _word(run: Run) -> str:
    if run.exit_code is None:
        return f"{run.job} was killed or lost before it could say why"
    error = (run.report or {}).get("error")
    return f"{run.job} ended with exit code {run.exit_code}" + (f": {error}" if error else "")
