"""READY batches become runs, exactly one live run each.

The run id is made from the batch and a number, and the number is stored only after the run exists. So a crash between
the two repeats the same id, is told it is taken, and adopts the run it had started.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gridata_contracts import naming
from gridata_contracts.errors import ContractError, PermanentError
from gridata_contracts.model import JsonValue, Pipeline
from gridata_contracts.naming import DatasetId
from gridata_control.batch_errors import SAID_NO, BatchErrors
from gridata_control.dispatch.dispatcher import (
    LANE,
    OVERRIDE_GATE,
    REWRITE,
    Dispatcher,
    NoRunsError,
    RunEnd,
    RunRequest,
    RunState,
    Started,
)
from gridata_control.dispatch.last_words import failing_jobs, unpublished
from gridata_control.dispatch.lease import held
from gridata_control.kept_contracts import kept_contract
from gridata_control.ledger import BatchRecord, BatchState, Ledger, Rewrite, RewriteState

log = logging.getLogger(__name__)

_RUNS_MAX = 100
"""Failed runs of one batch that are stepped over before somebody has to look."""


@dataclass(frozen=True)
class Dispatched:
    """One run that was started, or adopted because it was there already.

    Attributes:
        exit_code: 0 while it goes on elsewhere; else worst of the run and of what followed it: 1 the batch is held, 3 a
            permanent failure, 4 only transient ones.
        error: why it failed or the batch is held.
        followed: runs that the tables it published made due, where they ran here, too.
    """

    batch_id: str
    dag_id: str
    run_id: str
    state: RunState
    adopted: bool
    exit_code: int = 0
    error: str | None = None
    followed: tuple[RunEnd, ...] = ()


def dispatch_ready(
    ledger: Ledger,
    dispatcher: Dispatcher,
    pipelines: Sequence[Pipeline],
    errors: BatchErrors,
    stopping: Callable[[], bool] = lambda: False,
) -> list[Dispatched]:
    """Start one run for each READY batch, oldest first, until `stopping` says so.

    A batch whose run cannot be started stays READY, its error goes to `errors`, and the others go on; only when no run
    can be started at all are they not tried.
    """
    dags = dag_ids(pipelines)
    runs: list[Dispatched] = []
    for record in ledger.batches(states=[BatchState.READY]):
        if stopping() or is_hopeless(errors):
            break
        with errors.of(record.batch.id):
            run = dispatch_batch(ledger, dispatcher, dags, record)
            if run is not None:
                runs.append(run)
    return runs


def dispatch_batch(
    ledger: Ledger,
    dispatcher: Dispatcher,
    dags: Mapping[DatasetId, str],
    record: BatchRecord,
    rewrite: int | None = None,
) -> Dispatched | None:
    """Start a run of one batch; None when another process is running it just now.

    Args:
        ledger: where the batch is.
        dispatcher: starts the run.
        dags: DAG of each dataset.
        record: the batch.
        rewrite: number of the rewrite that the run is to do.

    Raises:
        TransientError: the dispatcher did not answer; the batch stays as it is.
        PermanentError: the dispatcher refuses, or no pipeline owns the dataset.
    """
    batch = record.batch
    dag_id = dags.get(batch.dataset)
    if dag_id is None:
        raise PermanentError(f"batch {batch.id}: no pipeline has landing {batch.dataset}. Check GRIDATA_PIPELINES.")
    if not dispatcher.runs_here:
        return _start(ledger, dispatcher, dag_id, record, rewrite)
    with held(ledger, batch.id) as ours:
        return _run_here(ledger, dispatcher, dag_id, batch.id, rewrite) if ours else None


def reconcile(ledger: Ledger, dispatcher: Dispatcher, errors: BatchErrors) -> list[str]:
    """Batches whose run is over without a publication: FAILED, or READY again when the run is gone; their ids.

    Why one FAILED goes to `errors`, and so does the reason why a batch's run could not be asked for.
    """
    over = []
    for record in ledger.batches(states=[BatchState.DISPATCHED]):
        if is_hopeless(errors):
            break
        batch_id, dag_id = record.batch.id, record.dag_id or ""
        run_id = naming.run_id(batch_id, record.run_number)
        with errors.of(batch_id):
            state = dispatcher.state(dag_id, run_id)
            if state in (RunState.FAILED, RunState.SUCCESS):
                failure = unpublished(ledger, batch_id, dag_id, run_id, Started(state))
                if ledger.fail(batch_id, str(failure)):  # it may have been published since it was listed
                    over.append(batch_id)
                    raise failure
            elif state is None and not _claimed(record):
                ledger.make_ready(batch_id)
                over.append(batch_id)
    return over


def is_hopeless(errors: BatchErrors) -> bool:
    """Whether the last error holds for every batch."""
    return bool(errors) and isinstance(errors[-1].error, NoRunsError)


def dag_ids(pipelines: Sequence[Pipeline]) -> dict[DatasetId, str]:
    """DAG of each dataset: the pipeline whose landing trigger names it."""
    return {
        naming.parse_dataset_id(dataset): pipeline.name
        for pipeline in pipelines
        for dataset in pipeline.trigger.landing
    }


def _start(ledger: Ledger, dispatcher: Dispatcher, dag_id: str, record: BatchRecord, rewrite: int | None) -> Dispatched:
    for number in range(record.run_number + 1, record.run_number + 1 + _RUNS_MAX):
        request = _request(dag_id, record, _lane(ledger, record), number, rewrite)
        started = dispatcher.start(request)
        state = dispatcher.state(dag_id, request.run_id) if started is None else started.state
        if state is None or (started is None and state is RunState.FAILED):
            log.warning("run %s is over or gone, taking the next number", request.run_id)
            continue
        ledger.mark_dispatched(record.batch.id, dag_id, number)
        return Dispatched(record.batch.id, dag_id, request.run_id, state, adopted=started is None)
    raise PermanentError(f"batch {record.batch.id}: got {_RUNS_MAX} failed runs. Look at them before you replay it.")


def _run_here(
    ledger: Ledger, dispatcher: Dispatcher, dag_id: str, batch_id: str, rewrite: int | None
) -> Dispatched | None:
    record = ledger.batch_record(batch_id)  # it may have moved on before the claim was ours
    if record.state not in (BatchState.READY, BatchState.PUBLISHED):
        return None
    number = record.run_number + 1
    request = _request(dag_id, record, _lane(ledger, record), number, rewrite)
    ledger.mark_dispatched(batch_id, dag_id, number)
    end = dispatcher.start(request) or Started(RunState.FAILED, error="a run of this id was there already")
    if rewrite is None:
        exit_code, error = _judge(ledger, batch_id, request, end)
    else:
        exit_code, error = _judge_rewrite(ledger.rewrite(batch_id, rewrite), failing_jobs(ledger, request.run_id), end)
    followed = tuple(replace(each, error=failing_jobs(ledger, each.run_id) or each.error) for each in end.followed)
    return Dispatched(batch_id, dag_id, request.run_id, end.state, False, exit_code, error, followed)


def _judge(ledger: Ledger, batch_id: str, request: RunRequest, end: Started) -> tuple[int, str | None]:
    """Exit code and error of a run that ended here; a batch it left without a word is FAILED."""
    record = ledger.batch_record(batch_id)
    if record.state is BatchState.DISPATCHED:
        failure = unpublished(ledger, batch_id, request.dag_id, request.run_id, end)
        ledger.fail(batch_id, str(failure))
        return failure.exit_code, str(failure)
    if record.state is BatchState.HELD:
        return SAID_NO, record.error
    if end.state is not RunState.FAILED:
        return end.exit_code or 0, None
    error = record.error if record.state is BatchState.FAILED else failing_jobs(ledger, request.run_id) or end.error
    return end.exit_code or PermanentError.exit_code, error


def _judge_rewrite(rewrite: Rewrite, said: str | None, end: Started) -> tuple[int, str | None]:
    """The same of a run that was to rewrite a published batch, which keeps its state."""
    if rewrite.state is RewriteState.ABANDONED:
        return SAID_NO, f"rewrite {rewrite.number} was not done, the batch stays as published: {rewrite.error}"
    if rewrite.state is RewriteState.DONE:  # what failed came after it
        failed = end.state is RunState.FAILED
        return end.exit_code or (PermanentError.exit_code if failed else 0), (said or end.error) if failed else None
    begun = "is half done" if rewrite.state is RewriteState.WRITING else "has not begun"
    why = f": {said or end.error}" if said or end.error else ""
    again = f"`gridata replay {rewrite.batch_id} --rewrite` goes on with it."
    return end.exit_code or PermanentError.exit_code, f"rewrite {rewrite.number} {begun}{why}. {again}"


def _request(dag_id: str, record: BatchRecord, lane: str | None, number: int, rewrite: int | None) -> RunRequest:
    batch = record.batch
    conf: dict[str, JsonValue] = {
        "batch_id": batch.id,
        "dataset": str(batch.dataset),
        "as_of": batch.ingested_at_utc.isoformat(),
    }
    if lane is not None:
        conf[LANE] = lane
    if rewrite is not None:
        conf[REWRITE] = rewrite  # says itself whether its gate is overridden
    elif record.gate_overridden:
        conf[OVERRIDE_GATE] = True
    return RunRequest(dag_id, naming.run_id(batch.id, number), conf)


def _lane(ledger: Ledger, record: BatchRecord) -> str | None:
    """The lane the ingest will choose; None where only the job can tell."""
    try:
        contract = kept_contract(ledger, record.batch.contract_hash)
    except ContractError:  # the job says so, and its words become the batch's
        return None
    return None if contract is None else contract.lane_of(record.batch.size_bytes)


def _claimed(record: BatchRecord) -> bool:
    return record.claimed_until_utc is not None and record.claimed_until_utc > datetime.now(UTC)
