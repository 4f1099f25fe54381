"""What could not be delivered: kept on disk, in order, and tried again by the next run."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from gridata_contracts.errors import PermanentError
from gridata_control.settings import Settings


@dataclass(frozen=True)
class Pending:
    """One thing to say again.

    Attributes:
        name: run id.
        sink: destination; `report` when the report itself could not be read yet.
        error: why it failed last.
        attempts: how often it was tried.
        refused: the destination will never take it; kept for people, not tried again.
        report: the job's report, for a run whose metadata could not be built.
    """

    name: str
    sink: str
    error: str
    attempts: int = 1
    refused: bool = False
    report: Mapping[str, object] | None = None


class Outbox:
    """A folder with one small file per pending delivery; its name keeps the order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self, sink: str | None = None) -> list[tuple[Path, Pending]]:
        """Everything pending, oldest first; for one destination when `sink` is given.

        Raises:
            PermanentError: a file in the folder is none of ours.
        """
        found = [(path, _read(path)) for path in sorted(self._folder.glob("*.json"))]
        return [(path, pending) for path, pending in found if sink is None or pending.sink == sink]

    def add(self, pending: Pending) -> None:
        """Keep it until it is delivered; a run already waiting for this destination waits once."""
        for path, waiting in self.entries(pending.sink):
            if waiting.name == pending.name:
                self._write(path, replace(pending, attempts=waiting.attempts + 1))
                return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write(self._folder / f"{time.time_ns():020d}-{os.getpid()}.json", pending)

    def failed_again(self, path: Path, pending: Pending, error: str, *, refused: bool) -> None:
        """Note another attempt."""
        self._write(path, replace(pending, error=error, attempts=pending.attempts + 1, refused=refused))

    def done(self, path: Path) -> None:
        """Delivered."""
        path.unlink(missing_ok=True)

    def told(self, name: str, sink: str) -> None:
        """Forget a run the destination refused before and has now taken in another form."""
        for path, waiting in self.entries(sink):
            if waiting.name == name:
                self.done(path)

    def _write(self, path: Path, pending: Pending) -> None:
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(asdict(pending), default=str), encoding="utf-8")
        partial.replace(path)


def open_outbox(settings: Settings) -> Outbox:
    """What this home could not tell yet. Loads no DataHub client: health checks read it too."""
    return Outbox(settings.datahub_dir / "outbox")


def _read(path: Path) -> Pending:
    try:
        return Pending(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise PermanentError(
            f"outbox {path}: got {type(error).__name__}, allowed a file this program wrote. Remove it."
        ) from error
