"""What of an event log goes to the store and comes to the history server, in which order; the store is a folder."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from gridata_contracts.errors import TransientError
from gridata_control.settings import Settings
from gridata_jobs.spark_events.mirror import Mirror
from gridata_jobs.spark_events.sender import Sender, event_log

APP = "eventlog_v2_app-1"
EVENTS, RUNS, ENDED = f"{APP}/events_1_app-1.zstd", f"{APP}/appstatus_app-1.inprogress", f"{APP}/appstatus_app-1"


class FolderBucket:
    """The store's side, for both; `calls` is what was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: list[str] = []
        self.away = False

    def put(self, name: str, content: Path) -> None:
        self._asked(f"put {name}")
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(content, self.folder / name)

    def delete(self, name: str) -> None:
        self._asked(f"delete {name}")
        (self.folder / name).unlink()

    def tags(self) -> Mapping[str, str]:
        self._asked("list")
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def fetch(self, name: str, target: Path) -> None:
        self._asked(f"fetch {name}")
        shutil.copyfile(self.folder / name, target)

    def _asked(self, call: str) -> None:
        if self.away:
            raise TransientError("store: got no answer")
        self.calls.append(call)


@pytest.fixture
def bucket(tmp_path: Path) -> FolderBucket:
    (tmp_path / "bucket").mkdir()
    return FolderBucket(tmp_path / "bucket")


def write(folder: Path, *names: str, text: str = "1") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_only_what_has_changed_is_sent_again(tmp_path: Path, bucket: FolderBucket) -> None:
    sender = Sender(tmp_path / "driver", bucket)
    write(tmp_path / "driver", EVENTS, RUNS, f"{APP}/.checksum.crc")
    sender.send()
    write(tmp_path / "driver", EVENTS, text="12")
    sender.send()
    sender.send()

    assert bucket.calls == [f"put {EVENTS}", f"put {RUNS}", f"put {EVENTS}"]


def test_a_log_is_called_complete_only_after_its_last_event_was_sent(tmp_path: Path, bucket: FolderBucket) -> None:
    sender = Sender(tmp_path / "driver", bucket)
    write(tmp_path / "driver", EVENTS, RUNS)
    sender.send()
    bucket.calls.clear()
    (tmp_path / "driver" / RUNS).rename(tmp_path / "driver" / ENDED)
    write(tmp_path / "driver", EVENTS, text="12")

    sender.send()

    assert bucket.calls == [f"put {EVENTS}", f"put {ENDED}", f"delete {RUNS}"]


def test_what_a_store_did_not_take_is_sent_once_it_is_back(tmp_path: Path, bucket: FolderBucket) -> None:
    sender = Sender(tmp_path / "driver", bucket)
    write(tmp_path / "driver", EVENTS, RUNS)
    bucket.away = True
    with pytest.raises(TransientError):
        sender.send()
    bucket.away = False

    sender.send()

    assert bucket.tags().keys() == {EVENTS, RUNS}


def test_a_store_that_is_away_is_told_and_fails_no_job(bucket: FolderBucket, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings.load(environ={"GRIDATA_SPARK_EVENTS": "s3://logs/spark-events"})
    bucket.away = True

    with caplog.at_level(logging.WARNING), event_log(settings, bucket) as conf:
        folder = Path(conf["spark.eventLog.dir"].removeprefix("file://"))
        write(folder, EVENTS, RUNS)

    assert "was not sent: store: got no answer" in caplog.text
    assert not folder.exists()


def test_without_a_place_no_event_log_is_written() -> None:
    with event_log(Settings.load(environ={})) as conf:
        assert conf == {"spark.eventLog.enabled": "false"}


def test_the_copy_follows_the_store_and_a_status_never_comes_before_its_events(
    tmp_path: Path, bucket: FolderBucket
) -> None:
    mirror = Mirror(tmp_path / "history", bucket)
    write(bucket.folder, EVENTS, RUNS)
    mirror.look()
    (bucket.folder / RUNS).rename(bucket.folder / ENDED)
    write(bucket.folder, EVENTS, text="12")
    mirror.look()
    mirror.look()

    fetched = [call for call in bucket.calls if call != "list"]
    assert fetched == [f"fetch {EVENTS}", f"fetch {RUNS}", f"fetch {EVENTS}", f"fetch {ENDED}"]
    copies = {str(path.relative_to(tmp_path / "history/logs")) for path in (tmp_path / "history/logs").glob("*/*")}
    assert copies == {EVENTS, ENDED}
    assert (tmp_path / "history/logs" / EVENTS).read_text() == "12"


def test_a_log_that_the_store_has_deleted_goes_from_the_copy(tmp_path: Path, bucket: FolderBucket) -> None:
    mirror = Mirror(tmp_path / "history", bucket)
    write(bucket.folder, EVENTS, ENDED)
    mirror.look()
    shutil.rmtree(bucket.folder / APP)

    mirror.look()

    assert list((tmp_path / "history/logs").iterdir()) == []


def test_a_store_that_is_away_empties_no_copy(tmp_path: Path, bucket: FolderBucket) -> None:
    mirror = Mirror(tmp_path / "history", bucket)
    write(bucket.folder, EVENTS, ENDED)
    mirror.look()
    bucket.away = True

    with pytest.raises(TransientError):
        mirror.look()

    assert (tmp_path / "history/logs" / EVENTS).exists()


@pytest.mark.parametrize("name", ["stray", "a/b/c", "../x/y", "../x", "a/.."])
def test_what_is_no_event_log_is_not_fetched(tmp_path: Path, bucket: FolderBucket, name: str) -> None:
    class Stray(FolderBucket):
        def tags(self) -> Mapping[str, str]:
            return {name: "1"}

    stray = Stray(bucket.folder)

    Mirror(tmp_path / "history", stray).look()

    assert stray.calls == []
