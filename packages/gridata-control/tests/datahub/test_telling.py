"""Jobs in pods keep no disk: the sweep tells their runs from the ledger, in order, until every catalog has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_contracts.model import JsonValue
from gridata_control.cli import cli
from gridata_control.datahub import delivery
from gridata_control.datahub.reader import CatalogReader
from gridata_control.datahub.sink import Emission
from gridata_control.ledger import Ledger, Run, open_ledger
from gridata_control.settings import Settings
from gridata_control.telling import Told, tell_runs

Report = dict[str, JsonValue]
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    ledger = open_ledger(settings)
    yield ledger
    ledger.close()


class Moody:
    """A destination that answers as it was told to."""

    name = "moody"

    def __init__(self, **moods: Exception) -> None:
        self.moods, self.heard = moods, list[str]()

    def emit(self, emission: Emission) -> None:
        if emission.name in self.moods:
            raise self.moods[emission.name]
        self.heard.append(emission.name)


def record(ledger: Ledger, run_id: str, minute: int, report: Report | None = None) -> Run:
    report = report or {"job": "health", **ids(run_id)}
    run = Run(run_id, "health", START, START + timedelta(minutes=minute), 0, None, report)
    ledger.record_run(run)
    return run


def ids(run_id: str) -> Report:
    return {"run_id": run_id, "started_utc": START.isoformat(), "finished_utc": START.isoformat()}


def destination(monkeypatch: pytest.MonkeyPatch, **moods: Exception) -> Moody:
    moody = Moody(**moods)
    monkeypatch.setattr(delivery, "sinks", lambda _: [moody])
    return moody


def failing(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def command(settings: Settings, *words: str) -> Result:
    environment = {"GRIDATA_METADATA_BY": "sweep", "GRIDATA_HOME": str(settings.home)}
    return CliRunner().invoke(cli, words, env=environment, catch_exceptions=False)


def test_an_ingest_run_in_the_ledger_reaches_the_embedded_catalog(
    settings: Settings, ledger: Ledger, ingest_report: Report
) -> None:
    run_id = str(ingest_report["run_id"])
    ledger.record_run(Run(run_id, "ingest", START, START, 0, None, ingest_report))

    assert tell_runs(settings, ledger) == Told((run_id,))

    assert "ecommerce_bronze.orders_v1" in [entry.name for entry in CatalogReader(settings).entries()]
    assert tell_runs(settings, ledger) == Told()


def test_runs_are_told_in_the_order_of_their_ends_and_once(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    moody = destination(monkeypatch)
    for run_id, minute in (("b", 2), ("c", 3), ("a", 1)):
        record(ledger, run_id, minute)
    ledger.record_run(Run("going", "health", START))

    tell_runs(settings, ledger)
    tell_runs(settings, ledger)

    assert moody.heard == ["a", "b", "c"]


def test_no_run_overtakes_one_that_a_catalog_could_not_take_and_the_next_round_tells_it(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    moody = destination(monkeypatch, b=TransientError("catalog is away"))
    for minute, run_id in enumerate("abc"):
        record(ledger, run_id, minute)

    assert tell_runs(settings, ledger) == Told(("a",), (), "catalog is away")
    assert [run.told_error for run in ledger.untold_runs()] == ["catalog is away", None]
    moody.moods.clear()

    assert tell_runs(settings, ledger) == Told(("b", "c"))
    assert ledger.untold_runs() == []
    assert ledger.refused_runs() == []


def test_a_refused_run_and_an_unreadable_report_hold_up_no_other_and_are_shown(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    moody = destination(monkeypatch, a=PermanentError("no such aspect"))
    record(ledger, "a", 1)
    record(ledger, "broken", 2, {"job": "health", "finished_utc": "yesterday"})
    record(ledger, "c", 3)

    assert tell_runs(settings, ledger) == Told(("c",), ("a", "broken"))
    assert tell_runs(settings, ledger) == Told()

    assert moody.heard == ["c"]
    said = command(settings, "catalog", "ls").stderr
    assert "run a (refused): no such aspect" in said
    assert "run broken (refused)" in said


def test_a_lost_catalog_is_filled_again_from_the_ledger(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    moody = destination(monkeypatch, a=PermanentError("no such aspect"))
    for minute, run_id in enumerate("abc"):
        record(ledger, run_id, minute)
    tell_runs(settings, ledger)
    moody.moods.clear()

    assert command(settings, "catalog", "retell", "--refused").stdout == "The next sweeps tell 1 runs again.\n"
    tell_runs(settings, ledger)
    assert moody.heard == ["b", "c", "a"]
    assert command(settings, "catalog", "retell").stdout == "The next sweeps tell 3 runs again.\n"
    assert command(settings, "catalog", "retell", "--json").stdout == '{"runs": 0}\n'
    tell_runs(settings, ledger)
    assert moody.heard == ["b", "c", "a", "a", "b", "c"]


def test_nobody_asks_for_metadata_from_the_ledger_where_jobs_tell_it(settings: Settings) -> None:
    said = CliRunner().invoke(cli, ["catalog", "retell", "--home", str(settings.home)])

    assert isinstance(said.exception, UsageError)
    assert "GRIDATA_METADATA_BY: got job, allowed sweep" in str(said.exception)


def test_a_fault_of_a_disk_or_a_client_is_no_refusal_until_it_has_lasted_a_day(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridata_control.telling.tell_run", failing(OSError("read-only")))
    record(ledger, "old", -60 * 24)
    record(ledger, "a", 1)
    record(ledger, "b", 2)

    assert tell_runs(settings, ledger) == Told((), ("old",), "unexpected OSError")
    assert [run.run_id for run in ledger.untold_runs()] == ["a", "b"]


def test_a_long_queue_is_told_over_several_rounds(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination(monkeypatch)
    for minute, run_id in enumerate("abc"):
        record(ledger, run_id, minute)
    hurried = replace(settings, sweep_interval_s=0)

    assert [tell_runs(hurried, ledger).runs for _ in range(4)] == [("a",), ("b",), ("c",), ()]


def test_a_destination_that_refuses_keeps_no_other_from_hearing_and_one_that_is_away_is_asked_again(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing, away = Moody(a=PermanentError("no")), Moody(a=TransientError("later"))
    monkeypatch.setattr(delivery, "sinks", lambda _: [refusing, away])
    record(ledger, "a", 1)

    assert tell_runs(settings, ledger).waiting == "later"
    away.moods.clear()

    assert tell_runs(settings, ledger) == Told((), ("a",))
    assert away.heard == ["a"]


def test_a_try_that_ends_while_an_earlier_one_is_told_is_told_too(settings: Settings, ledger: Ledger) -> None:
    first = record(ledger, "a", 1)
    record(ledger, "a", 2)

    ledger.mark_told(first)

    assert [run.ended_at_utc for run in ledger.untold_runs()] == [START + timedelta(minutes=2)]


def test_the_sweep_tells_only_where_it_is_asked_to(settings: Settings, ledger: Ledger, tmp_path: Path) -> None:
    from gridata_control.context import Context
    from gridata_control.rounds import Rounds

    record(ledger, "a", 1)

    assert Rounds(Context.open(settings), dispatch=False).run().told == Told()
    assert Rounds(Context.open(replace(settings, metadata_by="sweep")), dispatch=False).run().told == Told(("a",))
