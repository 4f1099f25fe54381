"""Sketches of a dataset's published batches, read back for one column: from the lake, and what waits in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gridata_contracts.naming import parse_batch_version
from gridata_contracts.sketches import Sketch, SketchKind, merged, sketch_of_text
from gridata_contracts.sql.duckdb import DuckDb
from gridata_control.catalog import open_catalog
from gridata_control.catalog.snapshots import load, table_ids
from gridata_control.catalog.sql import query
from gridata_control.ledger import open_ledger
from gridata_control.quality import COLUMN, TABLE
from gridata_control.settings import Settings

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

KINDS = tuple(kind.value for kind in SketchKind)
_LATEST = datetime.max.replace(tzinfo=UTC)


def dataset_sketches(settings: Settings, dataset: str) -> dict[tuple[str, str], Sketch]:
    """What all published batches of a dataset hold together, by column path and kind; without a sketch nothing.

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
    texts = {(column, kind): StoredSketches(settings, dataset, column, kind).texts() for column, kind in columns}
    return {of: merged([sketch_of_text(text) for text in each]) for of, each in texts.items() if each}


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
    snapshot_id: int
    at_utc: datetime
    text: str | None = None


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
        staged = self._staged()  # first: what is flushed meanwhile is then in the lake
        catalog = open_catalog(self.settings)
        found = {one.metric_id: one for one in (*self._listed(catalog), *staged)}
        versions: dict[str, tuple[int, _Stored]] = {}
        for one in found.values():
            batch, rewrite = parse_batch_version(one.scope_id)
            if one.at_utc < before and reference in (None, batch, str(one.snapshot_id)):
                versions[batch] = max(versions.get(batch, (-1, one)), (rewrite, one), key=lambda each: each[0])
        chosen = sorted((one for _, one in versions.values()), key=lambda one: (one.at_utc, one.metric_id))
        chosen = chosen if newest is None else chosen[-newest:]
        texts = self._read(catalog, [one.metric_id for one in chosen if one.text is None])
        return [one.text if one.text is not None else texts[one.metric_id] for one in chosen]

    def _staged(self) -> list[_Stored]:
        metrics = open_ledger(self.settings).staged_metrics(limit=None, dataset=self.dataset)
        return [
            _Stored(each.id, each.scope_id, each.snapshot_id, each.measured_at_utc, each.sketch)
            for each in metrics
            if each.check_id == self._check_id and each.metric == self.kind and each.snapshot_id is not None
        ]

    def _listed(self, catalog: Catalog) -> list[_Stored]:
        """What the lake has, without the sketches themselves: a reference needs a few of many."""
        if not _has_sketches(catalog):
            return []
        text = DuckDb().text
        sql = (
            f"SELECT metric_id, scope_id, snapshot_id, measured_at FROM {TABLE} WHERE dataset = {text(self.dataset)} "
            f"AND check_id = {text(self._check_id)} AND metric = {text(self.kind)} AND snapshot_id IS NOT NULL"
        )
        with query(catalog, sql) as answer:
            return [_Stored(*row) for row in answer.rows]  # type: ignore[arg-type] # typed by the table

    def _read(self, catalog: Catalog, metric_ids: Sequence[str]) -> dict[str, str]:
        if not metric_ids:
            return {}
        ids = ", ".join(map(DuckDb().text, metric_ids))
        with query(catalog, f"SELECT metric_id, sketch FROM {TABLE} WHERE metric_id IN ({ids})") as answer:
            return {str(metric_id): str(sketch) for metric_id, sketch in answer.rows}

    @property
    def _check_id(self) -> str:
        return f"{COLUMN}{self.column}"
