"""Backups without servers: indexes, which contents are new, which sets stay, settings that cannot be used."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow.fs import LocalFileSystem

from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.backup.databases import databases_of
from gridata_control.backup.index import Kept, content_name, read_index, write_index
from gridata_control.backup.objects import _paired
from gridata_control.backup.opening import open_place
from gridata_control.backup.place import Place
from gridata_control.backup.prune import prune
from gridata_control.backup.restore import require_room
from gridata_control.backup.run import buckets_of
from gridata_control.backup.sets import (
    FORMAT,
    BackupSet,
    Bucket,
    Database,
    file_of,
    new_id,
    read_set,
    set_ids,
    write_set,
)
from gridata_control.landing import ObjectVersion
from gridata_control.settings import Settings

NOW = datetime(2026, 5, 1, tzinfo=UTC)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
VERSIONS = st.lists(st.tuples(KEYS, st.sampled_from(["1", "2", "null"])), unique=True, max_size=30)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(LocalFileSystem(), str(tmp_path), f"file://{tmp_path}")


def version(key: str, version_id: str) -> ObjectVersion:
    return ObjectVersion(key, version_id, 1, NOW, "etag")


def kept(key: str, version_id: str, **said: Any) -> Kept:
    return Kept(key, version_id, NOW, 1, "etag", **said)


def add_set(place: Place, began: datetime, keys: str) -> str:
    """A whole set of one bucket with an object per letter."""
    set_id = new_id(began)
    entries = [kept(key, "1") for key in keys]
    for entry in entries:
        place.write(entry.name("b"), b"x")
    index = file_of(set_id, "objects/b.jsonl.gz")
    with place.writing(index) as stream:
        write_index(stream, entries)
    bucket = Bucket("b", index, True, len(keys), len(keys), 0, 0, 0)
    write_set(place, BackupSet(set_id, began, began, "1", "0007", [], [bucket]))
    return set_id


@given(VERSIONS, VERSIONS)
def test_a_version_is_paired_with_what_was_kept_of_it_and_only_that(
    there: list[tuple[str, str]], before: list[tuple[str, str]]
) -> None:
    ordered = sorted(there, key=lambda one: one[0].encode())
    known = sorted(before, key=lambda one: one[0].encode())

    found = list(_paired([version(*one) for one in ordered], iter([kept(*one) for one in known])))

    assert [(one.key, one.version_id) for one, _ in found] == ordered
    assert [entry is not None for _, entry in found] == [one in before for one in ordered]
    assert all(entry is None or (entry.key, entry.version_id) == (one.key, one.version_id) for one, entry in found)


@given(st.lists(st.tuples(KEYS, st.booleans(), st.dictionaries(KEYS, KEYS, max_size=2)), max_size=10))
def test_an_index_gives_back_what_was_written(entries: list[tuple[str, bool, dict[str, str]]]) -> None:
    written = [kept(key, "1", metadata=said, is_delete_marker=marker) for key, marker, said in entries]
    stream = io.BytesIO()
    write_index(stream, written)
    stream.seek(0)

    assert list(read_index(stream, "b")) == written


def test_an_overwritten_object_of_a_bucket_without_versions_is_another_content() -> None:
    assert content_name("b", "k", "null", "one") != content_name("b", "k", "null", "two")
    assert content_name("b", "k", "7", "one") == content_name("b", "k", "7", None)


def test_pruning_keeps_the_newest_set_and_every_content_that_a_kept_set_names(place: Place) -> None:
    old, young = add_set(place, NOW - timedelta(days=40), "ab"), add_set(place, NOW - timedelta(days=5), "bc")

    assert prune(place, 30, NOW) == ([old], 1)
    assert set_ids(place) == [young]
    assert place.names("objects") == sorted(kept(key, "1").name("b") for key in "bc")
    assert prune(place, 1, NOW) == ([], 0)  # the newest stays however old it is


def test_pruning_removes_nothing_where_an_index_that_stays_is_damaged(place: Place) -> None:
    old, young = add_set(place, NOW - timedelta(days=40), "ab"), add_set(place, NOW - timedelta(days=5), "bc")
    place.write(file_of(young, "objects/b.jsonl.gz"), b"rot")
    before = place.names("")

    with pytest.raises(PermanentError, match=young):
        prune(place, 30, NOW)
    assert place.names("") == before
    assert set_ids(place) == [old, young]


def test_pruning_waits_for_a_backup_that_may_be_running_and_removes_one_that_died(place: Place) -> None:
    add_set(place, NOW - timedelta(days=9), "a")
    running = new_id(NOW - timedelta(hours=2))
    place.write(file_of(running, "databases/ledger.dump"), b"half")

    with pytest.raises(UsageError, match="may be running"):
        prune(place, 30, NOW)
    assert prune(place, 30, NOW + timedelta(days=2)) == ([running], 0)
    assert not place.names(f"sets/{running}")


def test_a_set_without_manifest_does_not_count_and_one_of_tomorrow_is_refused(place: Place) -> None:
    place.write(file_of(new_id(NOW), "databases/ledger.dump"), b"half")
    with pytest.raises(UsageError, match="no whole backup is there yet"):
        read_set(place, "latest")
    write_set(place, BackupSet(new_id(NOW), NOW, NOW, "9.0", "0042", format=FORMAT + 1))

    with pytest.raises(PermanentError, match=r"Gridata 9\.0 or later"):
        read_set(place, "latest")


@pytest.mark.parametrize(
    ("backup", "said"), [({}, "got nothing"), ({"GRIDATA_BACKUP": "s3://landing/kept"}, "not lost with it")]
)
def test_a_place_that_cannot_be_used_is_named(tmp_path: Path, backup: dict[str, str], said: str) -> None:
    environ = {"GRIDATA_HOME": str(tmp_path), "GRIDATA_STORE": "s3://landing", **backup}
    with pytest.raises(UsageError, match=said):
        open_place(Settings.load(environ=environ))


def test_folders_and_sqlite_are_copied_as_folders(tmp_path: Path) -> None:
    settings = Settings.load(environ={"GRIDATA_HOME": str(tmp_path)})
    with pytest.raises(UsageError, match="copying its folder"):
        databases_of(settings, {})
    with pytest.raises(UsageError, match="copying it while"):
        buckets_of(settings)


def test_one_database_is_dumped_once_and_further_ones_by_their_names(tmp_path: Path) -> None:
    url = "postgresql+psycopg2://me:secret@db:5432/gridata"
    environ = {
        "GRIDATA_HOME": str(tmp_path),
        "GRIDATA_LEDGER_URL": url,
        "GRIDATA_CATALOG_URI": url.replace(":5432", ""),
    }
    further = {"GRIDATA_BACKUP_DATABASES": "airflow  postgresql://db/airflow\n\n"}

    assert sorted(databases_of(Settings.load(environ=environ), further)) == ["airflow", "ledger"]


@pytest.mark.parametrize("line", ["postgresql://me:secret@db/x", "airflow", "Air-flow postgresql://me:secret@db/x"])
def test_a_line_that_names_no_database_is_refused_without_its_password(tmp_path: Path, line: str) -> None:
    settings = Settings.load(environ={"GRIDATA_HOME": str(tmp_path)})
    with pytest.raises(UsageError, match="a name in small letters and a URL") as caught:
        databases_of(settings, {"GRIDATA_BACKUP_DATABASES": line})
    assert "secret" not in str(caught.value)


def test_a_database_of_the_set_that_the_settings_do_not_have_is_named_before_anything_is_written(
    tmp_path: Path,
) -> None:
    url = "postgresql+psycopg2://me:secret@127.0.0.1:1/gridata"
    environ = {"GRIDATA_HOME": str(tmp_path), "GRIDATA_LEDGER_URL": url, "GRIDATA_CATALOG_URI": url}
    dumps = [Database(name, name, 1, "") for name in ("ledger", "airflow")]
    found = BackupSet(new_id(NOW), NOW, NOW, "1", "0007", dumps)

    with pytest.raises(UsageError, match="holds airflow too"):
        require_room(Settings.load(environ=environ), found, ["databases"], replace=True)


def test_a_set_of_a_later_ledger_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    url = "postgresql+psycopg2://me:secret@127.0.0.1:1/gridata"
    environ = {"GRIDATA_HOME": str(tmp_path), "GRIDATA_LEDGER_URL": url, "GRIDATA_CATALOG_URI": url}
    found = BackupSet(new_id(NOW), NOW, NOW, "9.0", "9999", [Database("ledger", "ledger", 1, "")])

    with pytest.raises(PermanentError, match=r"revision 9999, allowed .* Restore it with Gridata 9\.0 or later"):
        require_room(Settings.load(environ=environ), found, ["databases"], replace=True)
    require_room(Settings.load(environ=environ), found, ["objects"], replace=True)
