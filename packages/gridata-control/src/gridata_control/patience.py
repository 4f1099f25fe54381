"""Trying again while a server does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from gridata_contracts.errors import TransientError

_PAUSE_S = 1.0
T = TypeVar("T")


def patiently(wait_s: float, do: Callable[[], T]) -> T:
    """What `do` returns, tried again for so many seconds while a server does not answer."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return do()
        except TransientError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_PAUSE_S)
