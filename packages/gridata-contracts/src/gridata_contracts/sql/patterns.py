"""Patterns that rules themselves bring."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from gridata_contracts.pattern_parser import Parser
from gridata_contracts.pattern_tree import write


@cache
def fixed(pattern: str) -> str:
    """Canonical form of a rule's own pattern, which may be longer than a contract's."""
    return write(Parser(pattern).parse())


@cache
def one_of(words: tuple[str, ...]) -> str:
    """Pattern of a list of words, by their first characters: both engines match it faster than they look up a list."""
    return fixed(_branches(words))


def _branches(words: Sequence[str]) -> str:
    if all(len(word) == 1 for word in words):
        return f"[{''.join(map(_literal, words))}]"
    rest: dict[str, list[str]] = {}
    for word in words:
        rest.setdefault(word[:1], []).append(word[1:])
    branches = [
        _literal(head) + (_branches(tails) if tails != [""] else "") if head else "" for head, tails in rest.items()
    ]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _literal(char: str) -> str:
    return char if char.isalnum() or char == "_" else f"\\{char}"
