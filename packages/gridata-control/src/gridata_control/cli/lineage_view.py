"""Lineage of one dataset or column, as edges for programs and as a tree for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridata_control.datahub.graph import Edge, Graph, overlaps

if TYPE_CHECKING:
    from rich.tree import Tree

NAMED_COLUMNS = 8
"""Above this, columns that decide rows are counted instead of named."""

_End = tuple[str, str]


@dataclass(frozen=True)
class LineageView:
    """What to show.

    Attributes:
        names: shown names of datasets by URN.
        start: URN of the dataset and path of the column; an empty path means the whole dataset.
    """

    graph: Graph
    names: Mapping[str, str]
    start: _End

    def upstream(self) -> list[dict[str, object]]:
        """Every edge on a way in, nearest first, JSON-ready."""
        return [self._plain(edge) for edge in self.graph.upstream(self.start[0], self.start[1] or None)]

    def downstream(self) -> list[dict[str, object]]:
        """Every edge on a way out, nearest first, JSON-ready."""
        return [self._plain(edge) for edge in self.graph.downstream(self.start[0], self.start[1] or None)]

    def tree(self, title: str, *, upward: bool) -> Tree:
        """The ways in (or out) as branches; what was shown before is not opened again."""
        from rich.tree import Tree

        walk = self.graph.upstream if upward else self.graph.downstream
        edges = walk(self.start[0], self.start[1] or None)
        root = Tree(title if edges else f"{title} nothing the catalog knows")
        shown, waiting = {self.start}, [(self.start, root)]
        while waiting:
            at, branch = waiting.pop(0)
            for edge, far in _from(at, edges, upward=upward):
                again = far in shown
                leaf = branch.add(self._label(edge, far) + (" (see above)" if again else ""))
                if not again:
                    shown.add(far)
                    waiting.append((far, leaf))
        return root

    def _plain(self, edge: Edge) -> dict[str, object]:
        columns = {"source_column": edge.source_column, "target_column": edge.target_column}
        return {
            "source": self.names.get(edge.source, edge.source),
            "target": self.names.get(edge.target, edge.target),
            **(columns if edge.source_column else {}),
            "transform": edge.transform or None,
            "rows_decided_by": self._deciding(edge),
        }

    def _label(self, edge: Edge, far: _End) -> str:
        name = self.names.get(far[0], far[0])
        if far[1]:
            return f"{name}.{far[1]}  by {edge.transform}"
        pair = (edge.source, edge.target)
        pairs = sum((one.source, one.target) == pair for one in self.graph.columns)
        deciding = self._deciding(edge)
        few = ", ".join(deciding) if len(deciding) <= NAMED_COLUMNS else f"{len(deciding)} columns"
        return f"{name}  {pairs} column edges" + (f", rows decided by {few}" if few else "")

    def _deciding(self, edge: Edge) -> list[str]:
        rows = self.graph.rows.get((edge.source, edge.target))
        return rows.split(", ") if rows else []


def _from(at: _End, edges: list[Edge], *, upward: bool) -> Iterator[tuple[Edge, _End]]:
    for edge in edges:
        source, target = (edge.source, edge.source_column), (edge.target, edge.target_column)
        near, far = (target, source) if upward else (source, target)
        if near[0] == at[0] and overlaps(near[1], at[1]):
            yield edge, far
