"""What a job's end leaves behind: its own words in the ledger, and a batch that is FAILED only when no retry helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridata_contracts.errors import ContractError, PermanentError, TransientError, UsageError
from gridata_contracts.model import JsonValue
from gridata_contracts.naming import DatasetId, file_id
from gridata_control.ledger import Batch, BatchState, FileState, LandedFile, Ledger, NewFile, open_ledger
from gridata_control.settings import Settings
from gridata_jobs import recorded_run
from gridata_jobs.arguments import JobArguments
from gridata_jobs.recorded_run import run_recorded

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORDERS = DatasetId("shop", "orders", 1)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(recorded_run, "report_run", lambda *_: None)  # DataHub is told elsewhere
    return Settings.load(tmp_path, environ={})


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = open_ledger(settings)
    yield opened
    opened.close()


@pytest.fixture
def batch(ledger: Ledger) -> Batch:
    file = LandedFile(file_id("local", "k", "v"), "local", "k", "v", 1)
    ledger.see([NewFile(file, None, NOW, ORDERS, FileState.SEEN)])
    return ledger.add_batch(ORDERS, "hash", [file], NOW)


def run(settings: Settings, batch: Batch, job: Callable[[], Mapping[str, JsonValue]]) -> int:
    arguments = JobArguments(NOW, "run", {"batch": batch.id})
    return run_recorded("ingest", lambda *_: job(), settings, arguments)[0]


def failing(error: BaseException) -> Callable[[], Mapping[str, JsonValue]]:
    def job() -> Mapping[str, JsonValue]:
        raise error

    return job


@pytest.mark.parametrize(
    ("error", "exit_code", "state", "said"),
    [
        (PermanentError("the table differs"), 3, BatchState.FAILED, "the table differs"),
        (ContractError(["orders: wrong"]), 2, BatchState.FAILED, "orders: wrong"),
        (RuntimeError("row 7: secret"), 3, BatchState.FAILED, "unexpected RuntimeError"),
        (TransientError("no answer"), 4, BatchState.READY, "no answer"),
        (UsageError("--lane: got x"), 2, BatchState.READY, "--lane: got x"),
    ],
)
def test_a_job_that_fails_leaves_its_words_and_fails_its_batch_unless_a_retry_or_another_call_helps(
    settings: Settings, ledger: Ledger, batch: Batch, error: Exception, exit_code: int, state: BatchState, said: str
) -> None:
    with pytest.raises(type(error)):
        run(settings, batch, failing(error))

    [recorded] = ledger.runs(run_id="run")
    assert recorded.report is not None
    assert (recorded.exit_code, recorded.report["error"], recorded.batch_id) == (exit_code, said, batch.id)
    assert ledger.batch_record(batch.id).state is state


def test_a_job_that_is_interrupted_has_no_end_as_one_that_was_killed(
    settings: Settings, ledger: Ledger, batch: Batch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(settings, batch, failing(KeyboardInterrupt()))

    [recorded] = ledger.runs(run_id="run")
    assert (recorded.ended_at_utc, recorded.exit_code) == (None, None)


def test_a_batch_that_its_job_held_stays_held_and_the_job_said_no(
    settings: Settings, ledger: Ledger, batch: Batch
) -> None:
    def hold() -> Mapping[str, JsonValue]:
        ledger.hold(batch.id, None, {}, "gate closed")
        return {"failed": 1}

    assert run(settings, batch, hold) == 1
    assert ledger.batch_record(batch.id).state is BatchState.HELD


@pytest.mark.parametrize(("by", "heard"), [("job", 1), ("sweep", 0)])
def test_a_job_tells_catalogs_itself_unless_the_sweep_does(
    settings: Settings, ledger: Ledger, batch: Batch, monkeypatch: pytest.MonkeyPatch, by: str, heard: int
) -> None:
    told: list[object] = []
    monkeypatch.setattr(recorded_run, "report_run", lambda _, report: told.append(report))

    run(replace(settings, metadata_by=by), batch, dict)

    assert len(told) == heard
    assert len(ledger.untold_runs()) == 1 - heard
