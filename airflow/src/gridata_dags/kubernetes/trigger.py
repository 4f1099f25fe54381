"""Waiting for a job in Airflow's triggerer: no worker is held while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.triggers.base import BaseTrigger, TriggerEvent
from airflow.utils.state import TaskInstanceState

from gridata_contracts.errors import GridataError
from gridata_dags.kubernetes.cluster import Cluster
from gridata_dags.kubernetes.objects import Ref
from gridata_dags.kubernetes.watch import Watch


class JobEndedTrigger(BaseTrigger):
    """Fires once the job's object has ended, is gone, is given up, or cannot be looked at: the task then says which."""

    def __init__(self, job_id: str, poll_s: float = 5.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's triggers have no types
        self.job_id = job_id
        self.poll_s = poll_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What the triggerer makes this trigger from again."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"job_id": self.job_id, "poll_s": self.poll_s}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event at the end. The client blocks, so it looks in a thread."""
        watch = Watch(Ref.parse(self.job_id), Cluster().read)
        try:
            while await asyncio.to_thread(watch.look) is None:  # noqa: ASYNC110 # nobody tells: the cluster is asked
                await asyncio.sleep(self.poll_s)
        except GridataError as error:
            self.log.warning("%s cannot be followed: %s", self.job_id, error)
        yield TriggerEvent({"job_id": self.job_id, "gave_up": watch.gave_up})  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """Somebody ended the deferred task: so the job ends, too.

        Airflow comes here also when another triggerer has taken this trigger over, while this one was thought dead: the
        task is still deferred then, and its job is the other's.
        """
        if await asyncio.to_thread(self._task_state) == TaskInstanceState.DEFERRED:
            self.log.info("%s is followed by another triggerer", self.job_id)
            return
        await asyncio.to_thread(Cluster().delete, Ref.parse(self.job_id))

    def _task_state(self) -> str | None:
        ti = self.task_instance
        if ti is None:
            return None
        states: Mapping[str, Mapping[str, str]] = RuntimeTaskInstance.get_task_states(
            dag_id=ti.dag_id, task_ids=[ti.task_id], run_ids=[ti.run_id], map_index=ti.map_index
        )
        of_run = states.get(ti.run_id, {})
        return of_run.get(ti.task_id) or of_run.get(f"{ti.task_id}_{ti.map_index}")
