"""One round of the control loop: what fails is told at the end, what does not goes on, and the loop lives."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gridata_contracts.errors import ContractError, GridataError, PermanentError, TransientError
from gridata_control import rounds as rounds_module
from gridata_control.batch_errors import BatchErrors, worst
from gridata_control.cli.failures import exit_code_of
from gridata_control.cli.groups import cli
from gridata_control.context import Context
from gridata_control.dispatch import RunRequest, RunState, Started
from gridata_control.ledger import BatchState
from gridata_control.rounds import RoundReport, Rounds, opened_patiently, watch_rounds
from gridata_control.settings import Settings

ORDERS, EVENTS = "landing/shop/orders/v1/a.jsonl", "landing/shop/events/v1/a.csv"


class FakeDispatcher:
    """Starts every DAG but those it has an error for; a batch that it starts is on its way for ever."""

    runs_here = False

    def __init__(self, errors: dict[str, GridataError]) -> None:
        self._errors = errors
        self.started: list[str] = []

    def start(self, request: RunRequest) -> Started | None:
        if request.dag_id in self._errors:
            raise self._errors[request.dag_id]
        self.started.append(request.dag_id)
        return Started(RunState.QUEUED)

    def state(self, dag_id: str, run_id: str) -> RunState | None:
        return RunState.RUNNING


@pytest.fixture
def context(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Context:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    opened = Context.open(Settings.load(environ=environment))
    opened.store.put(ORDERS, io.BytesIO(b"{}\n"))
    opened.store.put(EVENTS, io.BytesIO(b"id\n1\n"))
    return opened


@pytest.fixture
def dispatcher(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeDispatcher]:
    def install(**errors: GridataError) -> FakeDispatcher:
        fake = FakeDispatcher({f"shop_{name}_v1_ingest": error for name, error in errors.items()})
        monkeypatch.setattr(rounds_module, "open_dispatcher", lambda _: fake)
        return fake

    return install


ERRORS = {  # what goes wrong with orders and with events, then the exit code of the sweep
    "one for good": ({"orders": PermanentError("answered 400")}, 3),
    "one for now": ({"orders": TransientError("answered 404")}, 4),
    "both": ({"orders": TransientError("answered 404"), "events": PermanentError("answered 400")}, 3),
}


@pytest.mark.parametrize(("errors", "exit_code"), ERRORS.values(), ids=ERRORS)
def test_a_sweep_starts_what_it_can_reports_all_and_ends_with_the_worst_exit_code(
    context: Context,
    dispatcher: Callable[..., FakeDispatcher],
    capsys: pytest.CaptureFixture[str],
    errors: dict[str, GridataError],
    exit_code: int,
) -> None:
    fake = dispatcher(**errors)

    assert exit_code_of(lambda: cli.main(["sweep", "--json"], standalone_mode=False)) == exit_code

    report = json.loads(capsys.readouterr().out)
    assert (report["listed"], len(report["batches"]), len(report["runs"])) == (2, 2, 2 - len(errors))
    assert sorted(each["error"] for each in report["errors"]) == sorted(map(str, errors.values()))
    assert len(fake.started) == 2 - len(errors)


def test_a_sweep_for_people_names_the_batch_of_each_error_last(
    context: Context, dispatcher: Callable[..., FakeDispatcher], capsys: pytest.CaptureFixture[str]
) -> None:
    dispatcher(orders=PermanentError("answered 400 (Invalid input)"))

    exit_code_of(lambda: cli.main(["sweep"], standalone_mode=False))

    shown = capsys.readouterr()
    [waiting] = context.ledger.batches(states=[BatchState.READY])
    assert "2 object versions: 2 SEEN." in shown.out
    assert shown.err == f"gridata: batch {waiting.batch.id}: answered 400 (Invalid input)\n"


def test_the_report_of_a_sweep_is_shown_also_when_the_pipelines_are_wrong(
    context: Context, dispatcher: Callable[..., FakeDispatcher], capsys: pytest.CaptureFixture[str]
) -> None:
    dispatcher()
    (context.settings.pipelines_dir / "wrong.yaml").write_text("name: [")

    assert exit_code_of(lambda: cli.main(["sweep", "--json"], standalone_mode=False)) == ContractError.exit_code
    assert json.loads(capsys.readouterr().out)["new"] == {"SEEN": 2}


def test_the_watch_loop_survives_a_batch_that_is_refused_for_good(
    context: Context, dispatcher: Callable[..., FakeDispatcher]
) -> None:
    dispatcher(orders=PermanentError("answered 400"))
    seen: list[RoundReport] = []

    def show(report: RoundReport) -> None:
        seen.append(report)
        if len(seen) == 3:
            os.kill(os.getpid(), 15)

    assert threading.current_thread() is threading.main_thread()  # else no signal would end the loop
    watch_rounds(Rounds(context), 0.01, show)

    assert [len(report.errors) for report in seen] == [1, 1, 1]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([], 0), ([0, 0], 0), ([0, 1], 1), ([1, 4], 4), ([4, 3, 1], 3), ([4, 2], 2), ([0, 137], 3)],
)
def test_a_retry_is_promised_only_when_nothing_else_is_wrong(codes: list[int], expected: int) -> None:
    assert worst(codes) == expected


def test_what_is_no_error_of_ours_is_not_collected() -> None:
    errors = BatchErrors()
    with pytest.raises(ZeroDivisionError), errors.of("batch"):
        raise ZeroDivisionError
    assert errors == []


def test_a_batch_that_was_held_is_shown_with_the_reason(
    context: Context, dispatcher: Callable[..., FakeDispatcher], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    dispatcher()
    report = Rounds(context, dispatch=False).run()
    context.ledger.hold(report.swept.batches[0].id, None, {}, "gate closed: 40 of 100 rows fail")

    exit_code_of(lambda: cli.main(["status"], standalone_mode=False))

    shown = " ".join(capsys.readouterr().out.split())
    assert "HELD" in shown
    assert "gate closed: 40 of 100 rows fail" in shown


def test_a_watching_sweep_waits_for_a_ledger_that_comes_after_it(
    context: Context, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[Context | GridataError] = [TransientError("the database did not answer"), context]

    def opened(_: Settings) -> Context:
        answer = answers.pop(0)
        if isinstance(answer, GridataError):
            raise answer
        return answer

    monkeypatch.setattr(Context, "open", opened)

    assert opened_patiently(replace(context.settings, sweep_interval_s=0.01)) is context
    assert "the database did not answer; next try in 0.01 s" in caplog.text
