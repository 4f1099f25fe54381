"""What the demo is doing, on standard error: one line per finished step, a spinner for the one under way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status
from rich.text import Text

_NAME_WIDTH = 32
_DETAIL_WIDTH = 60


class Step:
    """A step under way.

    Attributes:
        name: what is being done.
        detail: what came of it, in a few words.
        failed: the line shows a cross.
    """

    def __init__(self, status: Status, name: str) -> None:
        self._status = status
        self.name = name
        self.detail = ""
        self.failed = False
        self.shown = True

    def now(self, doing: str) -> None:
        """Show what is being done at this moment."""
        self._status.update(f"{self.name}: {doing}")

    def hide(self) -> None:
        """There was nothing to do: no line."""
        self.shown = False


class Progress:
    """Steps of the demo as a person sees them pass by."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Do one step; a line with its time is printed when it ends without an exception."""
        started_s = time.monotonic()
        with self._console.status(f"{name} …") as status:
            step = Step(status, name)
            yield step
        if step.shown:
            self._console.print(_line(step, time.monotonic() - started_s), soft_wrap=True)


def _line(step: Step, seconds: float) -> Text:
    mark = Text(" ✗ ", style="bold red") if step.failed else Text(" ✓ ", style="bold green")
    words = Text(f"{step.name:<{_NAME_WIDTH}} {step.detail:<{_DETAIL_WIDTH}}", style="red" if step.failed else "")
    return mark + words + Text(f"{seconds:6.1f} s", style="dim")
