"""Gathers the demo's result from where the platform keeps it: ledger, Iceberg tables, metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridata_contracts.model import JsonValue
from gridata_contracts.naming import DatasetId
from gridata_control.catalog.snapshots import history, load, table_ids
from gridata_control.demo.result import DatasetResult, QuarantineGroup, TableResult
from gridata_control.ledger import FileRecord, FileState, Ledger
from gridata_control.samples.answer_key import ExpectedReason
from gridata_control.samples.manifest import Manifest

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

TOP_REASONS = 3


@dataclass(frozen=True)
class Landed:
    """The sample's files as the ledger has them.

    Attributes:
        repeated: drops whose content was known already under the same key, so no new version came of them.
    """

    records: tuple[FileRecord, ...]
    repeated: int

    def by_state(self) -> dict[str, int]:
        """Number of files per state, and of repeated drops."""
        counts = Counter(record.state.value for record in self.records)
        return {**dict(sorted(counts.items())), "known": self.repeated}


def landed_files(ledger: Ledger, manifest: Manifest) -> Landed:
    """Ledger rows of the sample's own keys; what else lies in the home is not the demo's."""
    keys = {drop.key for drop in manifest.drops}
    contents = {(drop.key, drop.sha256) for drop in manifest.drops}
    records = tuple(record for record in ledger.files() if record.file.key in keys)
    return Landed(records, len(manifest.drops) - len(contents))


def dataset_results(ledger: Ledger, landed: Landed, groups: Collection[QuarantineGroup]) -> tuple[DatasetResult, ...]:
    """One result per dataset of the sample, by name."""
    datasets = sorted({record.dataset for record in landed.records if record.dataset is not None})
    return tuple(_dataset(ledger, dataset, landed.records, groups) for dataset in datasets)


def quarantine_groups(found: Iterable[ExpectedReason], landed: Landed) -> tuple[QuarantineGroup, ...]:
    """How often each reason occurs, by dataset, most frequent first; files of no dataset are `-`."""
    dataset_of = {record.file.key: str(record.dataset or "-") for record in landed.records}
    counts = Counter((dataset_of.get(each.file, "-"), each.reason, each.check, each.column) for each in found)
    return tuple(
        QuarantineGroup(dataset, reason.value, check, column, number)
        for (dataset, reason, check, column), number in sorted(
            counts.items(), key=lambda entry: (entry[0][0], -entry[1], entry[0][1], entry[0][2] or entry[0][3] or "")
        )
    )


def table_results(catalog: Catalog) -> tuple[TableResult, ...]:
    """Every table, in the order data flows: bronze, quarantine, silver, gold, operations."""
    layers = ("bronze", "quarantine", "silver", "gold")

    def place(table_id: str) -> tuple[int, str]:
        layer = table_id.partition(".")[0].rpartition("_")[2]
        return (layers.index(layer) if layer in layers else len(layers), table_id)

    return tuple(_table(catalog, table_id) for table_id in sorted(table_ids(catalog), key=place))


def _table(catalog: Catalog, table_id: str) -> TableResult:
    table = load(catalog, table_id)
    snapshots = history(table)
    current = next((snapshot for snapshot in snapshots if snapshot.current), None)
    if current is None:
        return TableResult(table_id, 0, None, 0, None)
    rows = current.rows if current.rows is not None else table.scan().count()
    return TableResult(table_id, rows, current.snapshot_id, len(snapshots), snapshots[0].snapshot_id)


def _dataset(
    ledger: Ledger, dataset: DatasetId, records: Iterable[FileRecord], groups: Collection[QuarantineGroup]
) -> DatasetResult:
    ours = [record for record in records if record.dataset == dataset]
    published = [record for record in ours if record.state is FileState.PUBLISHED]
    return DatasetResult(
        dataset=str(dataset),
        files=dict(sorted(Counter(record.state.value for record in ours).items())),
        rows_in=sum(record.rows_in or 0 for record in published),
        valid=sum(record.n_valid or 0 for record in published),
        quarantined=sum(record.n_rejected or 0 for record in published),
        lanes=_lanes(record.report for record in ledger.batches(dataset)),
        top_reasons=tuple(group for group in groups if group.dataset == str(dataset))[:TOP_REASONS],
    )


def _lanes(reports: Iterable[object]) -> tuple[str, ...]:
    lanes: set[JsonValue] = {report.get("lane") for report in reports if isinstance(report, dict)}
    return tuple(sorted(lane for lane in lanes if isinstance(lane, str)))
