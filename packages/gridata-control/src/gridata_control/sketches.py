"""Sketches of a dataset's published batches, read back for one column: from the lake, and what waits in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gridata_contracts.naming import parse_batch_version
from gridata_contracts.sketches import Sketch, SketchKind, merged, sketch_of_text
from gridata_contracts.sql.duckdb import DuckDb
from gridata_control.catalog import open_catalog
from gridata_control.catalog.snapshots import load, table_ids
from gridata_control.catalog.sql import query
from gridata_control.ledger import open_ledger
from gridata_control.quality import BATCH, COLUMN, HELD, TABLE
from gridata_control.settings import Settings

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

KINDS = tuple(kind.value for kind in SketchKind)
_OF_EVERY_VERSION = (BATCH, "rows_in")
"""A number that every version of a batch leaves, whatever its contract asked."""
_AT_ONCE = 200
_LATEST = datetime.max.replace(tzinfo=UTC)


def dataset_sketches(settings: Settings, dataset: str) -> dict[tuple[str, str], Sketch]:
    """What the published batches of a dataset hold together, by column path and kind; without a sketch nothing.

    Raises:
        TransientError: catalog or ledger did not answer.
        PermanentError: what is stored is no sketch.
    """
    staged = open_ledger(settings).staged_metrics(limit=None, dataset=dataset)
    names = {(each.check_id, each.metric) for each in staged if each.metric in KINDS}
    catalog = open_catalog(settings)
    if _has_sketches(catalog):
        kinds = ", ".join(map(DuckDb().text, KINDS))
        sql = f"SELECT DISTINCT check_id, metric FROM {TABLE} WHERE dataset = {DuckDb().text(dataset)} "
        with query(catalog, f"{sql} AND metric IN ({kinds})") as answer:
            names |= {(str(check_id), str(metric)) for check_id, metric in answer.rows}
    columns = sorted((check_id.removeprefix(COLUMN), kind) for check_id, kind in names)
    found = {(column, kind): StoredSketches(settings, dataset, column, kind).merged() for column, kind in columns}
    return {of: sketch for of, sketch in found.items() if sketch is not None}


def _has_sketches(catalog: Catalog) -> bool:
    """The metrics table is there, and not older than sketches."""
    return TABLE in table_ids(catalog) and "sketch" in load(catalog, TABLE).schema().column_names


@dataclass(frozen=True)
class _Stored:
    """One sketch.

    Attributes:
        text: None = in the lake, not read yet.
    """

    metric_id: str
    scope_id: str
    snapshot_id: int | None
    at_utc: datetime
    text: str | None = None

    @property
    def is_published(self) -> bool:
        """Its rows are in bronze."""
        return self.snapshot_id is not None and not self.scope_id.endswith(HELD)

    @property
    def batch_id(self) -> str:
        """Of whichever version."""
        return parse_batch_version(self.scope_id)[0]

    @property
    def rewrite(self) -> int:
        """Number of the version."""
        return parse_batch_version(self.scope_id)[1]


@dataclass(frozen=True)
class StoredSketches:
    """The sketches of one kind of one column.

    Attributes:
        dataset: id.
        column: path.
        kind: name of the metric.
    """

    settings: Settings
    dataset: str
    column: str
    kind: str

    def texts(
        self, before: datetime = _LATEST, newest: int | None = None, reference: str | None = None
    ) -> Sequence[str]:
        """Sketches as text, one per published batch: a rewrite replaces what it rewrote. Oldest first.

        Args:
            before: aware; only batches with an earlier instant.
            newest: so many at most; None = all.
            reference: only the batch with this id, or whose snapshot has it.

        Raises:
            TransientError: catalog or ledger did not answer.
        """
        catalog = open_catalog(self.settings)
        chosen = [
            one
            for one in self._published(catalog)
            if one.at_utc < before and reference in (None, one.batch_id, str(one.snapshot_id))
        ]
        return list(self._read(catalog, chosen if newest is None else chosen[-newest:]))

    def merged(self) -> Sketch | None:
        """Of all published batches together; a part of them at a time is in memory. None without one."""
        catalog = open_catalog(self.settings)
        published, whole = self._published(catalog), list[Sketch]()
        for start in range(0, len(published), _AT_ONCE):
            texts = self._read(catalog, published[start : start + _AT_ONCE])
            whole = [merged([*whole, *map(sketch_of_text, texts)])]
        return whole[0] if whole else None

    def _published(self, catalog: Catalog) -> list[_Stored]:
        """The sketch of each batch's newest version, where that is published and has one. Oldest first."""
        # First what is staged: what is flushed meanwhile is then in the lake.
        staged = open_ledger(self.settings).staged_metrics(limit=None, dataset=self.dataset)
        versions = [each.scope_id for each in staged if (each.check_id, each.metric) == _OF_EVERY_VERSION]
        found = {
            each.id: _Stored(each.id, each.scope_id, each.snapshot_id, each.measured_at_utc, each.sketch)
            for each in staged
            if (each.check_id, each.metric) == (self._check_id, self.kind)
        }
        if _has_sketches(catalog):
            versions += [str(scope) for (scope,) in self._select(catalog, "scope_id", *_OF_EVERY_VERSION)]
            columns = "metric_id, scope_id, snapshot_id, measured_at"
            for row in self._select(catalog, columns, self._check_id, self.kind):
                one = _Stored(*row)  # typed by the table
                found.setdefault(one.metric_id, one)
        newest = dict(sorted(parse_batch_version(each) for each in versions if not each.endswith(HELD)))
        chosen = (one for one in found.values() if one.is_published and newest.get(one.batch_id) == one.rewrite)
        return sorted(chosen, key=lambda one: (one.at_utc, one.metric_id))

    def _read(self, catalog: Catalog, chosen: Sequence[_Stored]) -> Iterator[str]:
        """Their texts; the lake is asked for those that did not come with the ledger's rows."""
        wanted = [one.metric_id for one in chosen if one.text is None]
        texts: dict[str, str] = {}
        if wanted:
            ids = ", ".join(map(DuckDb().text, wanted))
            with query(catalog, f"SELECT metric_id, sketch FROM {TABLE} WHERE metric_id IN ({ids})") as answer:
                texts = {str(metric_id): str(sketch) for metric_id, sketch in answer.rows}
        return (one.text if one.text is not None else texts[one.metric_id] for one in chosen)

    def _select(self, catalog: Catalog, columns: str, check_id: str, metric: str) -> list[tuple[Any, ...]]:
        """Columns of the dataset's metrics, without the sketches themselves: a reference needs a few of many."""
        text = DuckDb().text
        where = f"dataset = {text(self.dataset)} AND check_id = {text(check_id)} AND metric = {text(metric)}"
        with query(catalog, f"SELECT {columns} FROM {TABLE} WHERE {where}") as answer:
            return [tuple(row) for row in answer.rows]

    @property
    def _check_id(self) -> str:
        return f"{COLUMN}{self.column}"
