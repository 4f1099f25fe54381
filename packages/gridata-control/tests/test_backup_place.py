"""Places of backups without servers: which store an address leads to, what a check reads, what streams raise."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pyarrow.fs import LocalFileSystem

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.backup.check import problems
from gridata_control.backup.index import DamagedIndexError, read_index
from gridata_control.backup.opening import open_place
from gridata_control.backup.place import LostFileError, Place
from gridata_control.backup.run import _newest
from gridata_control.backup.sets import BackupSet, Database, read_set, write_set
from gridata_control.cli import cli
from gridata_control.settings import Settings

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(LocalFileSystem(), str(tmp_path), f"file://{tmp_path}")


@pytest.fixture
def kept(place: Place) -> BackupSet:
    """A set with a dump and a snapshot of Vault."""
    place.write("ledger.dump", b"dump")
    place.write("vault.snap", b"snapshot")
    databases = [Database("ledger", "ledger.dump", 4, sha256(b"dump"))]
    return BackupSet("1", NOW, NOW, "1", "0007", databases, [], "vault.snap", sha256(b"snapshot"))


@pytest.mark.parametrize("file", ["ledger.dump", "vault.snap"])
def test_a_check_reads_dumps_and_vaults_snapshot(place: Place, kept: BackupSet, file: str) -> None:
    assert list(problems(place, kept)) == []
    place.write(file, b"rot")
    [rotted] = problems(place, kept)
    place.delete(file)
    [gone] = problems(place, kept)

    assert (rotted.where, rotted.is_damage) == (gone.where, gone.is_damage) == (file, True)
    assert (sha256(b"rot") in rotted.what, "not there" in gone.what) == (True, True)


def test_a_snapshot_of_a_set_without_its_hash_is_told_as_not_hashed(
    place: Place, kept: BackupSet, tmp_path: Path
) -> None:
    of_format_1 = vars(kept) | {"id": "20260501T000000.000Z", "vault_sha256": None, "format": 1}
    write_set(place, BackupSet(**of_format_1))
    told = CliRunner().invoke(
        cli, ["backup", "check", "latest"], env={"GRIDATA_BACKUP": place.uri, "GRIDATA_HOME": str(tmp_path)}
    )

    assert told.output.splitlines()[0].startswith("vault.snap: not hashed")
    assert "0 damaged, 1 not hashed" in told.output


def test_a_manifest_that_rotted_is_passed_over_by_the_next_backup(place: Place, kept: BackupSet) -> None:
    for set_id in ("20260501T000000.000Z", "20260502T000000.000Z"):
        write_set(place, BackupSet(**vars(kept) | {"id": set_id}))
    place.write("sets/20260502T000000.000Z/manifest.json", b"rot")
    said: list[str] = []

    with pytest.raises(PermanentError, match="damaged"):
        read_set(place, "latest")
    found = _newest(place, said.append)
    assert found is not None
    assert (found.id, len(said)) == ("20260501T000000.000Z", 1)
    listed = CliRunner().invoke(
        cli, ["backup", "list"], env={"GRIDATA_BACKUP": place.uri, "GRIDATA_HOME": place.uri.removeprefix("file://")}
    )
    assert listed.exit_code == 0
    assert "20260501T000000.000Z" in listed.stdout
    assert "20260502T000000.000Z/manifest.json" in listed.stderr


@pytest.mark.parametrize("content", [b"rot", b"\x1f\x8b\x08\x00rot", b""])
def test_an_index_that_rotted_says_which_it_is(place: Place, content: bytes) -> None:
    place.write("b.jsonl.gz", content)
    with place.reading("b.jsonl.gz") as stream:
        if content:
            with pytest.raises(DamagedIndexError, match=r"b\.jsonl\.gz"):
                list(read_index(stream, "b.jsonl.gz"))
        else:
            assert list(read_index(stream, "b.jsonl.gz")) == []


def test_a_place_that_is_cut_off_while_it_is_read_is_an_error_of_ours(place: Place, monkeypatch: Any) -> None:
    class Cut:
        def readinto(self, _: object) -> int:
            raise OSError("AWS Error NETWORK_CONNECTION during GetObject operation: curlCode: 56")

        def __enter__(self) -> Cut:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    class Files:
        type_name = "s3"

        def open_input_file(self, _: str) -> Cut:
            return Cut()

    monkeypatch.setattr(place, "_files", Files())
    with pytest.raises(TransientError, match="NETWORK_CONNECTION"), place.reading("a") as stream:
        stream.read()


def test_what_is_written_to_a_folder_appears_whole_or_not_at_all(place: Place) -> None:
    place.write("a", b"before")

    def cut() -> None:
        with place.writing("a") as stream:
            stream.write(b"half")
            raise TransientError("the source was cut off")

    with pytest.raises(TransientError):
        cut()
    assert place.read("a") == b"before"
    with pytest.raises(LostFileError):
        place.read("b")


MINIO, HERE = "http://minio:9000", {"GRIDATA_STORE": "s3://landing", "GRIDATA_BACKUP": "s3://kept/of"}


@pytest.mark.parametrize(
    ("environ", "refused"),
    [
        ({"GRIDATA_S3_ENDPOINT": MINIO, "GRIDATA_BACKUP_S3_ENDPOINT": "http://MINIO:9000/"}, True),
        ({"GRIDATA_S3_ENDPOINT": "http://minio", "GRIDATA_BACKUP_S3_ENDPOINT": "http://minio:80"}, True),
        ({"GRIDATA_S3_ENDPOINT": MINIO, "GRIDATA_BACKUP_S3_ENDPOINT": "http://minio:9002"}, False),
        ({"AWS_ENDPOINT_URL": MINIO, "GRIDATA_BACKUP_S3_ENDPOINT": MINIO}, True),
        ({"AWS_ENDPOINT_URL_S3": MINIO, "GRIDATA_BACKUP": "s3://landing/of"}, False),
        ({"AWS_ENDPOINT_URL": MINIO, "GRIDATA_S3_ENDPOINT": MINIO}, False),
        ({"GRIDATA_BACKUP": "s3://landing/of", "GRIDATA_BACKUP_REGION": "eu-west-1"}, True),
        ({"GRIDATA_BACKUP": "s3://landing/of", "GRIDATA_BACKUP_S3_ENDPOINT": "https://s3.amazonaws.com"}, True),
        ({}, False),
    ],
)
def test_a_place_in_the_store_that_is_backed_up_is_refused_however_the_store_is_named(
    environ: dict[str, str], refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (HERE | environ).items():
        monkeypatch.setenv(name, value)
    settings = Settings.load(home=tmp_path)

    if refused:
        with pytest.raises(UsageError, match="not lost with it"):
            open_place(settings)
    else:
        assert open_place(settings).uri == settings.backup_uri


def test_without_an_endpoint_the_place_is_aws_whatever_other_clients_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, bool]] = []

    def files(endpoint: str, region: str, *, virtual: bool) -> LocalFileSystem:
        del region
        told.append((endpoint, virtual))
        return LocalFileSystem()

    monkeypatch.setattr("gridata_control.backup.opening._s3", files)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, MINIO)
    for region in ("us-east-1", "cn-north-1"):
        monkeypatch.setenv("GRIDATA_BACKUP_REGION", region)
        open_place(Settings.load(home=tmp_path, environ=HERE))

    assert told == [("https://s3.us-east-1.amazonaws.com", True), ("https://s3.cn-north-1.amazonaws.com.cn", True)]
