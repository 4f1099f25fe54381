"""Following one object to its end, one look at a time: a worker and the triggerer look the same way."""

from __future__ import annotations

import time
from collections.abc import Callable

from gridata_contracts.errors import TransientError
from gridata_dags.jobs import JsonObject
from gridata_dags.kubernetes.ends import End, end_of, stuck_reason
from gridata_dags.kubernetes.objects import Ref

STUCK_S = 300.0
"""How long an image may fail to come, or a secret to be there, before the attempt is given up."""
PATIENCE_S = 600.0
"""How long the cluster may leave us without an answer while the job goes on by itself."""


class Watch:
    """The object of one job, looked at now and then."""

    def __init__(
        self, ref: Ref, read: Callable[[Ref], JsonObject | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ref, self._read, self._clock = ref, read, clock
        self._stuck_since: float | None = None
        self._silent_since: float | None = None
        self.found: JsonObject | None = None
        """The object as it was last seen; None once it is gone."""

    def look(self) -> End | None:
        """The end; None while the job goes on, or the cluster leaves us without an answer for a while.

        Raises:
            TransientError: the cluster did not answer for PATIENCE_S.
            PermanentError: it does not let us look.
        """
        now = self._clock()
        try:
            self.found = self._read(self._ref)
        except TransientError:
            self._silent_since = now if self._silent_since is None else self._silent_since
            if now - self._silent_since > PATIENCE_S:
                raise
            return None
        self._silent_since = None
        return end_of(self._ref.kind, self.found) or self._given_up(now)

    def _given_up(self, now: float) -> End | None:
        reason = stuck_reason(self.found)
        if reason is None:
            self._stuck_since = None
            return None
        self._stuck_since = now if self._stuck_since is None else self._stuck_since
        return End(None, f"not started for {STUCK_S:.0f} s: {reason}") if now - self._stuck_since > STUCK_S else None
