"""The folder store: versions survive overwrites, dropped files count once they hold still."""

import io
import os
from pathlib import Path

import pytest

from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.landing import LocalStore, MissingObjectError

KEY = "landing/ecommerce/orders/v1/2024-01-01/orders.jsonl"
PREFIXES = ("landing/", "raw/ecommerce/orders/")


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store", settle_s=0)


def drop(tmp_path: Path, key: str | bytes, content: bytes) -> Path:
    path = tmp_path / "store" / os.fsdecode(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def versions(store: LocalStore, prefix: str = "landing/") -> list[tuple[str, bytes]]:
    found = []
    for version in store.list_versions(prefix):
        with store.open(version.key, version.version_id) as stream:
            found.append((version.key, stream.read()))
    return found


def test_put_lists_one_version_and_shows_the_file(store: LocalStore, tmp_path: Path) -> None:
    version = store.put(KEY, io.BytesIO(b"one"))

    assert [version] == list(store.list_versions("landing/"))
    assert (tmp_path / "store" / KEY).read_bytes() == b"one"
    assert store.uri(KEY) == f"file://{tmp_path}/store/{KEY}"


def test_an_overwritten_file_keeps_both_versions_and_each_opens_exactly(store: LocalStore, tmp_path: Path) -> None:
    first, second = store.put(KEY, io.BytesIO(b"one")), store.put(KEY, io.BytesIO(b"two!"))

    assert versions(store) == [(KEY, b"one"), (KEY, b"two!")]
    target = tmp_path / "staging" / "file.jsonl"
    assert store.fetch(KEY, first.version_id, target) == first.version_id
    assert target.read_bytes() == b"one"
    assert store.fetch(KEY, second.version_id, target) == second.version_id
    assert target.read_bytes() == b"two!"


def test_putting_the_same_content_again_is_the_same_version(store: LocalStore) -> None:
    first, again = store.put(KEY, io.BytesIO(b"one")), store.put(KEY, io.BytesIO(b"one"))

    assert first.version_id == again.version_id
    assert list(store.list_versions("landing/")) == [first]


def test_rewriting_the_visible_file_in_place_does_not_change_the_held_version(
    store: LocalStore, tmp_path: Path
) -> None:
    store.put(KEY, io.BytesIO(b"one"))
    visible = tmp_path / "store" / KEY
    with visible.open("ab") as file:
        file.write(b" more")
    assert versions(store) == [(KEY, b"one")]

    store.settle(PREFIXES)
    assert store.settle(PREFIXES).taken == 1
    assert versions(store) == [(KEY, b"one"), (KEY, b"one more")]


def test_a_landed_file_is_not_taken_again_by_settle(store: LocalStore) -> None:
    store.put(KEY, io.BytesIO(b"one"))

    assert [store.settle(PREFIXES).taken for _ in range(3)] == [0, 0, 0]
    assert len(versions(store)) == 1


def test_a_dropped_file_counts_after_it_held_over_two_sweeps(store: LocalStore, tmp_path: Path) -> None:
    drop(tmp_path, KEY, b"one")

    first = store.settle(PREFIXES)
    assert (first.taken, first.settling, versions(store)) == (0, (KEY,), [])
    assert store.settle(PREFIXES).taken == 1
    assert versions(store) == [(KEY, b"one")]
    assert store.settle(PREFIXES).taken == 0


def test_a_file_still_growing_is_never_taken_in_halves(store: LocalStore, tmp_path: Path) -> None:
    path = drop(tmp_path, KEY, b"one")
    for _ in range(3):
        assert store.settle(PREFIXES).settling == (KEY,)
        with path.open("ab") as file:
            file.write(b" more")
    store.settle(PREFIXES)

    assert store.settle(PREFIXES).taken == 1
    assert versions(store) == [(KEY, b"one more more more")]


def test_two_sightings_in_the_same_moment_are_one(tmp_path: Path) -> None:
    patient = LocalStore(tmp_path / "store", settle_s=3600)
    drop(tmp_path, KEY, b"one")

    assert [patient.settle(PREFIXES).taken for _ in range(3)] == [0, 0, 0]
    assert LocalStore(tmp_path / "store", settle_s=0).settle(PREFIXES).taken == 1


def test_only_the_given_prefixes_are_looked_at(store: LocalStore, tmp_path: Path) -> None:
    drop(tmp_path, "raw/ecommerce/orders/x.jsonl", b"1")
    drop(tmp_path, "raw/elsewhere/x.jsonl", b"2")
    drop(tmp_path, "other/x.jsonl", b"3")
    store.settle(PREFIXES)
    store.settle(PREFIXES)

    assert versions(store, "") == [("raw/ecommerce/orders/x.jsonl", b"1")]


def test_a_deleted_file_leaves_its_version_readable(store: LocalStore, tmp_path: Path) -> None:
    store.put(KEY, io.BytesIO(b"one"))
    (tmp_path / "store" / KEY).unlink()
    store.settle(PREFIXES)

    assert versions(store) == [(KEY, b"one")]


@pytest.mark.parametrize(
    "name",
    ["new\nline.jsonl", "g[1].jsonl", "_x.jsonl", ".x.jsonl", "a b'\"$(x).jsonl", "%2e%2e.jsonl", "\u202e.jsonl"],
)
def test_hostile_names_dropped_directly_are_listed_exactly(store: LocalStore, tmp_path: Path, name: str) -> None:
    key = f"landing/ecommerce/orders/v1/{name}"
    drop(tmp_path, key, b"one")
    store.settle(PREFIXES)
    store.settle(PREFIXES)

    assert versions(store) == [(key, b"one")]


def test_a_name_that_is_not_utf8_is_data_under_an_escaped_key(store: LocalStore, tmp_path: Path) -> None:
    drop(tmp_path, b"landing/ecommerce/orders/v1/caf\xe9.jsonl", b"one")
    store.settle(PREFIXES)
    store.settle(PREFIXES)

    assert versions(store) == [("landing/ecommerce/orders/v1/caf\\xe9.jsonl", b"one")]


def test_links_pipes_and_part_files_are_reported_and_never_read(store: LocalStore, tmp_path: Path) -> None:
    folder = tmp_path / "store" / "landing"
    folder.mkdir(parents=True)
    (tmp_path / "secret.jsonl").write_bytes(b"secret")
    (folder / "link.jsonl").symlink_to(tmp_path / "secret.jsonl")
    (folder / "linked-folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "unfinished.jsonl.part").write_bytes(b"half")
    store.settle(PREFIXES)

    found = store.settle(PREFIXES)

    assert sorted(found.ignored) == [
        "landing/link.jsonl",
        "landing/linked-folder",
        "landing/pipe.jsonl",
        "landing/unfinished.jsonl.part",
    ]
    assert versions(store) == []


@pytest.mark.parametrize(
    "key",
    [
        "../x.jsonl",
        "landing/../../x.jsonl",
        "/x.jsonl",
        ".gridata/index.db",
        "landing/",
        "landing/" + "x" * 256,
        "a\nb",
    ],
)
def test_put_refuses_keys_that_escape(store: LocalStore, tmp_path: Path, key: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="landing key"):
        store.put(key, io.BytesIO(b"x"))
    assert sorted(tmp_path.rglob("*")) == before


def test_put_does_not_write_through_a_link_out_of_the_store(store: LocalStore, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "store" / "landing").symlink_to(outside)

    with pytest.raises(UsageError, match="link out of"):
        store.put(KEY, io.BytesIO(b"x"))
    assert list(outside.rglob("*.jsonl")) == []


def test_a_file_where_a_folder_must_be_is_a_permanent_error(store: LocalStore) -> None:
    store.put("landing/x.jsonl", io.BytesIO(b"1"))
    with pytest.raises(PermanentError):
        store.put("landing/x.jsonl/y.jsonl", io.BytesIO(b"2"))


def test_a_version_nobody_has_is_missing(store: LocalStore, tmp_path: Path) -> None:
    store.put(KEY, io.BytesIO(b"one"))
    with pytest.raises(MissingObjectError):
        store.open(KEY, "0" * 64)
    with pytest.raises(MissingObjectError):
        store.fetch("landing/other.jsonl", "0" * 64, tmp_path / "target")


def test_a_lost_held_copy_is_missing_not_a_crash(store: LocalStore, tmp_path: Path) -> None:
    version = store.put(KEY, io.BytesIO(b"one"))
    (tmp_path / "store/.gridata/versions" / version.version_id[:2] / version.version_id).unlink()

    with pytest.raises(MissingObjectError):
        store.open(KEY, version.version_id)
    with pytest.raises(MissingObjectError):
        store.fetch(KEY, version.version_id, tmp_path / "target")


class Killed(BaseException):
    """Stands for the process being killed."""


@pytest.mark.parametrize("step", ["_show", "_hold"])
def test_put_killed_at_any_step_and_repeated_gives_one_version(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    real = getattr(LocalStore, step)

    def die_after(self: LocalStore, *arguments: object) -> object:
        real(self, *arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, step, die_after)
        with pytest.raises(Killed):
            store.put(KEY, io.BytesIO(b"one"))
    store.settle(PREFIXES)
    store.put(KEY, io.BytesIO(b"one"))
    store.settle(PREFIXES)

    assert versions(store) == [(KEY, b"one")]


def test_settle_killed_before_it_remembers_takes_the_file_once(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path, KEY, b"one")
    store.settle(PREFIXES)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(store._index, "remember", die)
        with pytest.raises(Killed):
            store.settle(PREFIXES)
    store.settle(PREFIXES)

    assert versions(store) == [(KEY, b"one")]
