"""Buckets of a real MinIO, kept and put back: long listings, large objects, odd versions, contents that rot."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pyarrow.fs import LocalFileSystem

from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.backup import exact
from gridata_control.backup.apart import require_apart
from gridata_control.backup.check import problems
from gridata_control.backup.exact import ExactBucket
from gridata_control.backup.objects import _copy, keep_bucket, put_back
from gridata_control.backup.opening import open_place
from gridata_control.backup.place import Place
from gridata_control.backup.run import _before
from gridata_control.backup.sets import BackupSet, Bucket
from gridata_control.landing.s3_access import S3Access
from gridata_control.settings import Settings

pytestmark = pytest.mark.integration

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PART = 5 << 20  # S3 takes no smaller part, but for the last
Make = Callable[[], S3Access]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(LocalFileSystem(), str(tmp_path), f"file://{tmp_path}")


@pytest.fixture
def make(minio: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Make]:
    """A new bucket with versions, as often as it is called."""
    for name, value in minio.environment.items():
        monkeypatch.setenv(name, value)
    made: list[S3Access] = []

    def bucket() -> S3Access:
        name = minio.make_bucket(f"{tmp_path.name.replace('_', '-')[:50].lower().rstrip('-')}-{len(made)}")
        made.append(S3Access(name, minio.endpoint))
        return made[-1]

    yield bucket
    for access in made:
        access.close()


def put(access: S3Access, key: str, content: bytes = b"x") -> None:
    access.client.put_object(Bucket=access.bucket, Key=key, Body=content)


def keep(access: S3Access, place: Place, set_id: str = "1", earlier: Bucket | None = None) -> Bucket:
    return keep_bucket(access, place, set_id, earlier)


def whole(bucket: Bucket) -> BackupSet:
    return BackupSet("1", NOW, NOW, "1", "0007", [], [bucket])


def test_what_is_lost_of_a_thousand_and_more_versions_comes_back_also_an_object_in_parts(
    make: Make, place: Place
) -> None:
    source = make()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: put(source, f"raw/{number % 505:04}", b"%d" % number), range(1010)))
    started = source.client.create_multipart_upload(Bucket=source.bucket, Key="large")
    named = {"Bucket": source.bucket, "Key": "large", "UploadId": started["UploadId"]}
    contents = [bytes([number]) * (PART if number == 1 else PART - 1) for number in (1, 2)]
    parts = [
        {"PartNumber": number, "ETag": source.client.upload_part(Body=body, PartNumber=number, **named)["ETag"]}
        for number, body in enumerate(contents, start=1)
    ]
    source.client.complete_multipart_upload(MultipartUpload={"Parts": parts}, **named)
    before = list(source.versions())
    assert len(before) == 1011

    kept = keep(source, place)
    for lost in (before[0], before[1], before[998], before[999], before[1000], before[1010]):  # a page holds 1000
        source.client.delete_object(Bucket=source.bucket, Key=lost.key, VersionId=lost.version_id)
    assert put_back(source, place, kept) == 6

    assert list(source.versions()) == before
    assert source.client.get_object(Bucket=source.bucket, Key="large")["Body"].read() == b"".join(contents)
    assert (kept.objects, keep(source, place, "2", kept).copied) == (1011, 0)


def test_what_is_put_back_in_parts_has_the_id_and_tag_it_had(
    make: Make, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = make(), make()
    put(source, "large", b"x" * (PART + 1))
    kept = keep(source, place)
    monkeypatch.setattr(exact, "_MULTIPART_BYTES", PART)
    monkeypatch.setattr(exact, "_PART_BYTES", PART)

    put_back(target, place, kept)

    assert list(target.versions()) == list(source.versions())


def test_what_came_before_a_bucket_had_versions_comes_back_as_such(make: Make, place: Place, minio: Any) -> None:
    source, target = S3Access(minio.make_bucket("once-plain", versioned=False), minio.endpoint), make()
    put(source, "a", b"old")
    put(source, "b", b"old")
    enabled = {"Status": "Enabled"}
    source.client.put_bucket_versioning(Bucket=source.bucket, VersioningConfiguration=enabled)
    put(source, "a", b"new")
    before = list(source.versions())
    assert sorted(version.version_id for version in before)[1:] == ["null", "null"]

    put_back(target, place, keep(source, place))

    assert list(target.versions()) == before
    source.close()


def test_an_object_that_is_overwritten_after_its_listing_is_kept_as_it_is_then(
    place: Place, make: Make, minio: Any
) -> None:
    del make  # sets the credentials
    access = S3Access(minio.make_bucket("plain", versioned=False), minio.endpoint)
    put(access, "a", b"old")
    [listed] = access.versions()
    put(access, "a", b"later")

    kept = _copy(access, place, listed)

    [now] = access.versions()
    assert kept is not None
    assert (kept.etag, kept.size_bytes) == (now.etag, len(b"later"))
    assert place.read(kept.name(access.bucket)) == b"later"
    access.close()


def test_a_store_with_ids_of_its_own_is_refused_also_when_a_delete_marker_comes_first(
    make: Make, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = make(), make()
    for key in "abcd":
        put(source, key)
    first = next(source.versions()).version_id
    source.client.delete_object(Bucket=source.bucket, Key="a")
    source.client.delete_object(Bucket=source.bucket, Key="a", VersionId=first)
    assert [version.is_delete_marker for version in source.versions()] == [True, False, False, False]
    kept = keep(source, place)
    monkeypatch.setattr(ExactBucket, "_say_version", lambda *_, **__: None)  # what another S3 makes of the headers

    with pytest.raises(PermanentError, match="id of the store's own"):
        put_back(target, place, kept)
    assert [version.key for version in target.versions() if not version.is_delete_marker] == ["b"]


@pytest.mark.parametrize("lost", ["rotted", "shorter", "gone"])
def test_a_content_that_is_lost_in_the_place_is_copied_again(
    make: Make, place: Place, tmp_path: Path, lost: str
) -> None:
    access = make()
    for key in "ab":
        put(access, key, b"good")
    kept = keep(access, place)
    [name, _] = place.names("objects")
    if lost == "gone":
        place.delete(name)
    else:
        (tmp_path / name).write_bytes(b"rot!" if lost == "rotted" else b"g")
    if lost == "rotted":  # its size is right: only reading it tells
        assert [problem.is_damage for problem in problems(place, whole(kept))] == [True]
        assert place.read(name) == b"rot!"

    again = keep(access, place, "2", kept)

    assert again.copied == 1
    assert list(problems(place, whole(again))) == list(problems(place, whole(kept))) == []
    assert keep(access, place, "3", again).copied == 0


def test_a_damaged_index_costs_copies_and_not_the_next_backup(make: Make, place: Place, tmp_path: Path) -> None:
    access = make()
    put(access, "a")
    kept = keep(access, place)
    (tmp_path / kept.index).write_bytes(gzip.compress(b"{}" * 99)[:-4])
    said: list[str] = []

    assert [problem.where for problem in problems(place, whole(kept))] == [kept.index]
    assert _before(place, access.bucket, whole(kept), said.append) is None
    assert "copied again" in said[0]
    assert keep(access, place, "2").copied == 1


def test_another_address_of_the_same_store_is_found_by_trying(
    make: Make, minio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = make().bucket
    elsewhere = minio.endpoint.replace("127.0.0.1", "localhost")
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"GRIDATA_BACKUP_{name}", minio.environment[f"AWS_{name}"])
    monkeypatch.setenv("GRIDATA_BACKUP_S3_ENDPOINT", elsewhere)
    environ = {"GRIDATA_HOME": str(tmp_path), "GRIDATA_STORE": "s3://landing", "GRIDATA_S3_ENDPOINT": minio.endpoint}
    settings = Settings.load(environ=environ | {"GRIDATA_BACKUP": f"s3://{bucket}/kept"})
    place = open_place(settings)

    with pytest.raises(UsageError, match="seen in the store that is backed up"):
        require_apart(settings, place)
    assert [name.rpartition("/")[2] for name in place.names("")] == ["apart"]
    elsewhere = cast("Place", SimpleNamespace(uri=place.uri, write=lambda name, content: None))
    require_apart(settings, elsewhere)  # what lies here since the refusal says nothing of another store


@pytest.mark.parametrize("wrong", ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"])
def test_wrong_credentials_of_the_place_are_final_and_name_their_settings(
    make: Make, minio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    bucket = make().bucket
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"GRIDATA_BACKUP_{name}", "wrong" if name == wrong else minio.environment[f"AWS_{name}"])
    monkeypatch.setenv("GRIDATA_BACKUP_S3_ENDPOINT", minio.endpoint)
    environ = {"GRIDATA_HOME": str(tmp_path), "GRIDATA_BACKUP": f"s3://{bucket}/kept"}
    place = open_place(Settings.load(environ=environ))

    for use in (lambda: place.names("sets"), lambda: place.write("a", b"a"), lambda: place.read("a")):
        with pytest.raises(PermanentError, match="GRIDATA_BACKUP_ACCESS_KEY_ID"):
            use()


@pytest.mark.parametrize("wrong", ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"])
def test_wrong_credentials_of_a_bucket_are_final_and_name_their_variables(
    make: Make, minio: Any, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    bucket = make().bucket
    monkeypatch.setenv(f"AWS_{wrong}", "wrong")

    with pytest.raises(PermanentError, match="Check AWS_ACCESS_KEY_ID"):
        list(S3Access(bucket, minio.endpoint).versions())
