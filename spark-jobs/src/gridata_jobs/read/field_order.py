"""How a file writes its objects' fields: learnt from a sample, because most producers write every record alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from gridata_contracts.columns import ITEM
from gridata_jobs.read.json_text import JsonTree, RecordError, parse


@dataclass
class FieldOrder:
    """The objects seen at one path.

    Attributes:
        counts: objects that have the field, by name, in the order names were first seen.
        before: names seen right before a name.
        objects: all objects.
    """

    counts: Counter[str] = field(default_factory=Counter)
    before: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    objects: int = 0

    def learn(self, names: Iterable[str]) -> None:
        """Take one more object's fields as they are written."""
        written = list(names)
        self.counts.update(written)
        for earlier, later in pairwise(written):
            self.before[later].add(earlier)
        self.objects += 1

    def names(self) -> list[str]:
        """An order every object seen agrees with; where they contradict each other, that of first sight."""
        try:
            return list(TopologicalSorter({name: self.before[name] for name in self.counts}).static_order())
        except CycleError:
            return list(self.counts)

    def is_always(self, name: str) -> bool:
        """Every object seen has the field."""
        return self.counts[name] == self.objects


def learn_orders(lines: Iterable[str]) -> dict[str, FieldOrder]:
    """Field orders by the path of the object, `items[*]` for items; lines that are no objects are skipped."""
    orders: dict[str, FieldOrder] = {}
    for line in lines:
        try:
            tree = parse(line)
        except RecordError:
            continue
        if isinstance(tree, dict):
            _learn(orders, "", tree)
    return orders


def _learn(orders: dict[str, FieldOrder], path: str, tree: JsonTree) -> None:
    if isinstance(tree, list):
        for item in tree:
            _learn(orders, path + ITEM, item)
    elif isinstance(tree, dict):
        orders.setdefault(path, FieldOrder()).learn(tree)
        for name, value in tree.items():
            _learn(orders, f"{path}.{name}" if path else name, value)
