"""The history server's copy of the event logs: `python -m gridata_jobs.spark_events.mirror FOLDER`.

Spark's history server reads a folder and knows no credential; this process beside it keeps the folder as the store is.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from gridata_contracts.errors import GridataError, TransientError, UsageError
from gridata_control.settings import Settings
from gridata_jobs.log import log_to_stderr
from gridata_jobs.spark_events.bucket import EventBucket

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0
LOGS, ALIVE = "logs", "alive"
"""Below the folder: what the server reads, and a file that is as old as the last thing that was done."""
_PARTIAL = "partial"
_STATUS = "appstatus_"


class Bucket(Protocol):
    """What the mirror asks of the store. Both raise TransientError."""

    def tags(self) -> Mapping[str, str]:
        """By name, a tag that changes with the object's content."""

    def fetch(self, name: str, target: Path) -> None:
        """Write the object's content to a file."""


class Mirror:
    """A folder that follows the store. What is in it at the beginning is fetched anew."""

    def __init__(self, folder: Path, bucket: Bucket) -> None:
        self._logs, self._bucket = folder / LOGS, bucket
        self._partial, self._alive = folder / _PARTIAL, folder / ALIVE
        self._have: dict[str, str] = {}
        self._logs.mkdir(parents=True, exist_ok=True)

    def live(self) -> None:
        """Say that it goes on, whether the store answers or not."""
        self._alive.touch()

    def look(self) -> None:
        """Fetch what has changed, each file whole, an application's status last; remove what the store has no more.

        Raises:
            TransientError: the store did not answer; what was fetched stays.
        """
        tags = {name: tag for name, tag in self._bucket.tags().items() if _is_inside(name)}
        for name in sorted(tags, key=lambda each: (_STATUS in each, each)):
            if self._have.get(name) != tags[name]:
                self._bucket.fetch(name, self._partial)
                target = self._logs / name
                target.parent.mkdir(parents=True, exist_ok=True)
                self._partial.replace(target)
                self._have[name] = tags[name]
                self.live()
        for path in [each for each in self._logs.glob("*/*") if str(each.relative_to(self._logs)) not in tags]:
            path.unlink()
            self._have.pop(str(path.relative_to(self._logs)), None)
        for folder in [each for each in self._logs.iterdir() if each.is_dir() and not any(each.iterdir())]:
            folder.rmdir()


def follow(settings: Settings, folder: Path) -> None:
    """Look for ever; a store that is away is told and asked again."""
    if settings.spark_events_uri is None:
        raise UsageError("GRIDATA_SPARK_EVENTS: got nothing, allowed s3://<bucket>/<prefix>.")
    mirror = Mirror(folder, EventBucket(settings.spark_events_uri, settings.s3_endpoint))
    while True:
        try:
            mirror.look()
        except TransientError as error:
            logger.warning("event logs were not fetched: %s", error)
        mirror.live()
        time.sleep(LOOK_EVERY_S)


def _is_inside(name: str) -> bool:
    """An application's folder and a file in it; whatever else somebody put there is not Spark's."""
    parts = name.split("/")
    return len(parts) == 2 and all(part not in ("", ".", "..") for part in parts)


def main() -> int:
    """Follow into the folder that is named; the exit code follows the error tree."""
    log_to_stderr()
    os.umask(0o022)
    try:
        follow(Settings.load(), Path(sys.argv[1]))
    except GridataError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
