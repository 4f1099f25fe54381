"""The sets of keys of a query's windows, read off its SQL: rows with equal keys have to meet once per set."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

WindowKeys = frozenset[str]
"""SQL of what a window is partitioned by; empty for a window over all rows."""

_WINDOW = re.compile(r"\bOVER \(([^()]*)")
_PARTITION = re.compile(r"PARTITION BY (.*?)(?: ORDER BY .*)?$")


def window_keys(sql: str) -> list[WindowKeys]:
    """Each set of keys once, in the order in which they are written."""
    partitions = [_PARTITION.search(match[1]) for match in _WINDOW.finditer(sql)]
    return list(dict.fromkeys(frozenset(each[1].split(", ") if each else ()) for each in partitions))


def serving(keys: WindowKeys, among: Collection[WindowKeys]) -> WindowKeys:
    """The narrowest set that is part of these keys: rows that meet by it meet by all of them."""
    return min((each for each in among if each <= keys), key=_by_size)


def served_together(among: Iterable[WindowKeys]) -> list[WindowKeys]:
    """All sets, each right after the one that serves it."""
    once = dict.fromkeys(among)
    return sorted(once, key=lambda keys: (_by_size(serving(keys, once)), _by_size(keys)))


def _by_size(keys: WindowKeys) -> tuple[int, list[str]]:
    return len(keys), sorted(keys)
