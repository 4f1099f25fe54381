"""SQL's LIKE as a pattern: the engines disagree about escapes, so that there is none."""

from __future__ import annotations

from gridata_contracts.pattern_tree import MAX_CODE_POINT, CharClass, Repeat, Sequence, write

_ANY = CharClass(((0, MAX_CODE_POINT),))


def like_pattern(text: str) -> str:
    """Pattern of a LIKE: `%` is any text, `_` any one character (code point), everything else is itself."""
    nodes: list[CharClass | Repeat] = []
    for char in text:
        if char == "%":
            if not nodes or not isinstance(nodes[-1], Repeat):  # in a row they mean one
                nodes.append(Repeat(_ANY, 0, None))
        else:
            nodes.append(_ANY if char == "_" else CharClass(((ord(char), ord(char)),)))
    return write(Sequence(tuple(nodes)))
