"""A reason file is that of its object's newest version, whatever is sent, run or run again in which order."""

from __future__ import annotations

import io
import json
import resource
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridata_contracts.naming import reasons_key
from gridata_control.landing import ObjectVersion, open_store
from gridata_control.ledger import FileState, open_ledger
from gridata_control.settings import Settings
from gridata_control.sweep import record_new
from gridata_jobs import ingest
from gridata_jobs.arguments import JobArguments
from gridata_jobs.lake import Lake

PREFIX = "landing/testing/things/v1/"
BAD, GOOD, WORSE = '{"id": "x"}\n', '{"id": 1}\n', '{"id": 1}\n{"id": "y"}\n[]\n'
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: testing.things.v1
version: 1.0.0
status: active
domain: testing
description: {purpose: One row is one thing.}
team: {name: platform}
customProperties: [{property: gridata.format, value: jsonl}, {property: gridata.aliases, value: [raw/things/]}]
schema: [{name: things, properties: [{name: id, logicalType: integer, physicalType: long}]}]
"""

Told = list[tuple[str, int, str]]


@dataclass(frozen=True)
class House:
    """An embedded installation of one dataset."""

    settings: Settings

    def land(self, key: str, text: str) -> ObjectVersion:
        """One more version of an object, seen by a sweep."""
        lake = Lake.open(self.settings)
        path = self.settings.home / "sent"
        path.write_text(text)
        version = lake.store.put(key, path)
        record_new(lake.store, lake.ledger, lake.contracts, [version])
        return version

    def batch(self, *versions: ObjectVersion) -> str:
        """A batch of these versions, not run yet."""
        lake = Lake.open(self.settings)
        seen = {record.file.version_id: record.file for record in lake.ledger.files(states=[FileState.SEEN])}
        contract = next(iter(lake.contracts.values()))
        files = [seen[version.version_id] for version in versions]
        return lake.ledger.add_batch(contract.id, contract.hash, files, datetime.now(UTC)).id

    def run(self, batch: str) -> None:
        ingest.run(self.settings, JobArguments(datetime.now(UTC), None, {"batch": batch, "lane": "duckdb"}))

    def told(self, key: str) -> Told | None:
        """Version, record and first code of every line of an object's reason file; None where there is no file."""
        path = Path(open_store(self.settings).uri(reasons_key(key)).removeprefix("file://"))
        if not path.exists():
            return None
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert all(len(line["file_id"]) == 64 for line in lines)
        return sorted((line["version_id"], line["row_number"], line["reasons"][0]["code"]) for line in lines)


@pytest.fixture
def house(tmp_path: Path) -> House:
    contract = tmp_path / "contracts/testing/things/v1/contract.odcs.yaml"
    contract.parent.mkdir(parents=True)
    contract.write_text(CONTRACT)
    environ = {"GRIDATA_CONTRACTS": str(tmp_path / "contracts")}
    return House(Settings.load(tmp_path / "home", environ=environ))


def test_objects_of_one_name_in_different_folders_have_a_file_each(house: House) -> None:
    keys = [f"{PREFIX}x.jsonl", f"{PREFIX}2024-01-01/x.jsonl", "raw/things/a/x.jsonl", "raw/things/b/x.jsonl"]
    versions = [house.land(key, f'{{"id": "{i}"}}\n') for i, key in enumerate(keys)]

    house.run(house.batch(*versions))

    assert [house.told(key) for key in keys] == [[(each.version_id, 1, "WRONG_TYPE")] for each in versions]


def test_lines_name_the_version_and_the_newest_one_of_a_batch_is_told(house: House) -> None:
    key = f"{PREFIX}x.jsonl"
    first, second = house.land(key, BAD), house.land(key, WORSE)

    house.run(house.batch(first, second))

    assert house.told(key) == [(second.version_id, 2, "WRONG_TYPE"), (second.version_id, 3, "NOT_AN_OBJECT")]


def test_corrected_version_empties_the_file(house: House) -> None:
    key = f"{PREFIX}x.jsonl"
    bad = house.land(key, BAD)
    house.run(house.batch(bad))
    assert house.told(key) == [(bad.version_id, 1, "WRONG_TYPE")]

    house.run(house.batch(house.land(key, GOOD)))

    assert house.told(key) == []


def test_version_of_zero_bytes_empties_the_file_without_a_job(house: House) -> None:
    key, other = f"{PREFIX}x.jsonl", f"{PREFIX}y.jsonl"
    bad = house.land(other, '{"id": "z"}\n')
    older = house.batch(house.land(key, BAD), bad)
    house.run(older)

    house.land(key, "")
    house.run(older)

    assert house.told(key) == []
    assert house.told(other) == [(bad.version_id, 1, "WRONG_TYPE")]


def test_version_of_zero_bytes_that_is_seen_late_leaves_the_file_of_a_newer_one(house: House) -> None:
    key, lake = f"{PREFIX}x.jsonl", Lake.open(house.settings)
    empty = lake.store.put(key, io.BytesIO())
    bad = house.land(key, BAD)
    house.run(house.batch(bad))

    record_new(lake.store, lake.ledger, lake.contracts, [empty])

    assert house.told(key) == [(bad.version_id, 1, "WRONG_TYPE")]


def test_older_version_that_is_run_later_or_again_does_not_overwrite_a_newer_one(house: House) -> None:
    key = f"{PREFIX}x.jsonl"
    older = house.batch(house.land(key, BAD))
    worse = house.land(key, WORSE)
    newer = house.batch(worse)
    expected = [(worse.version_id, 2, "WRONG_TYPE"), (worse.version_id, 3, "NOT_AN_OBJECT")]

    house.run(newer)
    house.run(older)
    assert house.told(key) == expected

    house.run(older)
    assert house.told(key) == expected


def test_file_that_was_always_clean_gets_no_reason_file(house: House) -> None:
    house.run(house.batch(house.land(f"{PREFIX}x.jsonl", GOOD)))

    assert house.told(f"{PREFIX}x.jsonl") is None
    assert open_ledger(house.settings).file_counts() == {FileState.PUBLISHED: 1}


def test_more_files_than_can_be_open_at_once_are_told(house: House) -> None:
    versions = [house.land(f"{PREFIX}{i}.jsonl", f'{{"id": "{i}"}}\n') for i in range(50)]
    batch = house.batch(*versions)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/dev/fd").iterdir())) + 40, limits[1]))
    try:
        house.run(batch)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    assert house.told(f"{PREFIX}49.jsonl") == [(versions[49].version_id, 1, "WRONG_TYPE")]
