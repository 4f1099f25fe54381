"""The sample folder while it is being written: which file becomes which drop."""

from __future__ import annotations

from pathlib import Path

from gridata_control.samples.files import content_sha256
from gridata_control.samples.manifest import Drop

WAVES = ("wave-1", "wave-2")
"""Folders of the first export and of what comes a week later."""


class Tree:
    """Files below one folder, in the order they are dropped."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._drops: list[Drop] = []

    @property
    def drops(self) -> tuple[Drop, ...]:
        """All drops so far: by wave, and within it as they were added."""
        return tuple(sorted(self._drops, key=lambda drop: drop.wave))

    def path(self, wave: int, key: str) -> Path:
        """Where the content of a key is written."""
        return self._out / WAVES[wave - 1] / key

    def add(self, wave: int, key: str, story: str, records: int | None, outcome: str = "PUBLISHED") -> None:
        """The file at `path(wave, key)` is dropped in that wave."""
        self._drop(Drop(wave, self._relative(wave, key), key, story, outcome, records, 0, ""))

    def add_again(self, wave: int, earlier_wave: int, key: str) -> None:
        """A file of an earlier wave is put once more, under the same key."""
        first = next(drop for drop in self._drops if (drop.wave, drop.key) == (earlier_wave, key))
        self._drop(Drop(wave, first.path, key, "duplicate", first.outcome, first.records, 0, ""))

    def add_past_the_door(self, wave: int, name: str, key: str) -> None:
        """The file at `path(wave, name)` is copied into the landing folder under a key no store would take."""
        self._drop(
            Drop(wave, self._relative(wave, name), key, "hostile name", "REFUSED", None, 0, "", past_the_door=True)
        )

    def _relative(self, wave: int, key: str) -> str:
        return f"{WAVES[wave - 1]}/{key}"

    def _drop(self, drop: Drop) -> None:
        path = self._out / drop.path
        measured = {"size_bytes": path.stat().st_size, "sha256": content_sha256(path)}
        self._drops.append(Drop(**{**vars(drop), **measured}))
