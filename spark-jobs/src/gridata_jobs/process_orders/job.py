"""`process_orders`: what bronze got since the last run goes to silver and gold, each table by its own stamps.

Tables are written in the order orders, order items, daily sales; each commit is complete in itself. A run that dies
between two of them leaves the later tables behind; the next run finds their missing batches by their own stamps and
brings them up, without touching what is already there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

from gridata_contracts.errors import PermanentError
from gridata_contracts.model import JsonValue
from gridata_control.catalog import open_catalog
from gridata_control.ledger import Ledger, PublishedBatch, open_ledger
from gridata_control.settings import Settings
from gridata_jobs.arguments import JobArguments
from gridata_jobs.crash import crash_point
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.process_orders.daily_sales import daily_sales
from gridata_jobs.process_orders.items import order_items
from gridata_jobs.process_orders.lineage import LINEAGE
from gridata_jobs.process_orders.orders import VERSION, order_key, silver_orders
from gridata_jobs.process_orders.schemas import BRONZE, DAILY_SALES, DATASET, ORDER_ITEMS, ORDERS
from gridata_jobs.spark import spark_session
from gridata_jobs.target.declaration import TargetTable
from gridata_jobs.target.inputs import only_batches, published_rows
from gridata_jobs.target.merge import Merged, OpenTable, merge
from gridata_jobs.target.stamps import (
    AS_OF,
    BATCHES_PER_COMMIT,
    INPUT_BATCHES,
    INPUT_SNAPSHOTS,
    RUN_ID,
    TRANSFORM,
    computed_from,
    pending_batches,
    set_property,
    snapshots_text,
)
from gridata_jobs.target.storage import storage_answers

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyspark.sql import DataFrame, SparkSession

JOB = "process_orders"
TARGETS = (ORDERS, ORDER_ITEMS, DAILY_SALES)


@dataclass(frozen=True)
class Transform:
    """What every step of one run needs."""

    spark: SparkSession
    catalog: Catalog
    ledger: Ledger
    arguments: JobArguments
    metrics: JobMetrics

    def stamp(self, batches: Sequence[PublishedBatch], **more: str) -> dict[str, str]:
        """Snapshot summary of a commit that applies these batches."""
        stamp = {
            TRANSFORM: JOB,
            INPUT_BATCHES: ",".join(batch.version for batch in batches),
            AS_OF: self.arguments.as_of.isoformat(),
            **more,
        }
        return stamp | ({RUN_ID: self.arguments.run_id} if self.arguments.run_id else {})

    def open(self, table: TargetTable) -> OpenTable:
        """The table in this run's session."""
        return OpenTable(self.spark, self.catalog, table)

    def record(self, target: TargetTable, batches: Sequence[PublishedBatch], merged: Merged) -> None:
        """After the commit: archive the stamp and count the rows."""
        crash_point(f"{JOB}:{target.id}:committed")
        self.ledger.stamp(target.id, [batch.version for batch in batches], merged.snapshot_id, self.arguments.run_id)
        layer = target.id.partition(".")[0].rpartition("_")[2]
        for kind in ("inserted", "updated", "deleted"):
            self.metrics.rows(getattr(merged, kind), layer=layer, table=target.id, kind=kind)
        self.metrics.bytes(merged.size_bytes, layer=layer, table=target.id)


def run(settings: Settings, arguments: JobArguments) -> dict[str, JsonValue]:
    """Apply every published orders batch the targets lack.

    A second run with no new batch starts no JVM and commits nothing. `as_of` is only stamped: no column of these
    tables depends on the time of the run. Option `rebuild=true` applies all batches again (the result is the same).

    Returns:
        Report: per table rows inserted, updated, deleted, batches applied, `snapshot_id` of this run's last commit
        (None = nothing to change) and `current_snapshot_id`; seconds per step; lineage.

    Raises:
        TransientError: another writer was faster, or the catalog, store or ledger did not answer.
        PermanentError: the bronze table does not have the contract's columns.
    """
    metrics = JobMetrics(JOB, str(DATASET))
    with metrics.publishing(settings.metrics_dir), storage_answers(JOB):
        tables = _update(settings, arguments, metrics)
    return {
        "job": JOB,
        "run_id": arguments.run_id,
        "as_of": arguments.as_of.isoformat(),
        "inputs": [BRONZE],
        "tables": [*tables],
        "lineage": [lineage.to_dict() for lineage in LINEAGE],
        "metrics": metrics.report(),
    }


def _update(settings: Settings, arguments: JobArguments, metrics: JobMetrics) -> list[dict[str, JsonValue]]:
    ledger, catalog = open_ledger(settings), open_catalog(settings)
    rebuild = arguments.options.get("rebuild", "false") == "true"
    with metrics.step("plan"):
        pending = {
            target.id: pending_batches(ledger, DATASET, target.ensure(catalog), rebuild=rebuild) for target in TARGETS
        }
    merges: dict[str, list[Merged]] = {target.id: [] for target in TARGETS}
    if any(pending.values()):
        with spark_session(settings, JOB) as spark:
            transform = Transform(spark, catalog, ledger, arguments, metrics)
            for target, step in ((ORDERS, _apply_orders), (ORDER_ITEMS, _apply_items), (DAILY_SALES, _apply_sales)):
                with metrics.step(target.id):
                    merges[target.id] = [step(transform, part) for part in _parts(pending[target.id])]
                crash_point(f"{JOB}:{target.id}")
    return [_table_report(catalog, target, pending[target.id], merges[target.id]) for target in TARGETS]


def _apply_orders(transform: Transform, batches: Sequence[PublishedBatch]) -> Merged:
    """Later versions of orders win over those the table has, except for orders of rewritten batches."""
    if any(batch.rewrite for batch in batches):
        merged = _remake_orders(transform, batches)
    else:
        wanted = silver_orders(published_rows(transform.spark, transform.ledger, BRONZE, batches))
        merged = merge(transform.open(ORDERS), wanted, transform.stamp(batches), latest_by=VERSION)
    transform.record(ORDERS, batches, merged)
    return merged


def _remake_orders(transform: Transform, batches: Sequence[PublishedBatch]) -> Merged:
    """Orders these batches speak of, or spoke of until they were rewritten, out of every published version of them.

    A row that a rewrite took out of bronze leaves silver, where an earlier version of its order takes its place if
    another batch has one; a row that it changed is the same version with other values.
    """
    spoke = transform.spark.table(ORDERS.id).where(F.col("_batch_id").isin([batch.batch_id for batch in batches]))
    touched = _touched(transform, batches).union(spoke.select("order_id")).distinct().localCheckpoint()
    published = transform.ledger.published_batches(DATASET)
    every = published_rows(transform.spark, transform.ledger, BRONZE, published)
    versions = every.join(touched, order_key(every) == touched["order_id"], "left_semi")

    def of_touched(rows: DataFrame) -> DataFrame:
        return rows.join(touched, "order_id", "left_semi")

    return merge(transform.open(ORDERS), silver_orders(versions), transform.stamp(batches), scope=of_touched)


def _apply_items(transform: Transform, batches: Sequence[PublishedBatch]) -> Merged:
    """The lines of every order these batches speak of, as silver has it now; lines it no longer has go.

    Bronze does not say any more which orders a rewritten batch spoke of: then all lines are compared.
    """
    touched = None if any(batch.rewrite for batch in batches) else _touched(transform, batches)

    def of_touched(rows: DataFrame) -> DataFrame:
        return rows if touched is None else rows.join(touched, "order_id", "left_semi")

    wanted = order_items(of_touched(transform.spark.table(ORDERS.id)))
    merged = merge(transform.open(ORDER_ITEMS), wanted, transform.stamp(batches), scope=of_touched)
    transform.record(ORDER_ITEMS, batches, merged)
    return merged


def _apply_sales(transform: Transform, batches: Sequence[PublishedBatch]) -> Merged:
    """The days these batches' orders are on, and were on when the days were last computed, from all their orders."""
    snapshot = transform.catalog.load_table(ORDERS.id).current_snapshot()
    if snapshot is None:
        raise PermanentError(f"table {ORDERS.id}: got no snapshot, allowed one: it was written before. Run again.")
    days = _days(transform, batches, snapshot.snapshot_id)

    def on_days(rows: DataFrame, date: str) -> DataFrame:
        return rows if days is None else rows.join(days.withColumnRenamed("order_date", date), date, "left_semi")

    wanted = daily_sales(on_days(transform.open(ORDERS).at(snapshot.snapshot_id), "order_date"))
    inputs = snapshots_text({ORDERS.id: snapshot.snapshot_id})
    stamp = transform.stamp(batches, **{INPUT_SNAPSHOTS: inputs})
    merged = merge(transform.open(DAILY_SALES), wanted, stamp, scope=lambda rows: on_days(rows, "sale_date"))
    if merged.snapshot_id is None:
        set_property(transform.catalog.load_table(DAILY_SALES.id), INPUT_SNAPSHOTS, inputs)
    transform.record(DAILY_SALES, batches, merged)
    return merged


def _days(transform: Transform, batches: Sequence[PublishedBatch], now: int) -> DataFrame | None:
    """Days to compute again; None = all: a batch was rewritten, or what they were computed from is not known."""
    if any(batch.rewrite for batch in batches):
        return None
    known = computed_from(transform.catalog.load_table(DAILY_SALES.id))
    before = {snapshot for inputs in known for table, snapshot in inputs.items() if table == ORDERS.id}
    source = transform.catalog.load_table(ORDERS.id)
    if not before or any(source.snapshot_by_id(snapshot) is None for snapshot in before):
        return None
    touched = _touched(transform, batches)
    versions = (transform.open(ORDERS).at(snapshot) for snapshot in sorted(before | {now}))
    days = [orders.join(touched, "order_id", "left_semi").select("order_date") for orders in versions]
    every = days[0]
    for more in days[1:]:
        every = every.union(more)
    return every.distinct()


def _touched(transform: Transform, batches: Sequence[PublishedBatch]) -> DataFrame:
    """Numbers of the orders these batches speak of."""
    rows = only_batches(transform.spark.table(BRONZE), batches)
    return rows.select(order_key(rows).alias("order_id")).distinct()


def _parts(batches: Sequence[PublishedBatch]) -> list[list[PublishedBatch]]:
    remaining = iter(batches)
    return list(iter(lambda: list(islice(remaining, BATCHES_PER_COMMIT)), []))


def _table_report(
    catalog: Catalog, target: TargetTable, batches: Sequence[PublishedBatch], merges: Sequence[Merged]
) -> dict[str, JsonValue]:
    current = catalog.load_table(target.id).current_snapshot()
    committed = [merged.snapshot_id for merged in merges if merged.snapshot_id is not None]
    return {
        "table": target.id,
        "batches": len(batches),
        "inserted": sum(merged.inserted for merged in merges),
        "updated": sum(merged.updated for merged in merges),
        "deleted": sum(merged.deleted for merged in merges),
        "snapshot_id": committed[-1] if committed else None,
        "current_snapshot_id": current.snapshot_id if current else None,
    }
