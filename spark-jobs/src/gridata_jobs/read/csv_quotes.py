"""Which line feeds of a CSV file end a record, and which stand inside a quoted field (RFC 4180)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gridata_contracts.model import Csv

_FEED, _RETURN = ord("\n"), ord("\r")
_NEVER = -2  # no position, nor right before one


class QuoteState:
    """Follows quotes through consecutive pieces, from the beginning of a record.

    A quote opens a field where a field begins; a second one right behind the closing quote is part of the text; one
    inside a word (`5" pipe`) is a plain character. So Python's csv module reads, too, when it is not strict.
    """

    def __init__(self, whole: npt.NDArray[np.uint8], csv: Csv, start_of_text: int) -> None:
        self._whole = whole
        self._quote = ord(csv.quote)
        self._before_field = np.array([ord(csv.delimiter), _FEED], dtype=np.uint8)
        self._behind_field = np.array([ord(csv.delimiter), _FEED, _RETURN, self._quote], dtype=np.uint8)
        self._start_of_text = start_of_text
        self._inside = False
        self._closed_at = _NEVER

    def record_ends(self, start: int, end: int) -> npt.NDArray[np.int64]:
        """Positions of the line feeds in [start, end) that end a record; [start, end) follows the piece before."""
        piece = self._whole[start:end]
        feeds = np.flatnonzero(piece == _FEED) + start
        quotes = np.flatnonzero(piece == self._quote) + start
        was_inside = self._inside
        if len(quotes):
            quotes = quotes if self._all_regular(quotes) else self._switches(quotes)
        if len(quotes):
            self._inside = bool((was_inside + len(quotes)) % 2)
            self._closed_at = int(quotes[-1]) if not self._inside else _NEVER
        elif not was_inside:
            return feeds
        ends: npt.NDArray[np.int64] = feeds[(np.searchsorted(quotes, feeds) + was_inside) % 2 == 0]
        return ends

    def _all_regular(self, quotes: npt.NDArray[np.int64]) -> bool:
        """Every second quote opens a field and every other one closes it: then each of them switches."""
        opening, closing = quotes[int(self._inside) :: 2], quotes[1 - int(self._inside) :: 2]
        before = self._whole[np.maximum(opening - 1, 0)]
        closed = closing if self._inside else np.concatenate(([self._closed_at], closing))
        reopens = opening - 1 == closed[: len(opening)]
        opens = np.isin(before, self._before_field) | reopens | (opening == self._start_of_text)
        behind = self._whole[np.minimum(closing + 1, len(self._whole) - 1)]
        closes = np.isin(behind, self._behind_field) | (closing == len(self._whole) - 1)
        return bool(opens.all() and closes.all())

    def _switches(self, quotes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The quotes that open or close a field, one by one: only where some are plain characters."""
        inside, closed_at = self._inside, self._closed_at
        before_field = set(self._before_field.tolist())
        before = self._whole[np.maximum(quotes - 1, 0)].tolist()
        found = []
        for at, left in zip(quotes.tolist(), before, strict=True):
            if inside:
                inside, closed_at = False, at
            elif left in before_field or at - 1 == closed_at or at == self._start_of_text:
                inside = True
            else:
                continue
            found.append(at)
        return np.array(found, dtype=np.int64)
