"""A job as Airflow sees it: what to run, where it runs, how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from gridata_contracts.errors import TransientError

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger

JsonObject = Mapping[str, object]
SPARK = "spark"
"""Engine of a job that needs Spark around it."""


@dataclass(frozen=True)
class Job:
    """One call of `gridata-job`.

    Attributes:
        key: dag, task and run id: the same for every try, so that a later try finds an earlier one's job.
        name: sub-command of `gridata-job`, such as `ingest`.
        arguments: command line after the sub-command.
        profile: compute profile; back ends with resources to choose map it, a subprocess has none.
        engine: `duckdb` or `spark`: what the job needs around it.
        domain: whose data it writes, such as `ecommerce`; the boundary of what it may touch.
    """

    key: str
    name: str
    arguments: tuple[str, ...]
    profile: str = "small"
    engine: str = "duckdb"
    domain: str = "platform"


@dataclass(frozen=True)
class JobResult:
    """How a job ended.

    Attributes:
        exit_code: the process's own code; negative = ended by that signal; None = nobody knows.
        report: the JSON object the job printed as its last line; None when that line was something else.
        last_line: the last line of its error output, for the message when there is no report.
    """

    exit_code: int | None
    report: JsonObject | None
    last_line: str = ""


class RoomError(TransientError):
    """There is no room for the job just now; others will end, and asking again costs no try."""


class Verdict(Enum):
    """What an exit code means for the task."""

    DONE = "done"
    PERMANENT = "permanent"
    TRANSIENT = "transient"


_VERDICTS = {0: Verdict.DONE, 1: Verdict.PERMANENT, 2: Verdict.PERMANENT, 3: Verdict.PERMANENT, 4: Verdict.TRANSIENT}


def verdict(exit_code: int | None) -> Verdict:
    """Meaning of an exit code of `gridata-job`.

    0 done; 1 a check said no, 2 usage, 3 permanent: the same call fails again. 4 and everything else (killed, lost,
    unknown) may succeed later: writes are keyed by batch, so running again is safe.
    """
    return Verdict.TRANSIENT if exit_code is None else _VERDICTS.get(exit_code, Verdict.TRANSIENT)


class JobBackend(Protocol):
    """A place where jobs run. One object serves one task instance; ids are the back end's own."""

    def find(self, job: Job) -> str | None:
        """Id of a job with this key that an earlier try started and that can still be followed; None = submit."""

    def submit(self, job: Job) -> str:
        """Start the job and answer its id at once.

        Raises:
            RoomError: there is no room for it just now.
            PermanentError: it cannot be started as configured.
            TransientError: the back end did not answer.
        """

    def wait(self, job_id: str, on_line: Callable[[str], None]) -> JobResult:
        """Block until the job has ended; every log line goes to `on_line` as it appears."""

    def cancel(self, job_id: str) -> None:
        """Stop the job and everything it started. Safe to call twice, from a signal handler, and after the end."""


@runtime_checkable
class DeferrableBackend(JobBackend, Protocol):
    """A back end whose jobs go on without the process that submitted them."""

    def ended_trigger(self, job_id: str) -> BaseTrigger:
        """What fires once the job has ended, with an event of its id at least."""

    def collect(self, job_id: str, event: JsonObject, on_line: Callable[[str], None]) -> JobResult | None:
        """What the job said, in whatever process; None where it goes on after all.

        Raises:
            RoomError: it did not start, for want of room.
        """

    def forget(self, job_id: str) -> None:
        """The job's end has been told: a later try starts anew."""
