"""A driver's event log: Spark writes it to the pod's disk, and a thread sends it to the store while the job runs.

Hadoop's own S3 file system would show nothing of a log before it is closed, and lose it with a killed driver
(docs/adr/0013).
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from gridata_contracts.errors import TransientError
from gridata_control.settings import Settings
from gridata_jobs.spark_events.bucket import EventBucket

logger = logging.getLogger(__name__)

SEND_EVERY_S = 10.0
"""How much of its log a killed driver may lose."""
_ROLL_AT = "2m"  # the least that Spark allows: what is sent again and again stays small
_STATUS = "appstatus_"


class Bucket(Protocol):
    """What the sender asks of the store. Both raise TransientError."""

    def put(self, name: str, content: Path) -> None:
        """Make the object what the file holds just now."""

    def delete(self, name: str) -> None:
        """Remove the object."""


class Sender:
    """Sends what has changed in a folder since it last looked."""

    def __init__(self, folder: Path, bucket: Bucket) -> None:
        self._folder, self._bucket = folder, bucket
        self._sent: dict[str, tuple[int, int]] = {}

    def send(self) -> None:
        """Events before the status that calls them complete; then remove what the folder has no more.

        Raises:
            TransientError: the store did not take something; the next call sends it.
        """
        found = {str(path.relative_to(self._folder)): path for path in self._folder.glob("*/*") if _is_of_log(path)}
        for name, path in sorted(found.items(), key=lambda each: (each[1].name.startswith(_STATUS), each[0])):
            stat = path.stat()  # before reading: what is written meanwhile is sent the next time
            if self._sent.get(name) != (stat.st_size, stat.st_mtime_ns):
                self._bucket.put(name, path)
                self._sent[name] = (stat.st_size, stat.st_mtime_ns)
        for name in self._sent.keys() - found.keys():  # the status that said that the application runs
            self._bucket.delete(name)
            del self._sent[name]


@contextmanager
def event_log(settings: Settings, bucket: Bucket | None = None) -> Iterator[Mapping[str, str]]:
    """Spark's settings for its event log. What is written while the block runs is in the store when it ends.

    A store that does not take the log is told in the job's log and fails no job.

    Args:
        settings: where the logs lie; nowhere means that none is written.
        bucket: in place of the one of the settings.
    """
    if settings.spark_events_uri is None:
        yield {"spark.eventLog.enabled": "false"}
        return
    bucket = bucket or EventBucket(settings.spark_events_uri, settings.s3_endpoint)
    folder = Path(tempfile.mkdtemp(prefix="spark-events-", dir=os.environ.get("GRIDATA_SCRATCH")))
    sender, ended = Sender(folder, bucket), threading.Event()
    thread = threading.Thread(target=_send_until, args=(sender, ended), name="spark-events", daemon=True)
    thread.start()
    try:
        yield {
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": folder.as_uri(),
            "spark.eventLog.rolling.enabled": "true",
            "spark.eventLog.rolling.maxFileSize": _ROLL_AT,
            "spark.eventLog.compress": "true",
            "spark.eventLog.compression.codec": "zstd",
        }
    finally:
        ended.set()
        thread.join()
        _send_once(sender)
        shutil.rmtree(folder, ignore_errors=True)


def _send_until(sender: Sender, ended: threading.Event) -> None:
    while not ended.wait(SEND_EVERY_S):
        _send_once(sender)


def _send_once(sender: Sender) -> None:
    try:
        sender.send()
    except (TransientError, OSError) as error:
        logger.warning("spark's event log was not sent: %s", error)


def _is_of_log(path: Path) -> bool:
    """Hadoop's checksums stay behind."""
    return path.is_file() and not path.name.startswith(".")
