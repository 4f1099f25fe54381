"""The S3 store against a real MinIO: exact versions, overwrites, deletes, long listings, hostile names."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.batches import BatchLimits
from gridata_control.landing import MissingObjectError, ObjectVersion, S3Store
from gridata_control.ledger import FileState, Ledger
from gridata_control.sweep import sweep

pytestmark = pytest.mark.integration

ORDERS = "landing/shop/orders/v1/"
LIMITS = BatchLimits(10**9, 10_000)


@pytest.fixture
def bucket(minio: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in minio.environment.items():
        monkeypatch.setenv(name, value)
    name = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]
    return str(minio.make_bucket(name))


@pytest.fixture
def store(bucket: str, minio: Any) -> Iterator[S3Store]:
    store = S3Store(bucket, minio.endpoint)
    yield store
    store.close()


def versions(store: S3Store, prefix: str = "landing/") -> list[ObjectVersion]:
    return sorted(store.list_versions(prefix), key=lambda v: (v.key, v.modified_utc, v.version_id))


def read(store: S3Store, version: ObjectVersion) -> bytes:
    with store.open(version.key, version.version_id) as stream:
        return stream.read()


def test_put_lists_what_it_returned(store: S3Store, bucket: str) -> None:
    version = store.put(ORDERS + "a.jsonl", io.BytesIO(b"one"))

    assert versions(store) == [version]
    assert (version.size_bytes, version.etag) == (3, hashlib.md5(b"one").hexdigest())
    assert store.uri(version.key) == f"s3://{bucket}/{ORDERS}a.jsonl"


def test_an_overwritten_object_keeps_both_versions_and_each_reads_exactly(store: S3Store, tmp_path: Path) -> None:
    first = store.put(ORDERS + "a.jsonl", io.BytesIO(b"one"))
    second = store.put(ORDERS + "a.jsonl", io.BytesIO(b"two!"))

    assert {v.version_id for v in versions(store)} == {first.version_id, second.version_id}
    assert (read(store, first), read(store, second)) == (b"one", b"two!")
    target = tmp_path / "deep" / "staged.jsonl"
    assert store.fetch(first.key, first.version_id, target) == hashlib.sha256(b"one").hexdigest()
    assert target.read_bytes() == b"one"
    assert list(target.parent.iterdir()) == [target]


def test_a_deleted_object_leaves_its_version_and_a_marker(store: S3Store, minio: Any, bucket: str) -> None:
    version = store.put(ORDERS + "a.jsonl", io.BytesIO(b"one"))
    minio.client.delete_object(Bucket=bucket, Key=version.key)

    [marker] = [v for v in versions(store) if v.is_delete_marker]
    assert read(store, version) == b"one"
    with pytest.raises(MissingObjectError):
        store.open(marker.key, marker.version_id)


def test_a_version_deleted_for_good_is_missing(store: S3Store, minio: Any, bucket: str, tmp_path: Path) -> None:
    version = store.put(ORDERS + "a.jsonl", io.BytesIO(b"one"))
    minio.client.delete_object(Bucket=bucket, Key=version.key, VersionId=version.version_id)

    with pytest.raises(MissingObjectError):
        store.open(version.key, version.version_id)
    with pytest.raises(MissingObjectError):
        store.fetch(version.key, version.version_id, tmp_path / "target")
    assert list(tmp_path.glob("target*")) == []


def test_a_listing_longer_than_a_page_is_whole(store: S3Store, minio: Any, bucket: str) -> None:
    def put(i: int) -> str:
        key = f"{ORDERS}{i % 400:04} +%.jsonl"
        minio.client.put_object(Bucket=bucket, Key=key, Body=b"%d" % i)
        return key

    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(put, range(2300)))

    listed = versions(store)
    assert len(listed) == len({(v.key, v.version_id) for v in listed}) == 2300
    assert {v.key for v in listed} == set(keys)


HOSTILE = [
    "with space.jsonl",
    "a+b.jsonl",
    "100%25.jsonl",
    "%2e%2e%2f.jsonl",
    "g[1]*?.jsonl",
    "_x.jsonl",
    ".x.jsonl",
    "'q\"$(touch x)`;&|.jsonl",
    "<xml>&amp;.jsonl",
    "קובץ.jsonl",
    "rtl\u202egnp.jsonl",
    "ünï/cödé 😀.jsonl",
    "tab\there.jsonl",
    "new\nline.jsonl",
    "back\\slash.jsonl",
    "#frag?query=1.jsonl",
    "x" * 200 + "/" + "y" * 200 + "/" + "z" * 200 + ".jsonl",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_comes_back_exactly_as_it_was_put(store: S3Store, minio: Any, bucket: str, name: str) -> None:
    key = ORDERS + name
    minio.client.put_object(Bucket=bucket, Key=key, Body=b"one")

    [version] = versions(store)
    assert version.key == key
    assert read(store, version) == b"one"


def test_hostile_names_get_a_fate_each(
    store: S3Store, minio: Any, bucket: str, ledger: Ledger, shop_catalogue: Catalogue
) -> None:
    for i, name in enumerate(HOSTILE):
        minio.client.put_object(Bucket=bucket, Key=ORDERS + name, Body=b"%d\n" % i)
    sweep(store, ledger, shop_catalogue, LIMITS)

    refused = {record.file.key.removeprefix(ORDERS) for record in ledger.files(states=[FileState.REFUSED])}
    assert refused == {"tab\there.jsonl", "new\nline.jsonl"}
    assert ledger.file_counts() == {FileState.BATCHED: len(HOSTILE) - 2, FileState.REFUSED: 2}


def test_a_key_of_1024_bytes_is_read_back(store: S3Store) -> None:
    folders = "/".join("f" * 190 for _ in range(5))
    key = f"{ORDERS}{folders}/"
    key += "n" * (1024 - len(key) - len(".jsonl")) + ".jsonl"
    version = store.put(key, io.BytesIO(b"one"))

    assert len(key) == 1024
    assert versions(store) == [version]
    with pytest.raises(UsageError, match="1025 bytes"):
        store.put(key + "x", io.BytesIO(b"one"))


def test_a_retried_put_is_a_duplicate_and_an_overwrite_is_not(
    store: S3Store, ledger: Ledger, shop_catalogue: Catalogue
) -> None:
    for content in (b"one", b"one", b"two"):
        store.put(ORDERS + "a.jsonl", io.BytesIO(content))

    assert sweep(store, ledger, shop_catalogue, LIMITS).new == {FileState.SEEN: 2, FileState.DUPLICATE: 1}
    assert sweep(store, ledger, shop_catalogue, LIMITS).new == {}


def test_a_multipart_upload_of_known_content_is_a_duplicate(
    store: S3Store, minio: Any, bucket: str, ledger: Ledger, shop_catalogue: Catalogue
) -> None:
    content = b"0123456789abcde\n" * (6 * 2**16)  # 6 MiB: two parts
    version = store.put(ORDERS + "a.jsonl", io.BytesIO(content))
    upload = minio.client.create_multipart_upload(Bucket=bucket, Key=version.key)["UploadId"]
    parts = []
    for number, start in enumerate((0, 5 * 2**20), 1):
        body = content[start : start + 5 * 2**20] if number == 1 else content[start:]
        part = minio.client.upload_part(Bucket=bucket, Key=version.key, PartNumber=number, UploadId=upload, Body=body)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    minio.client.complete_multipart_upload(
        Bucket=bucket, Key=version.key, UploadId=upload, MultipartUpload={"Parts": parts}
    )
    assert len({v.etag for v in versions(store)}) == 2

    assert sweep(store, ledger, shop_catalogue, LIMITS).new == {FileState.SEEN: 1, FileState.DUPLICATE: 1}


def test_sweeps_at_once_agree(store: S3Store, ledger: Ledger, shop_catalogue: Catalogue) -> None:
    for i in range(40):
        store.put(f"{ORDERS}{i // 2}.jsonl", io.BytesIO(b"%d" % (i // 2)))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: sweep(store, ledger, shop_catalogue, LIMITS), range(3)))

    assert ledger.file_counts() == {FileState.BATCHED: 20, FileState.DUPLICATE: 20}


def test_folder_markers_and_success_files_end_as_empty(
    store: S3Store, minio: Any, bucket: str, ledger: Ledger, shop_catalogue: Catalogue
) -> None:
    for key in (ORDERS, "landing/", ORDERS + "_SUCCESS"):
        minio.client.put_object(Bucket=bucket, Key=key, Body=b"")

    assert sweep(store, ledger, shop_catalogue, LIMITS).new == {FileState.EMPTY: 3}


def test_a_bucket_without_versions_is_refused(minio: Any, bucket: str) -> None:
    plain = S3Store(str(minio.make_bucket(f"plain-{bucket}", versioned=False)), minio.endpoint)
    with pytest.raises(PermanentError, match="allowed Enabled"):
        list(plain.list_versions("landing/"))
    plain.close()


def test_a_missing_bucket_is_permanent(minio: Any, bucket: str) -> None:
    missing = S3Store("no-such-bucket", minio.endpoint)
    with pytest.raises(PermanentError, match="NoSuchBucket"):
        list(missing.list_versions("landing/"))
    missing.close()


def test_wrong_credentials_are_permanent_and_not_shown(
    minio: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-wrong-secret")
    wrong = S3Store(bucket, minio.endpoint)
    with pytest.raises(PermanentError) as caught:
        list(wrong.list_versions("landing/"))
    assert "very-wrong" not in str(caught.value)
    wrong.close()


def test_a_store_that_is_down_is_transient(bucket: str) -> None:
    down = S3Store(bucket, "http://127.0.0.1:1")
    with pytest.raises(TransientError, match="Is http"):
        list(down.list_versions("landing/"))
    with pytest.raises(TransientError):
        down.open("k", "v")
    down.close()


def test_init_makes_a_bucket_with_versions_once_and_mends_one_without(
    minio: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in minio.environment.items():
        monkeypatch.setenv(name, value)
    fresh = S3Store(f"new-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]}", minio.endpoint)
    warehouse = S3Store(f"{fresh.bucket}-warehouse", minio.endpoint)

    assert (fresh.prepare(), fresh.prepare()) == (True, False)
    assert (warehouse.prepare(versioned=False), warehouse.prepare(versioned=False)) == (True, False)
    assert fresh.put(ORDERS + "a.jsonl", io.BytesIO(b"one")).version_id
    with pytest.raises(PermanentError, match="never enabled"):
        list(warehouse.list_versions(""))
    assert warehouse.prepare() is True
    assert list(warehouse.list_versions("")) == []


def test_init_keeps_spark_events_for_the_days_that_are_set_and_other_rules_as_they_are(
    minio: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in minio.environment.items():
        monkeypatch.setenv(name, value)
    logs = S3Store(f"logs-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]}", minio.endpoint)
    logs.prepare(versioned=False)
    somebodys = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "other/"}, "Expiration": {"Days": 3}}
    minio.client.put_bucket_lifecycle_configuration(Bucket=logs.bucket, LifecycleConfiguration={"Rules": [somebodys]})

    changed = [logs.expire("events", "spark-events/", days) for days in (14, 14, 7)]

    rules = minio.client.get_bucket_lifecycle_configuration(Bucket=logs.bucket)["Rules"]
    assert changed == [True, False, True]
    assert {(rule["ID"], rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) for rule in rules} == {
        ("x", "other/", 3),
        ("events", "spark-events/", 7),
    }


def test_eight_that_init_at_once_all_succeed(
    minio: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in minio.environment.items():
        monkeypatch.setenv(name, value)
    name = f"new-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]}"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _n: S3Store(name, minio.endpoint).prepare(), range(8)))

    assert list(S3Store(name, minio.endpoint).list_versions("")) == []
