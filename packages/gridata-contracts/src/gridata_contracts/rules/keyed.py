"""What the evaluator of rules over keys needs to know of one: how it groups rows and how it marks them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Keys:
    """The first row of each key stands, later ones are marked."""

    marks_rows: bool = True
