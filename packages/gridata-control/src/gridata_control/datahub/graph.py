"""Lineage as a graph one can walk, up and down, by dataset or by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Edge:
    """One input column that makes one output column, or, without columns, one input dataset of an output dataset."""

    source: str
    source_column: str
    target: str
    target_column: str
    transform: str = ""


@dataclass(frozen=True)
class Graph:
    """All lineage of a catalog; datasets are URNs.

    Attributes:
        columns: one edge per pair of columns.
        datasets: one edge per pair of datasets, without columns.
        rows: for a (source, target) pair, the source's columns that decide which rows the target has.
    """

    columns: tuple[Edge, ...] = ()
    datasets: tuple[Edge, ...] = ()
    rows: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def column_edges(self) -> int:
        """Pairs of columns."""
        return len({(one.source, one.source_column, one.target, one.target_column) for one in self.columns})

    def upstream(self, dataset: str, column: str | None = None) -> list[Edge]:
        """Every edge on a way into the dataset or column, nearest first."""
        return list(self._walk(dataset, column, lambda edge: (edge.target, edge.target_column), _source))

    def downstream(self, dataset: str, column: str | None = None) -> list[Edge]:
        """Every edge on a way out of the dataset or column, nearest first."""
        return list(self._walk(dataset, column, _source, lambda edge: (edge.target, edge.target_column)))

    def _walk(self, dataset: str, column: str | None, near: _End, far: _End) -> Iterator[Edge]:
        edges = self.datasets if column is None else self.columns
        start = (dataset, column or "")
        seen, waiting = {start}, [start]
        given: set[Edge] = set()
        while waiting:
            at = waiting.pop(0)
            for edge in _touching(edges, at, near):
                if edge not in given:
                    given.add(edge)
                    yield edge
                if far(edge) not in seen:
                    seen.add(far(edge))
                    waiting.append(far(edge))


_End = Callable[[Edge], tuple[str, str]]


def overlaps(one: str, other: str) -> bool:
    """Whether two column paths are the same, or one is within the other: `items` and `items.quantity`."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _source(edge: Edge) -> tuple[str, str]:
    return edge.source, edge.source_column


def _touching(edges: Iterable[Edge], at: tuple[str, str], end: _End) -> Iterator[Edge]:
    dataset, column = at
    for edge in edges:
        edge_dataset, edge_column = end(edge)
        if edge_dataset == dataset and (edge_column == column or overlaps(edge_column, column)):
            yield edge
