"""The tree of a pattern: character classes, repetition, sequence and choice, and its canonical text."""

from __future__ import annotations

from dataclasses import dataclass

MAX_CODE_POINT = 0x10FFFF
CONTROLS = {"t": 0x09, "n": 0x0A, "f": 0x0C, "r": 0x0D}
"""Control characters by the letter of their escape, the same on every engine."""

_SYNTAX = set(r"\^$.*+?()[]{}|")
_CLASS_SYNTAX = set(r"\[]^-")

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CharClass:
    """One character out of sorted, disjoint code point ranges, or out of all others when `negated`."""

    ranges: Ranges
    negated: bool = False


@dataclass(frozen=True)
class Repeat:
    """`item` between `low` and `high` times; `high` None is unbounded."""

    item: Node
    low: int
    high: int | None


@dataclass(frozen=True)
class Sequence:
    """One node after the other; empty matches the empty text."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """Any one of the branches."""

    branches: tuple[Node, ...]


Node = CharClass | Repeat | Sequence | Choice


def write(node: Node) -> str:
    """Canonical text of a tree."""
    match node:
        case CharClass():
            return _write_class(node)
        case Sequence(items):
            return "".join(f"(?:{write(item)})" if isinstance(item, Choice) else write(item) for item in items)
        case Choice(branches):
            return "|".join(write(branch) for branch in branches)
        case Repeat(item, low, high):
            inner = write(item) if isinstance(item, CharClass) else f"(?:{write(item)})"
            return inner + _write_counts(low, high)


def _write_counts(low: int, high: int | None) -> str:
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high))
    if short is not None:
        return short
    if low == high:
        return f"{{{low}}}"
    return f"{{{low},}}" if high is None else f"{{{low},{high}}}"


def _write_class(node: CharClass) -> str:
    if node.ranges[-1][1] == MAX_CODE_POINT and node.ranges != ((0, MAX_CODE_POINT),):
        return _write_class(CharClass(complement(node.ranges), not node.negated))
    if not node.negated and len(node.ranges) == 1 and node.ranges[0][0] == node.ranges[0][1]:
        return _write_char(node.ranges[0][0], _SYNTAX)
    parts = []
    for low, high in node.ranges:
        ends = (_write_char(low, _CLASS_SYNTAX), _write_char(high, _CLASS_SYNTAX))
        parts.append(ends[0] if low == high else "".join(ends) if high == low + 1 else "-".join(ends))
    return f"[{'^' if node.negated else ''}{''.join(parts)}]"


def _write_char(code: int, syntax: set[str]) -> str:
    for letter, control in CONTROLS.items():
        if code == control:
            return f"\\{letter}"
    char = chr(code)
    if char in syntax:
        return f"\\{char}"
    if code < 0x20 or code == 0x7F or char in "&~":  # `&&` and `~~` are operators to Java and to Python's future
        return f"\\x{code:02X}"
    return char


def repeat_product(node: Node) -> int:
    """How often the innermost character may repeat, through all nesting."""
    match node:
        case CharClass():
            return 1
        case Sequence(items) | Choice(items):
            return max((repeat_product(item) for item in items), default=1)
        case Repeat(item, low, high):
            return max(1, low, high or 0) * repeat_product(item)


def nullable(node: Node) -> bool:
    """The node matches the empty text."""
    match node:
        case CharClass():
            return False
        case Sequence(items):
            return all(nullable(item) for item in items)
        case Choice(branches):
            return any(nullable(branch) for branch in branches)
        case Repeat(item, low, _):
            return low == 0 or nullable(item)


def merge(ranges: list[tuple[int, int]]) -> Ranges:
    """Sorted and disjoint."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """Every other code point."""
    result, start = [], 0
    for low, high in ranges:
        if start < low:
            result.append((start, low - 1))
        start = high + 1
    if start <= MAX_CODE_POINT:
        result.append((start, MAX_CODE_POINT))
    return tuple(result)


def both_cases(ranges: Ranges) -> Ranges:
    """With the other case of ASCII letters."""
    more = list(ranges)
    for low, high in ranges:
        for first, last, shift in ((0x41, 0x5A, 32), (0x61, 0x7A, -32)):
            if max(low, first) <= min(high, last):
                more.append((max(low, first) + shift, min(high, last) + shift))
    return merge(more)
