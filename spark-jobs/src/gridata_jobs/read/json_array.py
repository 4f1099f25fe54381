"""A JSON document as JSON lines: an array's elements, one document, or several documents in a row.

Only structure is looked at here; each element is read by the same code as a line. Line breaks inside an element can
only be white space, so replacing them by spaces loses nothing; one inside a string, where JSON does not allow it,
becomes another character that JSON does not allow there, so that the record is still refused.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from gridata_contracts.reasons import Reason, ReasonCode
from gridata_jobs.read.blocks import MAX_RECORD_BYTES
from gridata_jobs.read.source import FileRefusedError

_BOM = b"\xef\xbb\xbf"
_WHITE = b" \t\r\n"
_SPACE_BREAKS = bytes.maketrans(b"\r\n", b"  ")
_FORBID_BREAKS = bytes.maketrans(b"\r\n", b"\x1f\x1f")
_SPACE, _WORD = re.compile(rb"[ \t\r\n]*+"), re.compile(rb"[^ \t\r\n]++")
_LEVELS = 4
"""Containers matched as one token; deeper ones are followed bracket by bracket."""

# Possessive throughout: a string that is not closed is found out in one pass.
_STRING = rb'"(?:[^"\\]++|\\.)*+"'


def _container(levels: int) -> bytes:
    inside = rb'[^"\[\]{}]++|' + _STRING
    return inside if levels == 0 else inside + rb"|[\[{](?:" + _container(levels - 1) + rb")*+[\]}]"


_TOKEN = re.compile(
    rb"(?P<value>" + _STRING + rb"|[\[{](?:" + _container(_LEVELS - 1) + rb')*+[\]}])|(?P<mark>[\[\]{},"])', re.DOTALL
)


def to_lines(document: Path, lines: Path) -> None:
    """Write each record of a JSON document as one line; the document is mapped, never held in memory.

    Raises:
        FileRefusedError: INVALID_JSON: brackets, commas or quotes of the document do not close.
    """
    with document.open("rb") as file:
        # Not closed here: a refusal's traceback may still look at it. It goes with its last reader.
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    begin = len(_BOM) if data[: len(_BOM)] == _BOM else 0
    while data[begin : begin + 1] and data[begin] in _WHITE:
        begin += 1
    is_array = data[begin : begin + 1] == b"["
    with lines.open("wb") as target:
        for start, end in _elements(data, begin + 1) if is_array else _documents(data, begin):
            target.write(_one_line(data, start, end) + b"\n")


def _one_line(data: mmap.mmap, start: int, end: int) -> bytes:
    """An element without line breaks; one too large to be read is cut just above the limit: nobody will look inside."""
    start = _SPACE.match(data, start, end).end()  # type: ignore[union-attr] # it matches nothing, too
    text = data[start : min(end, start + MAX_RECORD_BYTES + 1)].rstrip(_WHITE)
    if b"\n" not in text and b"\r" not in text:
        return text
    return re.sub(_STRING, lambda string: string[0].translate(_FORBID_BREAKS), text, flags=re.DOTALL).translate(
        _SPACE_BREAKS
    )


def _elements(data: mmap.mmap, begin: int) -> Iterator[tuple[int, int]]:
    """Places of a top-level array's elements; `begin` is just behind its bracket."""
    depth, start, count = 1, begin, 0
    for mark, at in _marks(data, begin):
        depth += (mark in b"[{") - (mark in b"]}")
        if depth == 0:
            if count or not _is_blank(data, start, at):
                yield _element(data, start, at)
            if not _is_blank(data, at + 1, len(data)):
                raise _broken("nothing after the array", at + 1)
            return
        if mark == b"," and depth == 1:
            yield _element(data, start, at)
            start, count = at + 1, count + 1
    raise _broken("an array that is closed", len(data))


def _element(data: mmap.mmap, start: int, end: int) -> tuple[int, int]:
    if _is_blank(data, start, end):
        raise _broken("a value between commas", end)
    return start, end


def _documents(data: mmap.mmap, begin: int) -> Iterator[tuple[int, int]]:
    """Places of the top-level values of a document that is not an array."""
    depth, end, start = 0, begin, begin
    for token in _TOKEN.finditer(data, begin):
        if depth == 0:
            yield from _words(data, end, token.start())
            start = token.start()
        mark = token["mark"] or b""
        if mark == b'"' or (mark == b"," and depth == 0) or (mark in (b"]", b"}") and depth == 0):
            raise _broken("JSON values", token.start())
        depth += (mark in (b"[", b"{")) - (mark in (b"]", b"}"))
        end = token.end()
        if depth == 0:
            yield start, end
    if depth:
        raise _broken("objects that are closed", len(data))
    yield from _words(data, end, len(data))


def _words(data: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Places of bare words between two values: `1`, `true`."""
    for word in _WORD.finditer(data, start, end):
        yield word.span()


def _marks(data: mmap.mmap, begin: int) -> Iterator[tuple[bytes, int]]:
    """Brackets and commas outside of strings and of containers that close, with their byte positions."""
    for token in _TOKEN.finditer(data, begin):
        mark = token["mark"]
        if mark == b'"':
            raise _broken("a string that is closed", token.start())
        if mark is not None:
            yield mark, token.start()


def _is_blank(data: mmap.mmap, start: int, end: int) -> bool:
    return _SPACE.fullmatch(data, start, end) is not None


def _broken(expected: str, at: int) -> FileRefusedError:
    return FileRefusedError(Reason(ReasonCode.INVALID_JSON, expected=f"{expected} (byte {at + 1} breaks it)"))
