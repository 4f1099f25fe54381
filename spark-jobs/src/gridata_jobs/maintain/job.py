"""`maintain`: per table, in this order: archive stamps, tag months, compact, expire, remove orphans.

Stamps are archived and months tagged before anything expires. Compaction comes before expiry, so that the small
files it replaced go as soon as their snapshots are old enough. Running twice does nothing the second time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gridata_contracts.errors import GridataError, PermanentError, TransientError
from gridata_contracts.model import JsonValue
from gridata_control.catalog import open_catalog
from gridata_control.catalog.snapshots import load, table_ids
from gridata_control.ledger import Ledger, open_ledger
from gridata_control.settings import Settings
from gridata_jobs.arguments import JobArguments
from gridata_jobs.maintain.procedures import compact, compact_manifests, expire, remove_orphans
from gridata_jobs.maintain.retention import Retention, read_retention
from gridata_jobs.maintain.tags import tag_months
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.spark import spark_session
from gridata_jobs.target.merge import committing
from gridata_jobs.target.stamps import archive_stamps
from gridata_jobs.target.storage import storage_answers

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table
    from pyspark.sql import SparkSession

logger = logging.getLogger(__name__)

JOB = "maintain"
_METADATA = {"write.metadata.delete-after-commit.enabled": "true", "write.metadata.previous-versions-max": "50"}
_MANY_MANIFESTS = 50


@dataclass(frozen=True)
class Maintenance:
    """What every table's maintenance needs."""

    spark: SparkSession
    catalog: Catalog
    ledger: Ledger
    retention: Retention
    now: datetime
    listed_by_io: bool


def run(settings: Settings, arguments: JobArguments) -> dict[str, JsonValue]:
    """Maintain every table of the catalog, or the one named by option `table`.

    Ages are counted back from `as_of`, but never from a later instant than the clock says. Further options: see
    `read_retention`. A table that fails does not keep the others from being maintained.

    Returns:
        Report: per table the tags made, files rewritten, snapshots and files removed.

    Raises:
        UsageError: an option cannot be used, or asks for less than is safe.
        TransientError: tables could not be maintained, and a retry helps at least one: somebody wrote it meanwhile.
        PermanentError: tables could not be maintained, and no retry helps.
    """
    retention = read_retention(arguments.options)
    metrics = JobMetrics(JOB)
    with metrics.publishing(settings.metrics_dir), storage_answers(JOB):
        ledger, catalog = open_ledger(settings), open_catalog(settings)
        names = [arguments.options["table"]] if "table" in arguments.options else table_ids(catalog)
        for name in names:
            load(catalog, name)
        tables: list[JsonValue] = []
        problems: list[GridataError] = []
        with spark_session(settings, JOB) as spark:
            by_io = settings.warehouse_uri.startswith("s3://")
            work = Maintenance(spark, catalog, ledger, retention, min(arguments.as_of, _clock()), by_io)
            for name in names:
                try:
                    with metrics.step(name):
                        tables.append(_maintain(work, settings.catalog_name, name))
                except GridataError as error:
                    logger.warning("table not maintained", extra={"table": name})
                    problems.append(error)
        if problems:
            retry = any(isinstance(problem, TransientError) for problem in problems)
            raise (TransientError if retry else PermanentError)("\n".join(map(str, problems)))
    return {
        "job": JOB,
        "run_id": arguments.run_id,
        "as_of": arguments.as_of.isoformat(),
        "maintained": [*tables],
        "metrics": metrics.report(),
    }


def _maintain(work: Maintenance, catalog: str, name: str) -> dict[str, JsonValue]:
    table = work.catalog.load_table(name)
    if table.current_snapshot() is None:
        return {"table": name, "empty": True}
    before = len(table.metadata.snapshots)
    archive_stamps(work.ledger, table)
    _limit_metadata(table)
    tags = tag_months(table, work.now, work.retention.months)
    with committing(name, "a table Iceberg's procedures accept. Look at it with `gridata table show`."):
        compaction = compact(work.spark, catalog, name)
        if _manifest_count(work.catalog.load_table(name)) > _MANY_MANIFESTS:
            compaction |= compact_manifests(work.spark, catalog, name)
        expiry = expire(work.spark, catalog, name, work.retention.snapshot_limit(work.now))
        orphans = remove_orphans(
            work.spark, catalog, name, work.retention.orphan_limit(work.now), listed_by_io=work.listed_by_io
        )
    snapshots = len(work.catalog.load_table(name).metadata.snapshots)
    return {
        "table": name,
        "tags_created": [*tags],
        "compaction": compaction,
        "snapshots_before": before,
        "snapshots": snapshots,
        "expiry": expiry,
        "orphans_deleted": len(orphans),
    }


def _limit_metadata(table: Table) -> None:
    missing = {name: value for name, value in _METADATA.items() if name not in table.properties}
    if missing:
        with table.transaction() as transaction:
            transaction.set_properties(missing)


def _manifest_count(table: Table) -> int:
    snapshot = table.current_snapshot()
    return len(snapshot.manifests(table.io)) if snapshot else 0


def _clock() -> datetime:
    return datetime.now(UTC)
