"""Column lineage as plain data: what each output column is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gridata_contracts.model import JsonValue


@dataclass(frozen=True, order=True)
class Source:
    """One input column.

    Attributes:
        table: `<domain>_<layer>.<name>`.
        column: dotted for nested fields, `items.unit_price`.
    """

    table: str
    column: str


@dataclass(frozen=True)
class TableLineage:
    """Where every column of one target comes from.

    Attributes:
        target: table id.
        direct: per output column, the input columns whose values make its value, conditions included.
        indirect: input columns that decide which rows or groups exist at all (keys, order of versions, filters):
            each may change any output.
    """

    target: str
    direct: Mapping[str, frozenset[Source]]
    indirect: frozenset[Source]

    def sources(self, column: str) -> frozenset[Source]:
        """Every input column that can change this output column."""
        return self.direct[column] | self.indirect

    def edges(self) -> int:
        """Number of direct edges."""
        return sum(len(sources) for sources in self.direct.values())

    def to_dict(self) -> dict[str, JsonValue]:
        """JSON-ready form for a job's report: `<table>#<column>` per source, sorted."""
        return {
            "target": self.target,
            "direct": {name: [_text(one) for one in sorted(sources)] for name, sources in self.direct.items()},
            "indirect": [_text(one) for one in sorted(self.indirect)],
        }


def direct(table: str, columns: Mapping[str, str]) -> dict[str, frozenset[Source]]:
    """Lineage from one table: output column to a blank-separated list of its input columns."""
    return {name: sources(table, inputs) for name, inputs in columns.items()}


def sources(table: str, columns: str) -> frozenset[Source]:
    """Blank-separated columns of one table."""
    return frozenset(Source(table, column) for column in columns.split())


def _text(source: Source) -> str:
    return f"{source.table}#{source.column}"
