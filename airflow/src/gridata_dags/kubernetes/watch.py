"""Following one object to its end, one look at a time: a worker and the triggerer look the same way."""

from __future__ import annotations

import time
from collections.abc import Callable

from gridata_contracts.errors import TransientError
from gridata_dags.jobs import JsonObject
from gridata_dags.kubernetes.ends import End, end_of, is_leaving, pod_of, stuck_reason
from gridata_dags.kubernetes.objects import Kind, Ref

STUCK_S = 300.0
"""How long a pod with a node may fail to start (its image, a secret, a volume) before the attempt is given up."""
LEAVING_S = 300.0
"""How long a pod may be on its way out: longer means that its node is lost and nobody ends it."""
PATIENCE_S = 600.0
"""How long the cluster may leave us without an answer while the job goes on by itself."""


class Watch:
    """The object of one job, looked at now and then.

    Attributes:
        found: as it was last seen; None once it is gone.
        gave_up: why, when the end is ours and not the object's: it has to be deleted, or it may still start.
    """

    def __init__(
        self, ref: Ref, read: Callable[[Ref], JsonObject | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ref, self._read, self._clock = ref, read, clock
        self._since: dict[str, float] = {}
        self.found: JsonObject | None = None
        self.gave_up: str | None = None

    def look(self) -> End | None:
        """The end; None while the job goes on, or the cluster leaves us without an answer for a while.

        Raises:
            TransientError: the cluster did not answer for PATIENCE_S.
            PermanentError: it does not let us look.
        """
        try:
            self.found = self._read(self._ref)
            end = end_of(self._ref.kind, self.found)
            pod = self._pod() if end is None else None
        except TransientError:
            if self._lasts("silent", yes=True) > PATIENCE_S:
                raise
            return None
        self._lasts("silent", yes=False)
        return end or self._given_up(pod)

    def _pod(self) -> JsonObject | None:
        """Of an application the driver's: it may be stuck while its application says SUBMITTED."""
        if self._ref.kind is Kind.POD or self.found is None:
            return self.found
        name = pod_of(self._ref.kind, self.found)
        return None if name is None else self._read(Ref(Kind.POD, self._ref.namespace, name))

    def _given_up(self, pod: JsonObject | None) -> End | None:
        reason = stuck_reason(pod)
        stuck_s = self._lasts("stuck", yes=reason is not None)
        leaving_s = self._lasts("leaving", yes=is_leaving(pod))
        if stuck_s > STUCK_S:
            self.gave_up = f"not started for {STUCK_S:.0f} s: {reason}"
        elif leaving_s > LEAVING_S:
            self.gave_up = f"being deleted for {LEAVING_S:.0f} s: its node may be lost"
        return None if self.gave_up is None else End(None, self.gave_up)

    def _lasts(self, what: str, *, yes: bool) -> float:
        """Seconds since it was first so, without a look in between at which it was not."""
        if not yes:
            self._since.pop(what, None)
            return 0.0
        now = self._clock()
        return now - self._since.setdefault(what, now)
