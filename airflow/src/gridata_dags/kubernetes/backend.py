"""The back end that runs jobs in a cluster: find or submit, wait, collect, cancel."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from gridata_contracts.errors import GridataError, TransientError
from gridata_dags.jobs import SPARK, Job, JobResult, JsonObject, RoomError
from gridata_dags.kubernetes.cluster import Cluster, TakenError, says_no_room
from gridata_dags.kubernetes.ends import CONTAINER, DRIVER_CONTAINER, End, end_of_pod, is_leaving, pod_of
from gridata_dags.kubernetes.objects import (
    ATTEMPT_LABEL,
    COLLECTED_LABEL,
    COMPONENT_LABEL,
    INSTALLATION_LABEL,
    KEY_LABEL,
    Kind,
    Ref,
    installation,
    key_digest,
    object_name,
)
from gridata_dags.kubernetes.templates import load_templates
from gridata_dags.kubernetes.trigger import JobEndedTrigger
from gridata_dags.kubernetes.watch import Watch

log = logging.getLogger(__name__)

POLL_S = 2.0
GOING_S = 90.0
"""How long an earlier attempt may take to go before the next one is put off."""
_KEPT = timedelta(days=1)
"""How long a collected pod stays for people to look at; its log is in the task's."""


class KubernetesBackend:
    """Runs each job as one object of a kind.

    An attempt's object has a name that follows from the job's key, so that whoever creates it second is told (409) and
    adopts it. The next attempt is made only once the last one's end was collected, and nothing of it is left running.
    """

    def __init__(self, kind: Kind | None = None) -> None:
        """Connect when first asked.

        Args:
            kind: of every job; None = a SparkApplication for Spark's jobs, a pod for the others.

        Raises:
            PermanentError: the installation's templates are not what they should be.
        """
        self._kind = kind
        self._cluster = Cluster()
        self._templates = load_templates()

    def find(self, job: Job) -> str | None:
        """The last attempt, unless its end was collected or it is being deleted."""
        attempts = self._attempts(job)
        if not attempts or _is_over(attempts[-1]):
            return None
        return str(self._ref(job, _attempt_of(attempts[-1])))

    def submit(self, job: Job) -> str:
        """Create the next attempt's object; where another try has made it meanwhile, that one is it.

        Raises:
            RoomError: the namespace holds as much as it may just now.
            TransientError: an earlier attempt is still on its way out, or the cluster does not answer.
            PermanentError: the cluster refuses the object.
        """
        kind = self._kind_of(job)
        attempts, attempt = self._settled_attempts(job)
        if attempts and not _is_over(attempts[-1]):
            return str(self._ref(job, _attempt_of(attempts[-1])))
        ref = self._ref(job, attempt)
        try:
            self._cluster.create(kind, self._templates.body(kind, job, attempt))
        except TakenError:
            found = self._cluster.read(ref)
            if found is None or _is_over(found):
                raise TransientError(f"{ref}: got an object that is being deleted. Try again.") from None
        self._delete_old(ref)
        return str(ref)

    def wait(self, job_id: str, on_line: Callable[[str], None]) -> JobResult:
        """Poll until the object has ended; then its log, its exit code, and its report."""
        ref = Ref.parse(job_id)
        watch = Watch(ref, self._cluster.read)
        while (end := watch.look()) is None:
            time.sleep(POLL_S)
        return self._collect(ref, watch, end, on_line)

    def collect(self, job_id: str, event: Mapping[str, object], on_line: Callable[[str], None]) -> JobResult | None:
        """What `wait` answers, of a job whose trigger fired; None where it goes on after all.

        Raises:
            RoomError: a quota refused what the object needed.
        """
        ref = Ref.parse(job_id)
        watch = Watch(ref, self._cluster.read)
        end = watch.look()
        if end is None and event.get("gave_up"):
            watch.gave_up = str(event["gave_up"])
            end = End(None, watch.gave_up)
        return None if end is None else self._collect(ref, watch, end, on_line)

    def forget(self, job_id: str) -> None:
        """The task has told what the job said: a later try starts anew. What runs on beside the job ends with it."""
        ref = Ref.parse(job_id)
        found = self._cluster.read(ref)
        phase = cast("JsonObject", (found or {}).get("status") or {}).get("phase")
        if ref.kind is Kind.POD and phase in ("Pending", "Running"):
            self._cluster.delete(ref)
        else:
            self._cluster.label(ref, {COLLECTED_LABEL: "true"})

    def cancel(self, job_id: str) -> None:
        """Delete the object; its pods get their grace time to end, and executors go with their driver."""
        self._cluster.delete(Ref.parse(job_id))

    def ended_trigger(self, job_id: str) -> JobEndedTrigger:
        """What waits for the job without holding a worker."""
        return JobEndedTrigger(job_id)

    def _collect(self, ref: Ref, watch: Watch, end: End, on_line: Callable[[str], None]) -> JobResult:
        pod = pod_of(ref.kind, watch.found) if watch.found is not None else None
        if self._found_no_room(ref, pod, end):
            raise RoomError(f"{ref}: {end.reason}. It waits until others have ended.")
        if watch.gave_up is not None:
            self._cluster.delete(ref)  # or it starts once its image comes, beside the next attempt
        if pod is None:
            return JobResult(end.exit_code or None, None, f"{ref}: {end.reason}")
        container = CONTAINER if ref.kind is Kind.POD else DRIVER_CONTAINER
        exit_code = self._exit_code(ref, pod, end)
        lines = self._cluster.log(ref.namespace, pod, container) if watch.gave_up is None else []
        if lines is None:  # a job that nobody heard of is asked again: what it published is found by its batch
            return JobResult(None if exit_code == 0 else exit_code, None, f"{ref}: {end.reason}, and its log is gone")
        report, log_lines = _told(lines)
        for line in log_lines:
            on_line(line)
        said = next((line for line in reversed(log_lines) if line), "")
        return JobResult(exit_code, report, said if exit_code is not None else f"{ref}: {end.reason}")

    def _found_no_room(self, ref: Ref, driver: str | None, end: End) -> bool:
        """The quota refused an application's driver: the application is there and has failed, the driver never was."""
        if ref.kind is not Kind.SPARK_APPLICATION or end.exit_code is not None or not says_no_room(end.reason):
            return False
        return driver is None or self._cluster.read(Ref(Kind.POD, ref.namespace, driver)) is None

    def _exit_code(self, ref: Ref, pod: str, end: End) -> int | None:
        """Of a driver it stands on its pod, while that is there."""
        if ref.kind is Kind.POD or end.exit_code is not None:
            return end.exit_code
        driver = self._cluster.read(Ref(Kind.POD, ref.namespace, pod))
        ended = end_of_pod(driver) if driver is not None else None
        return ended.exit_code if ended is not None else None

    def _kind_of(self, job: Job) -> Kind:
        return self._kind or (Kind.SPARK_APPLICATION if job.engine == SPARK else Kind.POD)

    def _ref(self, job: Job, attempt: int) -> Ref:
        kind = self._kind_of(job)
        return Ref(kind, self._templates.namespace(kind, job), object_name(job, attempt))

    def _attempts(self, job: Job, kind: Kind | None = None, **labels: str) -> Sequence[JsonObject]:
        """By number."""
        kind = kind or self._kind_of(job)
        wanted = {KEY_LABEL: key_digest(job), COMPONENT_LABEL: "job", **labels}
        return sorted(self._cluster.find(kind, self._templates.namespace(kind, job), wanted), key=_attempt_of)

    def _settled_attempts(self, job: Job) -> tuple[Sequence[JsonObject], int]:
        """The attempts, and the next one's number, once nothing of what was deleted runs any more.

        A deleted application is gone before its driver is, and before its driver is told to go, so drivers are asked
        for, too. A number is not used again while anything of it is there.
        """
        deadline = time.monotonic() + GOING_S
        while True:
            attempts, drivers = self._attempts(job), []
            if self._kind_of(job) is Kind.SPARK_APPLICATION:
                drivers = [*self._attempts(job, Kind.POD, **{COMPONENT_LABEL: "driver"})]
            there = {_attempt_of(each) for each in attempts}
            going = [
                each
                for each in (*attempts, *drivers)
                if (is_leaving(each) or _attempt_of(each) not in there) and end_of_pod(each) is None
            ]
            if not going:
                return attempts, max(map(_attempt_of, (*attempts, *drivers)), default=0) + 1
            if time.monotonic() > deadline:
                names = ", ".join(map(_name_of, going))
                raise TransientError(f"{job.key}: got {names} still on its way out. Try again.")
            time.sleep(POLL_S)

    def _delete_old(self, new: Ref) -> None:
        """Pods have no time to live; the operator sees to applications. What goes wrong here is nobody's business."""
        if new.kind is not Kind.POD:
            return
        try:
            ours = {COLLECTED_LABEL: "true", COMPONENT_LABEL: "job", INSTALLATION_LABEL: installation()}
            for pod in self._cluster.find(new.kind, new.namespace, ours):
                made = datetime.fromisoformat(str(cast("JsonObject", pod["metadata"])["creationTimestamp"]))
                if datetime.now(UTC) - made > _KEPT:
                    self._cluster.delete(Ref(new.kind, new.namespace, _name_of(pod)))
        except GridataError as error:
            log.warning("old pods of %s were not deleted: %s", new.namespace, error)


def _told(lines: Sequence[str]) -> tuple[JsonObject | None, list[str]]:
    """The report among the lines, and the others: standard output and error come as one."""
    for at in range(len(lines) - 1, -1, -1):
        report = _as_report(lines[at])
        if report is not None:
            return report, [*lines[:at], *lines[at + 1 :]]
    return None, list(lines)


def _as_report(line: str) -> JsonObject | None:
    """Logs are JSON, too, but of no job."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "job" in found and "logger" not in found else None


def _labels(found: JsonObject) -> JsonObject:
    return cast("JsonObject", cast("JsonObject", found["metadata"]).get("labels") or {})


def _name_of(found: JsonObject) -> str:
    return str(cast("JsonObject", found["metadata"])["name"])


def _attempt_of(found: JsonObject) -> int:
    return int(str(_labels(found).get(ATTEMPT_LABEL, 0)))


def _is_over(found: JsonObject) -> bool:
    return COLLECTED_LABEL in _labels(found) or is_leaving(found)
