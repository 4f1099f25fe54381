import threading
import time
from pathlib import Path

import pytest

from gridata_contracts.errors import PermanentError
from gridata_dags.backends import open_backend
from gridata_dags.jobs import Job, Verdict, verdict
from gridata_dags.subprocess_backend import GRACE_S, SubprocessBackend, job_command
from job_script import FakeJobs, is_running, wait_gone

JOB = Job("dag.task.run", "probe", ("--run-id", "r1"))


def run(backend: SubprocessBackend) -> tuple[object, list[str]]:
    lines: list[str] = []
    return backend.wait(backend.submit(JOB), lines.append), lines


def test_the_last_line_is_the_report_and_all_others_are_log(fake_jobs: FakeJobs) -> None:
    result, lines = run(SubprocessBackend())

    assert (result.exit_code, result.report["options"]) == (0, {"--run-id": "r1"})
    assert lines == ["probe began"]


def test_a_last_line_that_is_no_report_is_log_too(fake_jobs: FakeJobs) -> None:
    fake_jobs.plan("probe", "silent")

    result, lines = run(SubprocessBackend())

    assert (result.exit_code, result.report, lines) == (0, None, ["probe began"])


def test_error_output_is_log_and_gives_the_failure_its_words(fake_jobs: FakeJobs) -> None:
    fake_jobs.plan("probe", "exit 4")

    result, lines = run(SubprocessBackend())

    assert (result.exit_code, result.last_line) == (4, "probe did not succeed")
    assert sorted(lines) == ["probe began", "probe did not succeed"]


def test_a_job_does_not_see_airflows_own_configuration(fake_jobs: FakeJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "secret")
    monkeypatch.setenv("AIRFLOW_CONN_SLACK", "secret")
    monkeypatch.setenv("GRIDATA_STORE", "file:///store")

    run(SubprocessBackend())

    seen = fake_jobs.calls("probe")[0]["environment"]
    assert "GRIDATA_STORE" in seen
    assert not {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW_CONN_SLACK"} & set(seen)


@pytest.mark.parametrize("what", ["hang", "stubborn"])
def test_cancel_ends_the_job_within_the_grace_time(fake_jobs: FakeJobs, what: str) -> None:
    fake_jobs.plan("probe", what)
    backend = SubprocessBackend()
    job_id = backend.submit(JOB)
    pid = fake_jobs.wait_ready("probe")
    threading.Timer(0.1, backend.cancel, (job_id,)).start()

    started = time.monotonic()
    result = backend.wait(job_id, lambda _line: None)

    assert result.exit_code < 0
    assert time.monotonic() - started < GRACE_S + 1.5
    assert not is_running(pid)


def test_cancel_reaches_the_jobs_children(fake_jobs: FakeJobs) -> None:
    fake_jobs.plan("probe", "family")
    backend = SubprocessBackend()
    job_id = backend.submit(JOB)
    child = fake_jobs.wait_ready("probe", "child")
    fake_jobs.wait_ready("probe")

    backend.cancel(job_id)
    backend.wait(job_id, lambda _line: None)

    assert wait_gone(child)


def test_cancel_after_the_end_does_nothing(fake_jobs: FakeJobs) -> None:
    backend = SubprocessBackend()
    job_id = backend.submit(JOB)
    backend.wait(job_id, lambda _line: None)

    backend.cancel(job_id)


def test_a_missing_command_is_permanent_and_names_the_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRIDATA_JOB_COMMAND", str(tmp_path / "absent"))

    with pytest.raises(PermanentError, match="Set GRIDATA_JOB_COMMAND"):
        job_command()


@pytest.mark.parametrize(
    ("exit_code", "meaning"),
    [
        (0, Verdict.DONE),
        (1, Verdict.PERMANENT),
        (2, Verdict.PERMANENT),
        (3, Verdict.PERMANENT),
        (4, Verdict.TRANSIENT),
        (-9, Verdict.TRANSIENT),
        (137, Verdict.TRANSIENT),
        (None, Verdict.TRANSIENT),
    ],
)
def test_only_a_transient_or_unknown_end_is_worth_a_retry(exit_code: int | None, meaning: Verdict) -> None:
    assert verdict(exit_code) is meaning


def test_an_unknown_back_end_is_refused_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDATA_JOB_BACKEND", "mainframe")

    with pytest.raises(PermanentError, match="got 'mainframe', allowed kubernetes, pod, spark-application, subprocess"):
        open_backend()
