"""Waiting for a job in Airflow's triggerer: no worker is held while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from gridata_contracts.errors import GridataError
from gridata_dags.kubernetes.cluster import Cluster
from gridata_dags.kubernetes.objects import Ref
from gridata_dags.kubernetes.watch import Watch


class JobEndedTrigger(BaseTrigger):
    """Fires once the job's object has ended, is gone, or cannot be looked at: the task then says which."""

    def __init__(self, job_id: str, poll_s: float = 5.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's triggers have no types
        self.job_id = job_id
        self.poll_s = poll_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What the triggerer makes this trigger from again."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {"job_id": self.job_id, "poll_s": self.poll_s}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event at the end. The client blocks, so it looks in a thread."""
        ref = Ref.parse(self.job_id)
        watch = Watch(ref, Cluster().read)
        try:
            while await asyncio.to_thread(watch.look) is None:  # noqa: ASYNC110 # nobody tells: the cluster is asked
                await asyncio.sleep(self.poll_s)
        except GridataError as error:
            self.log.warning("%s cannot be followed: %s", self.job_id, error)
        yield TriggerEvent({"job_id": self.job_id})  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """Somebody ended the deferred task: so the job ends, too. A restarted triggerer comes not here."""
        await asyncio.to_thread(Cluster().delete, Ref.parse(self.job_id))
