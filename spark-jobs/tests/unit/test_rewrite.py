"""A published batch is rewritten under a corrected contract: one commit per table, mended after every crash."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.table import Table

from gridata_contracts.errors import PermanentError
from gridata_contracts.naming import reasons_key
from gridata_control.ledger import FileState, RewriteState
from gridata_control.rewrite import ask_rewrite
from gridata_control.settings import Settings
from gridata_control.sweep import record_new
from gridata_control.verify import Kind, prove
from gridata_jobs import ingest
from gridata_jobs.arguments import JobArguments
from gridata_jobs.lake import Lake
from gridata_jobs.parquet_sink import ParquetSink
from gridata_jobs.publish import BATCH_ID, Side
from gridata_jobs.read.duck import Duck
from gridata_jobs.replace import REWRITE, NewRows, replace_rows
from gridata_jobs.target.stamps import lineage_of_current

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: testing.things.v1
version: 1.0.0
status: active
domain: testing
description: {purpose: One row is one thing.}
team: {name: platform}
customProperties: [{property: gridata.format, value: jsonl}]
schema:
  - name: things
    properties:
      - {name: id, logicalType: integer, physicalType: long, logicalTypeOptions: {maximum: 5}}
"""
GATE = """\
    quality:
      - {type: custom, engine: gridata, implementation: {rule: has_row_count, min: 5, action: fail_batch}}
"""
BRONZE, QUARANTINE = "testing_bronze.things_v1", "testing_quarantine.things_v1"
KEY = "landing/testing/things/v1/{}.jsonl"


class KilledError(BaseException):
    """Stands for a process that is killed: nothing of the job's own catches it."""


@dataclass(frozen=True)
class House:
    """An embedded installation of one dataset."""

    settings: Settings

    @property
    def lake(self) -> Lake:
        return Lake.open(self.settings)

    def publish(self, name: str, ids: Sequence[int]) -> str:
        """One landed file with these ids as one published batch."""
        lake, path = self.lake, self.settings.home / "sent"
        path.write_text("".join(f'{{"id": {i}}}\n' for i in ids))
        version = lake.store.put(KEY.format(name), path)
        record_new(lake.store, lake.ledger, lake.contracts, [version])
        [contract] = lake.contracts.values()
        files = [record.file for record in lake.ledger.files(states=[FileState.SEEN])]
        lake.ledger.keep_contract(contract.hash, contract.id, contract.path.read_text())
        batch = lake.ledger.add_batch(contract.id, contract.hash, files, datetime.now(UTC)).id
        self.run(batch)
        return batch

    def correct(self, maximum: int, version: str, quality: str = "") -> None:
        """The contract now takes ids up to another maximum."""
        [path] = self.settings.contracts_dir.rglob("*.yaml")
        text = CONTRACT.replace("maximum: 5", f"maximum: {maximum}").replace("1.0.0", version)
        path.write_text(text + quality)

    def ask(self, batch: str, *, override_gate: bool = False) -> int:
        lake = self.lake
        record = lake.ledger.batch_record(batch)
        return ask_rewrite(lake.ledger, lake.contracts, record, override_gate=override_gate, why="rule").number

    def run(self, batch: str, rewrite: int | None = None) -> dict[str, Any]:
        options = {"batch": batch, "lane": "duckdb"} | ({} if rewrite is None else {"rewrite": str(rewrite)})
        return dict(ingest.run(self.settings, JobArguments(datetime.now(UTC), "run", options)))

    def rewrite(self, batch: str) -> dict[str, Any]:
        return self.run(batch, self.ask(batch))

    def table(self, name: str) -> Table:
        return self.lake.catalog.load_table(name)

    def rows(self, name: str, batch: str, snapshot_id: int | None = None) -> Counter[int]:
        """Row numbers of a batch."""
        scan = self.table(name).scan(f"_batch_id = '{batch}'", snapshot_id=snapshot_id)
        return Counter(int(row["_row_number"]) for row in scan.to_arrow().to_pylist())

    def compact(self) -> None:
        """Every table becomes one data file that holds all batches."""
        for name in (BRONZE, QUARANTINE):
            table, duck = self.table(name), Duck(threads=1)
            sink = ParquetSink(table, duck, self.settings.home)
            sink.add(table.scan().to_arrow())
            whole = NewRows.written(table, sink.finish().uris, 0)
            duck.close()
            with table.transaction() as transaction, transaction.update_snapshot().overwrite() as snapshot:
                for task in table.scan().plan_files():
                    snapshot.delete_data_file(task.file)
                for file in whole.files:
                    snapshot.append_data_file(file)

    def reasons(self, name: str) -> list[int]:
        """Row numbers in a file's reason file."""
        path = Path(self.lake.store.uri(reasons_key(KEY.format(name))).removeprefix("file://"))
        return [json.loads(line)["row_number"] for line in path.read_text().splitlines()]

    def violations(self) -> list[Kind]:
        return [found.kind for found in prove(self.settings).violations]


@pytest.fixture
def house(tmp_path: Path) -> House:
    contract = tmp_path / "contracts/testing/things/v1/contract.odcs.yaml"
    contract.parent.mkdir(parents=True)
    contract.write_text(CONTRACT)
    environ = {"GRIDATA_CONTRACTS": str(tmp_path / "contracts")}
    return House(Settings.load(tmp_path / "home", environ=environ))


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Makes the next runs die at a point; None: they live."""

    def arm(point: str | None) -> None:
        def crash_point(name: str) -> None:
            if name == point:
                raise KilledError(name)

        monkeypatch.setattr(ingest, "crash_point", crash_point)

    return arm


@pytest.mark.parametrize(
    ("maximum", "valid", "compacted"),
    [(7, [1, 2, 3], True), (2, [1], False), (0, [], True), (9, [1, 2, 3, 4], True)],
)
def test_both_sides_become_what_the_contract_says_in_one_commit_each(
    house: House, maximum: int, valid: list[int], compacted: bool
) -> None:
    batch, other = house.publish("a", [1, 5, 7, 9]), house.publish("b", [2, 8])
    if compacted:
        house.compact()
    before = {name: house.table(name) for name in (BRONZE, QUARANTINE)}
    house.correct(maximum, "1.0.1")

    report = house.rewrite(batch)

    assert (report["valid"], report["rejected"], report["rewrite"]) == (len(valid), 4 - len(valid), 1)
    assert house.rows(BRONZE, batch) == Counter(valid)
    assert house.rows(QUARANTINE, batch) == Counter({1, 2, 3, 4} - set(valid))
    assert (house.rows(BRONZE, other), house.rows(QUARANTINE, other)) == (Counter([1]), Counter([2]))
    for name, table in before.items():
        snapshots = house.table(name).metadata.snapshots
        assert len(snapshots) == len(table.metadata.snapshots) + 1
        assert snapshots[-1].parent_snapshot_id == table.metadata.current_snapshot_id
        stamps = snapshots[-1].summary.additional_properties if snapshots[-1].summary else {}
        assert (stamps[BATCH_ID], stamps[REWRITE]) == (batch, "1")
        then = house.rows(name, batch, table.metadata.current_snapshot_id)
        assert then == Counter([1, 2] if name == BRONZE else [3, 4])
    assert house.reasons("a") == sorted({1, 2, 3, 4} - set(valid))
    assert house.violations() == []


@pytest.mark.parametrize("point", ["after-split", "after-quarantine", "after-bronze", "after-ledger"])
def test_a_rewrite_killed_here_is_finished_by_the_next_run(
    house: House, kill: Callable[[str | None], None], point: str
) -> None:
    batch = house.publish("a", [1, 5, 7, 9])
    house.correct(7, "1.0.1")
    number = house.ask(batch)
    kill(point)
    with pytest.raises(KilledError):
        house.run(batch, number)
    half_done = point in ("after-quarantine", "after-bronze")
    assert (Kind.HALF_REWRITTEN in house.violations()) == half_done
    assert (house.violations() == []) != half_done
    between = [house.table(name).metadata.snapshots for name in (BRONZE, QUARANTINE)]

    kill(None)
    report = house.run(batch, house.ask(batch) if half_done else number)

    assert (house.rows(BRONZE, batch), house.rows(QUARANTINE, batch)) == (Counter([1, 2, 3]), Counter([4]))
    adopted = [point != "after-split", point in ("after-bronze", "after-ledger")]
    assert [table["adopted"] for table in report["tables"]] == adopted
    after = [house.table(name).metadata.snapshots for name in (BRONZE, QUARANTINE)]
    assert sum(map(len, after)) - sum(map(len, between)) == {"after-split": 2, "after-quarantine": 1}.get(point, 0)
    assert [each.state for each in house.lake.ledger.rewrites(batch)] == [RewriteState.DONE]
    assert house.violations() == []


def test_a_half_done_rewrite_whose_stamps_expired_is_finished_all_the_same(
    house: House, kill: Callable[[str | None], None]
) -> None:
    batch = house.publish("a", [1, 5, 7, 9])
    house.correct(7, "1.0.1")
    number = house.ask(batch)
    kill("after-bronze")
    with pytest.raises(KilledError):
        house.run(batch, number)
    house.compact()
    for name in (BRONZE, QUARANTINE):
        table = house.table(name)
        table.maintenance.expire_snapshots().older_than(datetime.now(UTC)).commit()
        assert len(list(lineage_of_current(house.table(name)))) == 1

    kill(None)
    house.run(batch, number)

    assert (house.rows(BRONZE, batch), house.rows(QUARANTINE, batch)) == (Counter([1, 2, 3]), Counter([4]))
    assert house.violations() == []


def test_a_half_done_rewrite_is_finished_under_the_contract_it_began_with(
    house: House, kill: Callable[[str | None], None]
) -> None:
    batch = house.publish("a", [1, 5, 7, 9])
    house.correct(7, "1.0.1")
    kill("after-quarantine")
    with pytest.raises(KilledError):
        house.rewrite(batch)
    kill(None)
    house.correct(9, "1.0.2")

    assert house.rewrite(batch)["contract"]["version"] == "1.0.1"
    assert house.violations() == []
    assert house.rewrite(batch)["contract"]["version"] == "1.0.2"
    assert house.rows(BRONZE, batch) == Counter([1, 2, 3, 4])
    assert house.violations() == []


def test_a_plain_replay_of_a_half_done_rewrite_is_refused_and_of_a_done_one_adopts(
    house: House, kill: Callable[[str | None], None]
) -> None:
    batch = house.publish("a", [1, 5, 7, 9])
    house.correct(7, "1.0.1")
    kill("after-quarantine")
    with pytest.raises(KilledError):
        house.rewrite(batch)
    kill(None)

    with pytest.raises(PermanentError, match="rewrite 1 half done"):
        house.run(batch)
    house.rewrite(batch)

    assert [table["adopted"] for table in house.run(batch)["tables"]] == [True, True]


@pytest.mark.parametrize(("point", "maximum"), [("after-split", 9), ("after-quarantine", 0), ("after-split", 7)])
def test_a_run_that_wakes_after_the_rewrite_writes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, point: str, maximum: int
) -> None:
    batch = house.publish("a", [1, 5, 7, 9])
    house.correct(maximum, "1.0.1")
    asleep = True

    def crash_point(name: str) -> None:
        nonlocal asleep
        if asleep and name == point:
            asleep = False
            house.rewrite(batch)

    monkeypatch.setattr(ingest, "crash_point", crash_point)
    with pytest.raises(PermanentError, match="rewrite 1 since this run began"):
        house.run(batch)

    valid = {n for n, i in enumerate([1, 5, 7, 9], 1) if i <= maximum}
    assert (house.rows(BRONZE, batch), house.rows(QUARANTINE, batch)) == (Counter(valid), Counter({1, 2, 3, 4} - valid))
    assert house.violations() == []


def test_a_run_of_an_earlier_rewrite_that_wakes_after_a_later_one_writes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = house.publish("a", [1, 5, 7, 9])
    house.correct(9, "1.0.1")
    first, asleep = house.ask(batch), True

    def crash_point(name: str) -> None:
        nonlocal asleep
        if asleep and name == "after-quarantine":
            asleep = False
            house.run(batch, first)
            house.correct(0, "1.0.2")
            house.rewrite(batch)

    monkeypatch.setattr(ingest, "crash_point", crash_point)
    with pytest.raises(PermanentError, match="rewrite 2 under way or done, allowed 1"):
        house.run(batch, first)

    assert (house.rows(BRONZE, batch), house.rows(QUARANTINE, batch)) == (Counter(), Counter([1, 2, 3, 4]))
    assert house.violations() == []


def test_a_rewrite_of_a_batch_whose_landed_file_is_gone_changes_nothing(house: House) -> None:
    batch = house.publish("a", [1, 5, 7, 9])
    before = [house.table(name).metadata_location for name in (BRONZE, QUARANTINE)]
    house.correct(9, "1.0.1")
    number = house.ask(batch)
    for each in (house.settings.home / "store").rglob("*"):
        if each.is_file() and b'{"id": 9}' in each.read_bytes():
            each.unlink()

    with pytest.raises(PermanentError, match="1 of 1 landed files gone"):
        house.run(batch, number)

    assert [house.table(name).metadata_location for name in (BRONZE, QUARANTINE)] == before
    assert house.lake.ledger.batch_record(batch).rewriting is None


def test_a_closed_gate_leaves_the_publication_as_it_is_unless_it_is_overridden(house: House) -> None:
    batch = house.publish("a", [1, 5, 7, 9])
    before = [house.table(name).metadata_location for name in (BRONZE, QUARANTINE)]
    house.correct(9, "1.0.1", quality=GATE)

    report = house.rewrite(batch)

    [abandoned] = house.lake.ledger.rewrites(batch)
    assert (report["gate"], report["failed"]) == ("closed", 1)
    assert (abandoned.state, "gate closed" in str(abandoned.error)) == (RewriteState.ABANDONED, True)
    assert [house.table(name).metadata_location for name in (BRONZE, QUARANTINE)] == before
    assert house.reasons("a") == [3, 4]
    assert house.violations() == []

    assert house.run(batch, house.ask(batch, override_gate=True))["valid"] == 4
    assert house.violations() == []


def test_a_lost_commit_is_not_tried_again_without_asking_whether_it_may(house: House) -> None:
    batch = house.publish("a", [1, 9])
    asked = 0

    def may_write() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise PermanentError("not any more")
        house.publish("b", [2])  # another writer is faster

    table = house.table(BRONZE)
    with pytest.raises(PermanentError, match="not any more"):
        replace_rows(Side(table, BRONZE, batch, may_write), NewRows((), 0), 1, {}, house.settings.home)

    assert (asked, house.rows(BRONZE, batch)) == (2, Counter([1]))
