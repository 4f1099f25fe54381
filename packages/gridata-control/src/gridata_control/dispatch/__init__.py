"""From the ledger's outbox to runs: Airflow over REST where one runs, the same DAGs in a process otherwise."""

from gridata_control.dispatch.airflow import AirflowDispatcher
from gridata_control.dispatch.dispatcher import Dispatcher, RunEnd, RunRequest, RunState, Started
from gridata_control.dispatch.embedded import EmbeddedDispatcher
from gridata_control.dispatch.opening import open_dispatcher
from gridata_control.dispatch.outbox import Dispatched, dispatch_batch, dispatch_ready, reconcile

__all__ = [
    "AirflowDispatcher",
    "Dispatched",
    "Dispatcher",
    "EmbeddedDispatcher",
    "RunEnd",
    "RunRequest",
    "RunState",
    "Started",
    "dispatch_batch",
    "dispatch_ready",
    "open_dispatcher",
    "reconcile",
]
