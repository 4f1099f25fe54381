"""Bronze and quarantine of a dataset, counted as far as their files can be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gridata_control.catalog.data_files import LostFileError, lost_metadata
from gridata_control.catalog.snapshots import load
from gridata_control.verify.table_rows import LostFile, Tallies, tally_table

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table


@dataclass(frozen=True)
class Side:
    """One table of a dataset version.

    Attributes:
        name: `<domain>_<layer>.<name>`.
        table: None: not created yet, or its metadata file cannot be read.
        rows: by (file id, batch id).
        lost: data files that cannot be read; their rows are not in `rows`.
        broken: the metadata file that cannot be read, and why; then nothing was counted.
    """

    name: str
    table: Table | None = None
    rows: Tallies = field(default_factory=dict)
    lost: tuple[LostFile, ...] = ()
    broken: tuple[str, str] | None = None

    @property
    def count(self) -> int:
        """Rows in all."""
        return sum(tally.records + tally.whole_file for tally in self.rows.values())


@dataclass(frozen=True)
class Sides:
    """Both tables of one dataset version."""

    bronze: Side
    quarantine: Side

    @property
    def by_layer(self) -> tuple[tuple[str, Side], tuple[str, Side]]:
        """Both with the name of their layer."""
        return ("bronze", self.bronze), ("quarantine", self.quarantine)


def count_side(catalog: Catalog | None, name: str) -> Side:
    """Read one table; None for the catalog: there is no such table.

    Raises:
        TransientError: the store or the catalog does not answer.
    """
    if catalog is None:
        return Side(name)
    table = None
    try:
        table = load(catalog, name)
        rows, lost = tally_table(table)
    except LostFileError as error:
        file = error.uri or (lost_metadata(table) if table else None) or "its metadata"
        return Side(name, table, broken=(file, error.problem))
    return Side(name, table, rows, lost)
