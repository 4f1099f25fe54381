"""JSON as producers write it, without losing a digit, a duplicate or a kind.

Python's scanner is the reference: with the hooks below it accepts exactly RFC 8259 (NaN and Infinity refused),
keeps numbers as the text they were, and refuses an object that names a field twice.
"""

from __future__ import annotations

import json
from typing import Any, Never

from gridata_contracts.reasons import Reason, ReasonCode
from gridata_contracts.values import NumberToken

SHORT_CHARS = 80
"""Longest name or value in a reason."""
MAX_DEPTH = 100
"""Deeper nesting is refused: far beyond any contract, far below what the recursion of any reader bears."""

JsonTree = dict[str, "JsonTree"] | list["JsonTree"] | str | NumberToken | bool | None


class RecordError(Exception):
    """The record is no JSON value we accept; carries the one reason. Never leaves the reader."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code.value)
        self.reason = reason


def parse(text: str) -> JsonTree:
    """The JSON value of a text, numbers as NumberToken.

    Raises:
        RecordError: INVALID_JSON with the character position, or DUPLICATE_FIELD with the field's name.
    """
    try:
        tree: JsonTree = _DECODER.decode(text.strip(" \t\r\n"))
    except json.JSONDecodeError as error:
        reason = Reason(ReasonCode.INVALID_JSON, expected=f"one JSON value ({error.msg} at character {error.pos + 1})")
        raise RecordError(reason) from error
    except RecursionError as error:
        raise _too_deep() from error
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deep(tree):
        raise _too_deep()
    return tree


def _is_deep(tree: JsonTree) -> bool:
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return any(isinstance(node, dict | list) for node in level)


def _too_deep() -> RecordError:
    return RecordError(Reason(ReasonCode.INVALID_JSON, expected=f"JSON nested at most {MAX_DEPTH} levels deep"))


def short(text: str) -> str:
    """Text for a reason: cut, and with half characters escaped, which no table takes."""
    cut = text if len(text) <= SHORT_CHARS else text[: SHORT_CHARS - 1] + "…"
    return cut.encode("utf-8", "backslashreplace").decode()


def dump(tree: JsonTree) -> str:
    """Compact JSON text of a tree; number tokens come out as they went in."""
    try:
        text = _dump(tree)
        text.encode()
    except UnicodeEncodeError:
        return _dump(tree, ascii_only=True)
    return text


def _dump(tree: JsonTree, *, ascii_only: bool = False) -> str:
    match tree:
        case dict():
            pairs = (
                f"{json.dumps(k, ensure_ascii=ascii_only)}:{_dump(v, ascii_only=ascii_only)}" for k, v in tree.items()
            )
            return "{" + ",".join(pairs) + "}"
        case list():
            return "[" + ",".join(_dump(v, ascii_only=ascii_only) for v in tree) + "]"
        case NumberToken():
            return str(tree)
        case _:
            return json.dumps(tree, ensure_ascii=ascii_only)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        seen: set[str] = set()
        name = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value] # add gives None
        reason = Reason(ReasonCode.DUPLICATE_FIELD, column=short(name), expected="each field once in an object")
        raise RecordError(reason)
    return tree


def _refuse_constant(name: str) -> Never:
    raise RecordError(
        Reason(ReasonCode.INVALID_JSON, expected="JSON numbers (NaN and Infinity are not JSON)", got=name)
    )


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=NumberToken, parse_int=NumberToken, parse_constant=_refuse_constant
)
