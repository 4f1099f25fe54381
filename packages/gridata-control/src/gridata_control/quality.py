"""Measured quality, read back: what one writer moved to the lake, and what still waits in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gridata_contracts.sketches import SketchKind
from gridata_contracts.sql.duckdb import DuckDb
from gridata_control.catalog import open_catalog
from gridata_control.catalog.snapshots import table_ids
from gridata_control.catalog.sql import query
from gridata_control.ledger import QualityMetric, open_ledger
from gridata_control.settings import Settings

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

TABLE = "gridata_ops.quality_metrics"
"""Where one writer moves what the ledger has staged."""
BATCH = "batch"
"""`check_id` of numbers about a whole batch, such as `quality_score`."""
HELD = "!held"
"""After the batch's version, in `scope_id` of numbers of a run whose gate closed."""
COLUMN = "column:"
"""Before the path, in `check_id` of numbers about one column."""

_SKETCHES = frozenset(kind.value for kind in SketchKind)


@dataclass(frozen=True)
class CheckResult:
    """What one check said of one batch.

    Attributes:
        failed, checked: rows, for a check of rows; None for one about a number.
        value: the number, for a check about one.
    """

    check: str
    severity: str
    passed: bool | None
    failed: int | None
    checked: int | None
    value: float | None


@dataclass(frozen=True)
class Measured:
    """All numbers of one batch, or of one re-check of a table.

    Attributes:
        numbers: about the whole of it, by name, such as `rows_in` and `quality_score`.
        columns: by column path, then by name, such as `completeness`.
    """

    dataset: str
    scope_id: str
    at_utc: datetime
    snapshot_id: int | None
    numbers: dict[str, float]
    columns: dict[str, dict[str, float]]
    checks: list[CheckResult]

    @property
    def broken(self) -> list[CheckResult]:
        """Checks that did not pass."""
        return [check for check in self.checks if check.passed is False]


def measured(settings: Settings, dataset: str | None = None) -> list[Measured]:
    """Everything that was measured, oldest first.

    Args:
        settings: of the installation.
        dataset: only of this dataset (or re-checked table); None = of all.

    Raises:
        TransientError: catalog or ledger did not answer.
    """
    staged = _staged(settings, dataset)  # first: what is flushed meanwhile is then in the lake
    found = {metric.id: metric for metric in (*_in_lake(open_catalog(settings), dataset), *staged)}
    scopes: dict[tuple[str, str], list[QualityMetric]] = {}
    for metric in found.values():
        scopes.setdefault((metric.dataset, metric.scope_id), []).append(metric)
    return sorted((_of_scope(metrics) for metrics in scopes.values()), key=lambda one: (one.at_utc, one.dataset))


def _staged(settings: Settings, dataset: str | None) -> list[QualityMetric]:
    return open_ledger(settings).staged_metrics(limit=None, dataset=dataset)


def _in_lake(catalog: Catalog, dataset: str | None) -> list[QualityMetric]:
    if TABLE not in table_ids(catalog):
        return []
    where = "" if dataset is None else f" WHERE dataset = {DuckDb().text(dataset)}"
    columns = "dataset, table_name, scope_id, check_id, metric, value, measured_at, severity, passed, run_id, "
    sql = f"SELECT {columns} fingerprint, snapshot_id FROM {TABLE}{where}"
    with query(catalog, sql) as answer:
        return [QualityMetric(*row) for row in answer.rows]  # type: ignore[arg-type] # typed by the table


def _of_scope(metrics: Sequence[QualityMetric]) -> Measured:
    first = metrics[0]
    numbers: dict[str, float] = {}
    columns: dict[str, dict[str, float]] = {}
    checks: dict[str, list[QualityMetric]] = {}
    for metric in metrics:
        if metric.check_id == BATCH:
            numbers[metric.metric] = metric.value
        elif metric.metric in _SKETCHES:
            continue  # no number but a summary: see gridata_control.sketches
        elif metric.check_id.startswith(COLUMN):
            columns.setdefault(metric.check_id.removeprefix(COLUMN), {})[metric.metric] = metric.value
        else:
            checks.setdefault(metric.check_id, []).append(metric)
    return Measured(
        first.dataset,
        first.scope_id,
        max(metric.measured_at_utc for metric in metrics),
        first.snapshot_id,
        numbers,
        columns,
        [_result(each) for each in checks.values()],
    )


def _result(metrics: Sequence[QualityMetric]) -> CheckResult:
    values = {metric.metric: metric.value for metric in metrics}
    failed, checked = values.get("rows_failed", values.get("failed")), values.get("rows_checked")
    return CheckResult(
        metrics[0].check_id,
        metrics[0].severity,
        metrics[0].passed,
        None if failed is None else int(failed),
        None if checked is None else int(checked),
        values.get("value"),
    )
