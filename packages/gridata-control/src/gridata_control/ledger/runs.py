"""Rows of `runs`, `quality_metrics` and `stamps`: what jobs measured and which batches they applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, true, update

from gridata_contracts import naming
from gridata_control.ledger.records import QualityMetric, Run
from gridata_control.ledger.tables import quality_metrics, runs, stamps
from gridata_control.ledger.upsert import insert_or_ignore

_UNTOLD = runs.c.told_at_utc.is_(None) & runs.c.ended_at_utc.is_not(None)


def record_run(connection: Connection, run: Run) -> None:
    """The newest word on a (run id, job): a retry of the same run replaces it and counts one more try."""
    key = (runs.c.run_id == run.run_id) & (runs.c.job == run.job)
    values: dict[str, object] = {
        "batch_id": run.batch_id,
        "started_at_utc": run.started_at_utc,
        "ended_at_utc": run.ended_at_utc,
        "exit_code": run.exit_code,
        "report": None if run.report is None else dict(run.report),
        "told_at_utc": run.told_at_utc,
        "told_error": run.told_error,
    }
    new = {"run_id": run.run_id, "job": run.job, "tries": 1, **values}
    if insert_or_ignore(connection, runs, [new]):
        return
    before = connection.execute(select(runs).where(key).with_for_update()).mappings().one()
    another_try = before["started_at_utc"] != run.started_at_utc
    connection.execute(update(runs).where(key).values(**values, tries=before["tries"] + another_try))


def select_runs(connection: Connection, batch_id: str | None, run_id: str | None) -> list[Run]:
    """Jobs of a batch and of a run (None: of all), oldest first."""
    query = select(runs).order_by(runs.c.started_at_utc, runs.c.run_id, runs.c.job)
    if batch_id is not None:
        query = query.where(runs.c.batch_id == batch_id)
    if run_id is not None:
        query = query.where(runs.c.run_id == run_id)
    return [_run(row) for row in connection.execute(query).mappings()]


def untold_runs(connection: Connection, limit: int | None) -> list[Run]:
    """Jobs that ended and whose metadata nobody told, in the order of their ends."""
    query = select(runs).where(_UNTOLD).order_by(runs.c.ended_at_utc, runs.c.run_id, runs.c.job).limit(limit)
    return [_run(row) for row in connection.execute(query).mappings()]


def refused_runs(connection: Connection) -> list[Run]:
    """Jobs whose metadata a catalog refused, in the order of their ends."""
    refused = runs.c.told_at_utc.is_not(None) & runs.c.told_error.is_not(None)
    query = select(runs).where(refused).order_by(runs.c.ended_at_utc, runs.c.run_id, runs.c.job)
    return [_run(row) for row in connection.execute(query).mappings()]


def mark_told(connection: Connection, run: Run, told_at_utc: datetime | None, error: str | None) -> None:
    """Note what became of a run's metadata; nothing changes when the run was recorded anew meanwhile."""
    same = (runs.c.run_id == run.run_id) & (runs.c.job == run.job) & (runs.c.ended_at_utc == run.ended_at_utc)
    connection.execute(update(runs).where(same).values(told_at_utc=told_at_utc, told_error=error))


def forget_told(connection: Connection, refused_only: bool) -> int:
    """All ended runs, or those that were refused, are untold again; returns how many those are."""
    chosen = runs.c.told_at_utc.is_not(None) & (runs.c.told_error.is_not(None) if refused_only else true())
    return connection.execute(update(runs).where(chosen).values(told_at_utc=None, told_error=None)).rowcount


def stage_metrics(connection: Connection, metrics: Sequence[QualityMetric]) -> int:
    """Insert the metrics that are new; returns how many rows that were."""
    return insert_or_ignore(connection, quality_metrics, [_metric_row(metric) for metric in metrics])


def staged_metrics(connection: Connection, limit: int | None, dataset: str | None) -> list[QualityMetric]:
    """Metrics nobody flushed yet, oldest first; of one dataset, or (None) of all."""
    query = (
        select(quality_metrics)
        .where(quality_metrics.c.flushed_at_utc.is_(None))
        .order_by(quality_metrics.c.measured_at_utc, quality_metrics.c.metric_id)
        .limit(limit)
    )
    if dataset is not None:
        query = query.where(quality_metrics.c.dataset == dataset)
    return [_metric(row) for row in connection.execute(query).mappings()]


def mark_flushed(connection: Connection, metric_ids: Sequence[str], now_utc: datetime) -> None:
    """These metrics are in Iceberg."""
    for start in range(0, len(metric_ids), 500):
        chosen = quality_metrics.c.metric_id.in_(metric_ids[start : start + 500])
        connection.execute(update(quality_metrics).where(chosen).values(flushed_at_utc=now_utc))


def stamp(
    connection: Connection,
    target_table: str,
    batch_versions: Sequence[str],
    snapshot_id: int | None,
    run_id: str | None,
    now_utc: datetime,
) -> None:
    """The target table holds these versions of batches; the first stamp of a version stays, a later version wins."""
    rows = [
        {
            "target_table": target_table,
            "batch_id": batch_id,
            "snapshot_id": snapshot_id,
            "run_id": run_id,
            "stamped_at_utc": now_utc,
            "rewrite": rewrite,
        }
        for batch_id, rewrite in map(naming.parse_batch_version, batch_versions)
    ]
    insert_or_ignore(connection, stamps, rows)
    for row in rows:
        if row["rewrite"]:
            earlier = (stamps.c.target_table == target_table) & (stamps.c.batch_id == row["batch_id"])
            connection.execute(update(stamps).where(earlier & (stamps.c.rewrite < row["rewrite"])).values(**row))


def stamped(connection: Connection, target_table: str) -> dict[str, int]:
    """Batches the target table holds, each with the number of the rewrite that it holds."""
    query = select(stamps.c.batch_id, stamps.c.rewrite).where(stamps.c.target_table == target_table)
    return {row["batch_id"]: row["rewrite"] for row in connection.execute(query).mappings()}


def stamped_tables(connection: Connection) -> set[str]:
    """Tables that hold any batch."""
    return set(connection.execute(select(stamps.c.target_table).distinct()).scalars())


def _run(row: RowMapping) -> Run:
    return Run(
        run_id=row["run_id"],
        job=row["job"],
        started_at_utc=row["started_at_utc"],
        ended_at_utc=row["ended_at_utc"],
        exit_code=row["exit_code"],
        batch_id=row["batch_id"],
        report=row["report"],
        told_at_utc=row["told_at_utc"],
        told_error=row["told_error"],
    )


def _metric_row(metric: QualityMetric) -> dict[str, object]:
    return {
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
        "fingerprint": metric.fingerprint,
        "snapshot_id": metric.snapshot_id,
        "sketch": metric.sketch,
        "measured_at_utc": metric.measured_at_utc,
    }


def _metric(row: RowMapping) -> QualityMetric:
    return QualityMetric(
        dataset=row["dataset"],
        table=row["table_name"],
        scope_id=row["scope_id"],
        check_id=row["check_id"],
        metric=row["metric"],
        value=row["value"],
        measured_at_utc=row["measured_at_utc"],
        severity=row["severity"],
        passed=row["passed"],
        run_id=row["run_id"],
        fingerprint=row["fingerprint"],
        snapshot_id=row["snapshot_id"],
        sketch=row["sketch"],
    )
