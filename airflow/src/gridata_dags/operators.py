"""The one operator: it runs a `gridata-job` on whatever back end this installation has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NoReturn

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from gridata_contracts.errors import PermanentError, TransientError
from gridata_dags.backends import open_backend
from gridata_dags.instants import AS_OF, given_as_of
from gridata_dags.jobs import DeferrableBackend, Job, JobBackend, JobResult, JsonObject, RoomError, Verdict, verdict

OVERRIDE_GATE = "override_gate"
"""Parameter of a landing run: true publishes its batch whatever the batch's quality gate says."""
REWRITE = "rewrite"
"""Parameter of a landing run: number of the rewrite of a published batch that the run does."""
ROOM_EVERY = timedelta(seconds=60)
"""How often a job that finds no room asks again."""
LANE = "lane"
"""Parameter of a landing run: the lane that its batch's size or contract asks for."""
INGEST = "ingest"
"""The job that publishes a batch of landed files."""
EXIT_CODE_KEY = "exit_code"
"""XCom that says how the last try's job ended; absent when no job was started."""


class GridataJobOperator(BaseOperator):
    """Submit a job, or adopt the one an earlier try started; wait; hand on its report.

    The report goes to XCom as the task's return value. A transient end (exit code 4, a kill, a lost job) is retried
    with the task's retries and delay; a permanent one (1, 2, 3) fails the task at once.

    Attributes:
        argv: command line after `gridata-job`, its sub-command first; Airflow templates.
        profile: compute profile of the step.
        engine: what the step's job needs: `duckdb` or `spark`. A landed batch may need Spark for its size (`lane`).
        domain: whose data the step writes.
        backend: name of a back end; None = the installation's.
    """

    template_fields: Sequence[str] = ("argv",)
    ui_color = "#d9ead3"

    def __init__(
        self,
        *,
        argv: Sequence[str],
        profile: str = "small",
        engine: str = "duckdb",
        domain: str = "platform",
        backend: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.argv = list(argv)
        self.profile = profile
        self.engine = engine
        self.domain = domain
        self.backend = backend
        self._running: tuple[JobBackend, str] | None = None

    def execute(self, context: Context) -> JsonObject:
        """Run the job and answer its report; where the job goes on by itself, wait for it in the triggerer.

        Raises:
            AirflowFailException: permanent, or the job ended well without a report.
            AirflowException: transient.
        """
        with _errors_for_airflow():
            backend, job = open_backend(self.backend), self._job_of(context)
            try:
                job_id = self._started(backend, job)
            except RoomError as e:
                self._defer_for_room(e)
            if isinstance(backend, DeferrableBackend):
                self._defer_until_ended(backend, job_id)
            result = self._follow(backend, job_id)
        return self._answer(result, context)

    def again(self, context: Context, event: object = None) -> JsonObject:  # noqa: ARG002 # Airflow gives it
        """The same as `execute`, after a while without room. Raises as `execute`."""
        return self.execute(context)

    def collect(self, context: Context, event: Mapping[str, Any]) -> JsonObject:
        """The report of a job that ended while the task was deferred. Raises as `execute`."""
        job_id = str(event["job_id"])
        with _errors_for_airflow():
            backend = open_backend(self.backend)
            assert isinstance(backend, DeferrableBackend)  # it deferred this task
            try:
                result = backend.collect(job_id, event, self.log.info)
            except RoomError as e:
                backend.forget(job_id)
                self._defer_for_room(e)
            if result is None:
                self._defer_until_ended(backend, job_id)
            try:
                report = self._answer(result, context)
            except AirflowException:  # what the job said; anything else is said again by the next try
                backend.forget(job_id)
                raise
            backend.forget(job_id)
            return report

    def _defer_for_room(self, error: RoomError) -> NoReturn:
        from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger

        self.log.info("%s", error)
        self.defer(trigger=TimeDeltaTrigger(ROOM_EVERY), method_name=self.again.__name__)

    def _defer_until_ended(self, backend: DeferrableBackend, job_id: str) -> NoReturn:
        self.defer(trigger=backend.ended_trigger(job_id), method_name=self.collect.__name__)

    def _answer(self, result: JobResult, context: Context) -> JsonObject:
        context["ti"].xcom_push(key=EXIT_CODE_KEY, value=result.exit_code)
        if verdict(result.exit_code) is not Verdict.DONE:
            self._fail(result)
        if result.report is None:
            raise AirflowFailException(
                f"{self.argv[0]} report: got {result.last_line!r}, "
                "allowed one JSON object as the last line of its output. Check the job command."
            )
        self._describe_events(context)
        return result.report

    def on_kill(self) -> None:
        """Stop the job with the task."""
        if self._running is not None:
            backend, job_id = self._running
            backend.cancel(job_id)

    def _job_of(self, context: Context) -> Job:
        name, *arguments = self.argv
        if name == INGEST and context["params"].get(OVERRIDE_GATE):
            arguments += ["--override-gate", "true"]
        if name == INGEST and (number := context["params"].get(REWRITE)) is not None:
            arguments += ["--rewrite", str(number)]
        key = f"{self.dag_id}.{self.task_id}.{context['run_id']}"
        engine = context["params"].get(LANE) or self.engine if name == INGEST else self.engine
        return Job(key, name, tuple(arguments), self.profile, engine, self.domain)

    def _started(self, backend: JobBackend, job: Job) -> str:
        job_id = backend.find(job)
        if job_id is None:
            job_id = backend.submit(job)
            self.log.info("submitted job=%s key=%s id=%s arguments=%s", job.name, job.key, job_id, job.arguments)
        else:
            self.log.info("adopted job=%s key=%s id=%s", job.name, job.key, job_id)
        return job_id

    def _follow(self, backend: JobBackend, job_id: str) -> JobResult:
        self._running = (backend, job_id)
        try:
            return backend.wait(job_id, self.log.info)
        except BaseException:  # a time-out or an interrupt must not leave the job running
            backend.cancel(job_id)
            raise
        finally:
            self._running = None

    def _fail(self, result: JobResult) -> NoReturn:
        said = result.report.get("error") if result.report else None
        message = f"{self.argv[0]}: exit code {result.exit_code}: {said or result.last_line}"
        if verdict(result.exit_code) is Verdict.PERMANENT:
            raise AirflowFailException(message)
        raise AirflowException(f"{message} (transient)")

    def _describe_events(self, context: Context) -> None:
        """Say on each published asset which run and batch it came from, and the instant somebody gave, if any."""
        facts = {
            "run_id": context["run_id"],
            "batch_id": (context["dag_run"].conf or {}).get("batch_id"),
            AS_OF: given_as_of(context["dag_run"], context["triggering_asset_events"]),
        }
        for outlet in self.outlets:
            context["outlet_events"][outlet].extra = {name: fact for name, fact in facts.items() if fact is not None}


@contextmanager
def _errors_for_airflow() -> Iterator[None]:
    """Ours as Airflow's: it retries the one and not the other."""
    try:
        yield
    except PermanentError as e:
        raise AirflowFailException(str(e)) from e
    except TransientError as e:
        raise AirflowException(str(e)) from e
