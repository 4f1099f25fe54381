"""What a frame is checked for, which decides what is kept on the way."""

from __future__ import annotations

from enum import Enum, auto


class Wanted(Enum):
    """Numbers alone, both parts to look at, or both parts in files."""

    NUMBERS = auto()
    PARTS = auto()
    FILES = auto()
