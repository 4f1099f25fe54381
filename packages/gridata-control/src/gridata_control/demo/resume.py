"""What an earlier demo of the same home left undone: a killed process, a full disk, a failed transform."""

from __future__ import annotations

from gridata_contracts.naming import run_id
from gridata_control.demo.airflow import AirflowSession
from gridata_control.dispatch import RunRequest, RunState
from gridata_control.ledger import BatchRecord, BatchState, Ledger


def finish_earlier_runs(ledger: Ledger, airflow: AirflowSession) -> None:
    """Put unpublished batches back into the outbox, and see the runs of published ones to their end.

    A published batch may lack its transforms. Its run is asked for once more: one that succeeded is left as it is, an
    unfinished one goes on where it stopped, one that failed is run again under the next number.
    """
    for record in ledger.batches(states=[BatchState.FAILED, BatchState.DISPATCHED]):
        ledger.make_ready(record.batch.id)
    for record in ledger.batches(states=[BatchState.PUBLISHED]):
        if record.dag_id is not None:
            _see_to_end(ledger, airflow, record, record.dag_id)


def _see_to_end(ledger: Ledger, airflow: AirflowSession, record: BatchRecord, dag_id: str) -> None:
    batch, number = record.batch, record.run_number
    conf = {"batch_id": batch.id, "dataset": str(batch.dataset)}
    while airflow.start(RunRequest(dag_id, run_id(batch.id, number), conf)).state is RunState.FAILED:
        if not airflow.results[-1].adopted:
            return  # it failed now, not then: the summary says so
        number += 1
        ledger.mark_dispatched(batch.id, dag_id, number)
