"""The instant a run computes for: given, inherited, or the run's own; never the clock of a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol

AS_OF = "as_of"


class Event(Protocol):
    """What is read of an asset event."""

    extra: Mapping[str, object]


class Run(Protocol):
    """What is read of a DAG run."""

    @property
    def conf(self) -> Mapping[str, object] | None:
        """Configuration the run was started with."""

    @property
    def run_after(self) -> datetime:
        """When the run became due."""


def given_as_of(run: Run, events: Mapping[object, Iterable[Event]] | None) -> str | None:
    """The instant somebody chose: in the run's conf, or in the conf of the runs that triggered it (the latest).

    It flows down with the asset events, so that a replay of one day computes that day everywhere.
    """
    if conf_as_of := (run.conf or {}).get(AS_OF):
        return str(conf_as_of)
    inherited = [
        str(event.extra[AS_OF]) for group in (events or {}).values() for event in group if AS_OF in event.extra
    ]
    return max(inherited, key=datetime.fromisoformat, default=None)


def as_of(run: Run, events: Mapping[object, Iterable[Event]] | None = None) -> str:
    """ISO instant (UTC) a run's jobs compute for; the same for every try of the run."""
    return given_as_of(run, events) or run.run_after.astimezone(UTC).isoformat()
