"""Work one step ahead in a thread: the engines let go of Python's lock, so reading and writing share the cores."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_POLL_S = 0.1


def ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The same items in the same order; while one is used, the next is made in another thread.

    At most two items exist at a time. What making an item raises is raised here; when the user stops early, the thread
    ends before this generator does.
    """
    made: queue.Queue[T | _End] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def make() -> None:
        end = _End()
        try:
            for item in items:
                if not _hand_over(made, item, stopped):
                    return
        except BaseException as error:  # noqa: BLE001 # raised again by the user's thread
            end = _End(error)
        _hand_over(made, end, stopped)

    thread = threading.Thread(target=make, name="ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        thread.join()


class _End:
    """No more items, and why when that was an error."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def _hand_over(made: queue.Queue[T], item: T, stopped: threading.Event) -> bool:
    while not stopped.is_set():
        with suppress(queue.Full):
            made.put(item, timeout=_POLL_S)
            return True
    return False
