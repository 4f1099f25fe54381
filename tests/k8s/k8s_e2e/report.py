"""Seconds by name, for people and the documents."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from k8s_e2e.cluster import ROOT

FOLDER = ROOT / "build"


class Report:
    """Numbers of one run of the tests."""

    def __init__(self, name: str = "e2e-k8s") -> None:
        self._file = FOLDER / f"{name}.json"
        self._numbers: dict[str, float] = {}

    def add(self, name: str, seconds: float) -> None:
        """Keep one."""
        self._numbers[name] = round(seconds, 1)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Keep how long the block takes."""
        began = time.monotonic()
        yield
        self.add(name, time.monotonic() - began)

    def write(self) -> None:
        """To the file, and to the end of pytest's output."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"at_utc": datetime.now(UTC).isoformat(timespec="seconds"), **self._numbers}, indent=1)
        self._file.write_text(text + "\n")
        print(f"\n{text}\nKept in {self._file}")
