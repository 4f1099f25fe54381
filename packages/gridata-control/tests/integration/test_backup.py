"""Backups of a real MinIO and a real Postgres: everything is destroyed and comes back as it was, proved by `verify`."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.errors import PermanentError
from gridata_control.backup import databases
from gridata_control.backup.exact import ExactBucket
from gridata_control.backup.objects import put_back
from gridata_control.backup.opening import open_place
from gridata_control.backup.sets import read_set
from gridata_control.landing.s3_access import S3Access
from gridata_control.settings import Settings

pytestmark = pytest.mark.integration

PREFIX = "landing/shop/orders/v1/"
COMMAND = [sys.executable, "-c", "from gridata_control.cli import main; main()"]


@dataclass
class World:
    """Servers that can be lost, and a place that stays."""

    stack: ExitStack
    postgres: Any
    folder: Path
    variables: dict[str, str]
    store: Any = None
    urls: dict[str, str] = field(default_factory=dict)

    def destroy(self) -> None:
        """All that was is gone; new, empty servers are there under new addresses."""
        from servers.minio import minio  # type: ignore[import-not-found]  # put on the path by the fixture

        if self.store is not None:
            self.store.server.stop()
        number = len(list(self.folder.glob("minio-*")))
        folder = self.folder / f"minio-{number}"
        folder.mkdir()
        self.store = self.stack.enter_context(minio(folder))
        self.urls = {name: self.postgres.make_database() for name in ("ledger", "catalog")}

    @property
    def environ(self) -> dict[str, str]:
        """Variables that lead to what is there now."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("GRIDATA_", "AWS_"))}
        servers = {
            "GRIDATA_STORE": "s3://landing",
            "GRIDATA_WAREHOUSE": "s3://warehouse/tables",
            "GRIDATA_LEDGER_URL": self.urls["ledger"],
            "GRIDATA_CATALOG_URI": self.urls["catalog"],
            "GRIDATA_BACKUP": f"file://{self.folder}/place",
        }
        return clean | self.store.environment | servers | self.variables

    @property
    def settings(self) -> Settings:
        """The same, for a call within this process."""
        return Settings.load(environ=self.environ)

    def run(self, *words: object, code: int = 0) -> str:
        """What the command prints."""
        command = [*COMMAND, *map(str, words)]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done.stdout if code in (0, 1) else done.stderr

    def json(self, *words: object, code: int = 0) -> Any:
        """What it answers as JSON."""
        return json.loads(self.run(*words, "--json", code=code).splitlines()[-1])

    def ingest(self, name: str, *rows: str, dataset: str = "orders") -> None:
        """Land and publish one file."""
        file = self.folder / name
        file.write_text("\n".join(rows) + "\n")
        self.run(
            "ingest", "--contract", self.folder / f"contracts/shop/{dataset}/v1/contract.odcs.yaml", "--file", file
        )

    def versions(self, bucket: str) -> list[tuple[Any, ...]]:
        """Everything the store tells of a bucket."""
        found = self.store.client.list_object_versions(Bucket=bucket)
        kept = [(one["Key"], one["VersionId"], one["LastModified"], one["ETag"]) for one in found.get("Versions", ())]
        gone = [(one["Key"], one["VersionId"], one["LastModified"], "") for one in found.get("DeleteMarkers", ())]
        return sorted(kept + gone)


@pytest.fixture
def world(minio: Any, postgres_server: Any, environment: dict[str, str], tmp_path: Path) -> Iterator[World]:
    del minio  # puts `servers` on the path
    with ExitStack() as stack:
        world = World(stack, postgres_server, tmp_path, environment)
        world.destroy()
        world.run("init")
        yield world


def test_all_comes_back_from_nothing_under_the_same_ids(world: World) -> None:
    world.ingest("a.jsonl", '{"id":"a","amount":1}', '{"id":"b","amount":"x"}')
    world.ingest("a.jsonl", '{"id":"c","amount":2}')
    for key in (f"{PREFIX}\u00fc \u2028 [1]\x07.jsonl", "landing/shop/notes", "elsewhere/empty"):
        world.store.client.put_object(Bucket="landing", Key=key, Body=b"", Metadata={"from": "shop"})
    world.store.client.delete_object(Bucket="landing", Key="elsewhere/empty")
    before = {bucket: world.versions(bucket) for bucket in ("landing", "warehouse")}
    first = world.json("backup", "run")
    second = world.json("backup", "run")
    assert [bucket["copied"] for bucket in second["buckets"]] == [0, 0]
    assert [one["objects"] for one in second["buckets"]] == [len(before["landing"]), len(before["warehouse"])]
    assert [one["id"] for one in world.json("backup", "list")] == [
        first["id"],
        second["id"],
    ]

    world.destroy()
    world.run("backup", "restore", "latest")

    assert {bucket: world.versions(bucket) for bucket in before} == before
    head = world.store.client.head_object(Bucket="landing", Key="landing/shop/notes")
    assert head["Metadata"] == {"from": "shop"}
    proof = world.json("verify", code=1)  # the odd objects were never swept
    assert {one["kind"] for one in proof["violations"]} == {"NO_LEDGER_ROW"}
    world.run("sweep", "--no-dispatch")
    assert world.json("verify")["bronze_rows"] == 2
    world.ingest("b.jsonl", '{"id":"d","amount":3}')
    assert world.json("verify")["bronze_rows"] == 3
    assert "landing: 0 of" in world.run("backup", "restore", "latest", "--only", "objects")


def test_a_bucket_elsewhere_is_a_place_too(world: World) -> None:
    from servers.minio import minio

    (world.folder / "other").mkdir()
    other = world.stack.enter_context(minio(world.folder / "other"))
    other.make_bucket("kept", versioned=False)
    keys = {
        "GRIDATA_BACKUP_ACCESS_KEY_ID": "AWS_ACCESS_KEY_ID",
        "GRIDATA_BACKUP_SECRET_ACCESS_KEY": "AWS_SECRET_ACCESS_KEY",
    }
    world.variables |= {name: other.environment[source] for name, source in keys.items()}
    world.variables |= {"GRIDATA_BACKUP": "s3://kept/of/shop", "GRIDATA_BACKUP_S3_ENDPOINT": other.endpoint}
    world.ingest("a.jsonl", '{"id":"a","amount":1}')
    world.run("backup", "run", "--keep-days", 1)

    world.destroy()
    world.run("backup", "check", "latest")
    world.run("backup", "restore", "latest")

    assert world.json("verify")["bronze_rows"] == 1
    world.variables["GRIDATA_BACKUP_S3_ENDPOINT"] = world.store.endpoint
    assert "not lost with it" in world.run("backup", "run", code=2)


def test_what_came_after_the_backup_and_survived_comes_in_again(world: World) -> None:
    world.ingest("a.jsonl", '{"id":"a","amount":1}')
    world.run("backup", "run")
    world.ingest("b.jsonl", '{"id":"b","amount":2}', '{"id":"c","amount":"x"}')
    world.urls = {name: world.postgres.make_database() for name in world.urls}  # the databases alone are lost

    world.run("backup", "restore", "latest", "--only", "databases")

    [bronze, quarantine] = world.json("table", "repair")
    assert (bronze["table"], bronze["known"], bronze["unknown"], bronze["newest"]) == (
        "shop_bronze.orders_v1",
        0,
        1,
        None,
    )
    assert (quarantine["table"], quarantine["unknown"], quarantine["newest"]) == ("shop_quarantine.orders_v1", 1, None)
    world.run("table", "repair", "--apply")
    assert {one["kind"] for one in world.json("verify", code=1)["violations"]} == {"NO_LEDGER_ROW"}
    world.run("sweep")
    proof = world.json("verify")
    assert (proof["bronze_rows"], proof["quarantine_rows"]) == (2, 1)


def test_a_catalog_older_than_ledger_and_bucket_is_found_and_moved_on(world: World) -> None:
    world.ingest("a.jsonl", '{"id":"a","amount":1}')
    world.run("backup", "run")
    world.ingest("b.jsonl", '{"id":"b","amount":2}', '{"id":"c","amount":"x"}')
    world.ingest("c.csv", "id,amount", "d,2", dataset="events")
    [dump] = (world.folder / "place").glob("sets/*/databases/catalog.dump")
    url = databases.databases_of(world.settings)["catalog"]
    databases.restore("catalog", url, dump)  # tables of orders, one commit old, and none of events

    assert {"BRONZE_ROWS", "QUARANTINE_ROWS"} <= {one["kind"] for one in world.json("verify", code=1)["violations"]}
    found = world.json("table", "repair", code=1)
    assert [(one["table"], one["entry"] is None, one["known"], one["unknown"]) for one in found] == [
        ("shop_bronze.events_v1", True, 1, 0),
        ("shop_bronze.orders_v1", False, 1, 0),
        ("shop_quarantine.orders_v1", False, 1, 0),
    ]
    world.run("table", "repair", "--apply")

    assert world.json("table", "repair") == []
    assert world.json("verify")["bronze_rows"] == 3
    world.ingest("d.jsonl", '{"id":"e","amount":2}')
    assert world.json("verify")["bronze_rows"] == 4


def test_a_database_with_rows_is_only_replaced_when_asked(world: World) -> None:
    world.ingest("a.jsonl", '{"id":"a","amount":1}')
    world.run("backup", "run")
    world.ingest("b.jsonl", '{"id":"b","amount":2}')

    assert "--replace" in world.run("backup", "restore", "latest", code=2)
    assert world.json("verify")["bronze_rows"] == 2
    world.run("backup", "restore", "latest", "--replace")

    assert {one["kind"] for one in world.json("verify", code=1)["violations"]} == {"NO_LEDGER_ROW"}


def test_damage_is_named_and_never_restored(world: World) -> None:
    world.ingest("a.jsonl", '{"id":"a","amount":1}')
    world.run("backup", "run")
    [content, *_] = sorted((world.folder / "place/objects/landing").rglob("*"), key=lambda path: path.is_dir())
    content.write_bytes(b"rot" + content.read_bytes())

    assert "1 damaged" in world.run("backup", "check", "latest", code=1)
    world.destroy()
    assert "damaged" in world.run("backup", "restore", "latest", code=3)
    content.unlink()
    assert "not there" in world.run("backup", "restore", "latest", code=3)


def test_a_killed_backup_does_not_count_and_the_next_is_whole(world: World) -> None:
    client = world.store.client
    for number in range(300):
        client.put_object(Bucket="landing", Key=f"raw/{number}", Body=b"x" * 2000)
    process = subprocess.Popen([*COMMAND, "backup", "run"], env=world.environ, stderr=subprocess.DEVNULL)
    place = world.folder / "place"
    while not list(place.glob("objects/landing/*/*")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert world.json("backup", "list") == []
    assert world.json("backup", "run")["buckets"][0]["objects"] == 300
    world.run("backup", "check", "latest")
    assert "may be running" in world.run("backup", "prune", "--keep-days", 1, code=2)


def test_a_store_with_ids_of_its_own_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.store.client.put_object(Bucket="landing", Key="raw/a", Body=b"a")
    world.run("backup", "run")
    world.destroy()
    for name, value in world.store.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ExactBucket, "_say_version", lambda *_, **__: None)  # what another S3 makes of the headers
    place = open_place(world.settings)
    world.store.make_bucket("landing")

    with pytest.raises(PermanentError, match="id of the store's own"):
        put_back(S3Access("landing", world.store.endpoint), place, read_set(place, "latest").buckets[0])


def test_nothing_secret_is_in_the_place(world: World) -> None:
    world.ingest("a.jsonl", '{"id":"a","amount":1}')
    world.run("backup", "run")

    texts = [plain(path) for path in (world.folder / "place/sets").rglob("*") if path.is_file()]
    assert sum(b"orders/v1/a.jsonl" in text for text in texts) >= 2  # the index and the ledger's dump, read
    assert not [text for text in texts if world.store.environment["AWS_SECRET_ACCESS_KEY"].encode() in text]


def plain(path: Path) -> bytes:
    """A file of a set without its compression."""
    if path.suffix == ".dump":
        return subprocess.run(["pg_restore", "--file=-", path], capture_output=True, check=True).stdout
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
