"""Collects every problem of one document, so that its author fixes them in one go."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from gridata_contracts.errors import ContractError

_GOT_LIMIT_CHARS = 80


class Problems:
    """Problems of one file, each `<file>:<line>: <path>: got <x>, allowed <y>. <next step>`."""

    def __init__(self, file: Path | str, lines: Mapping[str, int] | None = None) -> None:
        self.file = str(file)
        self._lines = lines or {}
        self.messages: list[str] = []

    def add(self, path: str, got: object, allowed: str, next_step: str = "") -> None:
        """Note that the value at `path` is not allowed. `got` is the value itself, or `Absent`."""
        self.say(path, f"got {show(got)}, allowed {allowed}.", next_step)

    def add_choice(self, path: str, got: object, choices: Iterable[str], next_step: str = "") -> None:
        """Note a value outside a closed list, with the closest allowed one when it looks like a typo."""
        allowed = list(choices)
        self.add(path, got, ", ".join(allowed), " ".join(filter(None, (did_you_mean(got, allowed), next_step))))

    def say(self, path: str, message: str, next_step: str = "") -> None:
        """Note a problem in words of one's own."""
        where = self.file if self._line(path) is None else f"{self.file}:{self._line(path)}"
        self.messages.append(" ".join(filter(None, (f"{where}: {path}: {message}", next_step))))

    def raise_if_any(self) -> None:
        """End the reading of a document that has problems.

        Raises:
            ContractError: at least one problem was noted; it lists all of them.
        """
        if self.messages:
            raise ContractError(list(dict.fromkeys(self.messages)))

    def _line(self, path: str) -> int | None:
        """Line of the value, or of the closest parent that is written down."""
        while path and path not in self._lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self._lines.get(path)


class Absent:
    """Stands for a value that is not there."""


def show(value: object) -> str:
    """The value as JSON, cut to a readable length."""
    if value is Absent:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _GOT_LIMIT_CHARS else text[: _GOT_LIMIT_CHARS - 1] + "…"


def did_you_mean(got: object, allowed: Iterable[str]) -> str:
    """`Did you mean 'x'?` when one of `allowed` is close to what was written, else nothing."""
    close = difflib.get_close_matches(str(got), list(allowed), n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}?" if close else ""
