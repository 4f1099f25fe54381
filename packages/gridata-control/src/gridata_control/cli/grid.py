"""Rows as a table on a terminal, as wide as it needs to be anywhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

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
    if not console.is_terminal:
        console = Console(markup=False, highlight=False, width=PIPE_WIDTH)
    console.print(grid)


def text(value: object) -> str:
    """One value for people: text as it is, nested values as JSON."""
    from gridata_control.catalog.values import plain

    shown = plain(value)
    if shown is None:
        return ""
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
