"""READY batches become runs, exactly one live run each.

The run id is made from the batch and a number, and the number is stored only after the run exists. So a crash between
the two repeats the same id, is told it is taken, and adopts the run it had started.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gridata_contracts import naming
from gridata_contracts.errors import PermanentError
from gridata_contracts.model import Pipeline
from gridata_contracts.naming import DatasetId
from gridata_control.dispatch.dispatcher import Dispatcher, RunRequest, RunState
from gridata_control.dispatch.lease import held
from gridata_control.ledger import Batch, BatchRecord, BatchState, Ledger

log = logging.getLogger(__name__)

_RUNS_MAX = 100
"""Failed runs of one batch that are stepped over before somebody has to look."""


@dataclass(frozen=True)
class Dispatched:
    """One run that was started, or adopted because it was there already."""

    batch_id: str
    dag_id: str
    run_id: str
    state: RunState
    adopted: bool


def dispatch_ready(
    ledger: Ledger,
    dispatcher: Dispatcher,
    pipelines: Sequence[Pipeline],
    stopping: Callable[[], bool] = lambda: False,
) -> list[Dispatched]:
    """Start one run for each READY batch, oldest first, until `stopping` says so.

    Raises:
        TransientError: the dispatcher did not answer; the remaining batches stay READY.
        PermanentError: the dispatcher refuses, or no pipeline owns a dataset.
    """
    dags = dag_ids(pipelines)
    ready = ledger.batches(states=[BatchState.READY])
    found = (dispatch_batch(ledger, dispatcher, dags, record) for record in ready if not stopping())
    return [dispatched for dispatched in found if dispatched is not None]


def dispatch_batch(
    ledger: Ledger, dispatcher: Dispatcher, dags: Mapping[DatasetId, str], record: BatchRecord
) -> Dispatched | None:
    """Start a run of one batch; None when another process is running it just now."""
    batch = record.batch
    dag_id = dags.get(batch.dataset)
    if dag_id is None:
        raise PermanentError(f"batch {batch.id}: no pipeline has landing {batch.dataset}. Check GRIDATA_PIPELINES.")
    if not dispatcher.runs_here:
        return _start(ledger, dispatcher, dag_id, record)
    with held(ledger, batch.id) as ours:
        return _run_here(ledger, dispatcher, dag_id, batch.id) if ours else None


def reconcile(ledger: Ledger, dispatcher: Dispatcher) -> list[str]:
    """Batches whose run is over without a publication: FAILED, or READY again when the run is gone; their ids."""
    over = []
    for record in ledger.batches(states=[BatchState.DISPATCHED]):
        run_id = naming.run_id(record.batch.id, record.run_number)
        state = dispatcher.state(record.dag_id or "", run_id)
        if state in (RunState.FAILED, RunState.SUCCESS):
            ledger.fail(
                record.batch.id, f"run {run_id} of {record.dag_id} ended as {state} without publishing the batch"
            )
        elif state is None and not _claimed(record):
            ledger.make_ready(record.batch.id)
        else:
            continue
        over.append(record.batch.id)
    return over


def dag_ids(pipelines: Sequence[Pipeline]) -> dict[DatasetId, str]:
    """DAG of each dataset: the pipeline whose landing trigger names it."""
    return {
        naming.parse_dataset_id(dataset): pipeline.name
        for pipeline in pipelines
        for dataset in pipeline.trigger.landing
    }


def _start(ledger: Ledger, dispatcher: Dispatcher, dag_id: str, record: BatchRecord) -> Dispatched:
    for number in range(record.run_number + 1, record.run_number + 1 + _RUNS_MAX):
        request = _request(dag_id, record.batch, number)
        state = dispatcher.start(request)
        adopted = state is None
        if state is None:
            state = dispatcher.state(dag_id, request.run_id)
        if state is None or (adopted and state is RunState.FAILED):
            log.warning("run %s is over or gone, taking the next number", request.run_id)
            continue
        ledger.mark_dispatched(record.batch.id, dag_id, number)
        return Dispatched(record.batch.id, dag_id, request.run_id, state, adopted)
    raise PermanentError(f"batch {record.batch.id}: got {_RUNS_MAX} failed runs. Look at them before you replay it.")


def _run_here(ledger: Ledger, dispatcher: Dispatcher, dag_id: str, batch_id: str) -> Dispatched | None:
    record = ledger.batch_record(batch_id)  # it may have moved on before the claim was ours
    if record.state not in (BatchState.READY, BatchState.PUBLISHED):
        return None
    number = record.run_number + 1
    request = _request(dag_id, record.batch, number)
    ledger.mark_dispatched(batch_id, dag_id, number)
    state = dispatcher.start(request) or RunState.FAILED
    if ledger.batch_record(batch_id).state is BatchState.DISPATCHED:
        ledger.fail(batch_id, f"run {request.run_id} of {dag_id} ended as {state} without publishing the batch")
    return Dispatched(batch_id, dag_id, request.run_id, state, adopted=False)


def _request(dag_id: str, batch: Batch, number: int) -> RunRequest:
    conf = {"batch_id": batch.id, "dataset": str(batch.dataset), "as_of": batch.ingested_at_utc.isoformat()}
    return RunRequest(dag_id, naming.run_id(batch.id, number), conf)


def _claimed(record: BatchRecord) -> bool:
    return record.claimed_until_utc is not None and record.claimed_until_utc > datetime.now(UTC)
