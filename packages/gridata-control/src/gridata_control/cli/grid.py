"""Rows as a table on a terminal, as wide as it needs to be anywhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

_RULE_WIDTH = 100
PIPE_WIDTH = 10_000
"""A file or pipe has no width to keep to."""


def print_grid(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their column names; null is empty."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    grid = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, header_style="bold")
    for name in columns:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*(text(value) for value in row))
    console = Console(markup=False, highlight=False)
    if console.is_terminal:
        console.print(grid)
        return
    wide = Console(markup=False, highlight=False, width=PIPE_WIDTH)
    with wide.capture() as shown:
        wide.print(grid)
    for line in shown.get().splitlines():
        wide.out(_shortened(line), highlight=False)


def _shortened(line: str) -> str:
    """Without the blanks that fill the last column, and a rule no wider than most screens."""
    line = line.rstrip()
    return line[:_RULE_WIDTH] if set(line) <= {" ", "─"} else line


def text(value: object) -> str:
    """One value for people: text as it is, nested values as JSON."""
    from gridata_control.catalog.values import plain

    shown = plain(value)
    if shown is None:
        return ""
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
