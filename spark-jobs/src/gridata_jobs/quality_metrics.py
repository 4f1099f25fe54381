"""Staged quality metrics to Iceberg, by one writer: a table every batch commits to would be a hot spot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gridata_contracts.errors import TransientError
from gridata_control.ledger import Ledger, QualityMetric
from gridata_control.quality import TABLE
from gridata_jobs.target.declaration import Column, TargetTable

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

QUALITY_METRICS = TargetTable(
    id=TABLE,
    doc="Numbers measured by checks, of batches and of published tables. One row per measurement.",
    key=("metric_id",),  # not partitioned: pyiceberg alone cannot write partitioned tables
    columns=(
        Column("metric_id", "string", "Hash of table, scope, check and metric.", required=True),
        Column("dataset", "string", "Dataset id, or the table for a re-check."),
        Column("table_name", "string", "Table that was measured."),
        Column("scope_id", "string", "Batch id, or run of the re-check."),
        Column("check_id", "string", "Check of the contract, `column:<path>`, or name of the re-check."),
        Column("metric", "string", "What the number counts."),
        Column("value", "double", "The number."),
        Column("severity", "string", "error or warning."),
        Column("passed", "boolean", "Verdict; null = the number alone is reported."),
        Column("run_id", "string", "Run that measured; null = outside the orchestrator."),
        Column("measured_at", "timestamptz", "Instant the measurement stands for.", required=True),
        Column("fingerprint", "string", "Hash of what the check asks; null = no check."),
        Column("snapshot_id", "long", "Snapshot that holds the rows; null = nothing published."),
        Column("sketch", "string", "Summary that merges with those of other batches, as JSON; null = a number alone."),
    ),
)


def flush_metrics(catalog: Catalog, ledger: Ledger) -> int:
    """Move what is staged to the table; a flush that died half-way is finished without a doubled row.

    Returns:
        Rows appended.

    Raises:
        TransientError: somebody else wrote the table.
    """
    flushed = 0
    while staged := ledger.staged_metrics():  # a part of them at a time
        flushed += _flush(QUALITY_METRICS.ensure(catalog), staged)
        ledger.mark_flushed([metric.id for metric in staged])
    return flushed


def _flush(table: Table, staged: Sequence[QualityMetric]) -> int:
    from pyiceberg.exceptions import CommitFailedException

    there = _already_there(table, staged)
    new = [metric for metric in staged if metric.id not in there]
    if new:
        try:
            table.append(_rows(table, new))
        except CommitFailedException as error:
            raise TransientError(
                f"table {QUALITY_METRICS.id}: got another writer's commit, allowed one writer at a time. Retry."
            ) from error
    return len(new)


def _already_there(table: Table, staged: Sequence[QualityMetric]) -> frozenset[str]:
    oldest = min(metric.measured_at_utc for metric in staged).isoformat(timespec="microseconds")
    found = table.scan(row_filter=f"measured_at >= '{oldest}'", selected_fields=("metric_id",)).to_arrow()
    return frozenset(map(str, found["metric_id"].to_pylist()))


def _rows(table: Table, metrics: Sequence[QualityMetric]) -> pa.Table:
    import pyarrow as pa

    rows = [
        {
            "metric_id": metric.id,
            "dataset": metric.dataset,
            "table_name": metric.table,
            "scope_id": metric.scope_id,
            "check_id": metric.check_id,
            "metric": metric.metric,
            "value": metric.value,
            "severity": metric.severity,
            "passed": metric.passed,
            "run_id": metric.run_id,
            "measured_at": metric.measured_at_utc,
            "fingerprint": metric.fingerprint,
            "snapshot_id": metric.snapshot_id,
            "sketch": metric.sketch,
        }
        for metric in metrics
    ]
    return pa.Table.from_pylist(rows, table.schema().as_arrow())
