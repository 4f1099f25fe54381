"""`customer_360`: computed anew whenever something it reads changed, written only where a row changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from gridata_contracts.errors import PermanentError, UsageError
from gridata_contracts.model import JsonValue
from gridata_control.catalog import open_catalog
from gridata_control.ledger import Ledger, PublishedBatch, open_ledger
from gridata_control.settings import Settings
from gridata_jobs.arguments import JobArguments
from gridata_jobs.customer_360.lineage import LINEAGE
from gridata_jobs.customer_360.profile import DEFAULT_RATES, Assumptions, customer_360
from gridata_jobs.customer_360.schemas import (
    CLICKS,
    CLICKS_DATASET,
    CUSTOMER_360,
    CUSTOMERS,
    CUSTOMERS_DATASET,
    SILVER_ORDERS,
)
from gridata_jobs.customer_360.value import Economics
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.process_orders.schemas import ORDERS
from gridata_jobs.spark import spark_session
from gridata_jobs.target.inputs import only_batches, published_rows
from gridata_jobs.target.merge import Merged, OpenTable, merge
from gridata_jobs.target.stamps import (
    AS_OF,
    INPUT_SNAPSHOTS,
    INPUT_STATE,
    RUN_ID,
    TRANSFORM,
    computed_states,
    keep_state,
    snapshots_text,
    state_hash,
)
from gridata_jobs.target.storage import storage_answers

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyspark.sql import DataFrame, SparkSession

JOB = "customer_360"

_NO_CUSTOMERS = (
    "customer_id string, birth_date date, gender string, country string, city string, signup_date date, "
    "segment string, marketing_opt_in boolean, preferred_channel string, preferred_language string, "
    "updated_at timestamp, _row_number long, _object_order string"
)
_NO_CLICKS = (
    "event_id string, customer_id string, session_id string, event_type string, event_ts timestamp, product_id string"
)


@dataclass(frozen=True)
class Inputs:
    """What one computation reads: a version of silver orders and the published batches of the two bronze tables."""

    orders_snapshot: int | None
    customers: tuple[PublishedBatch, ...]
    clicks: tuple[PublishedBatch, ...]

    def state(self, given: Assumptions) -> str:
        """The same state gives the same rows. Within one UTC day `as_of` is taken as the same."""
        return state_hash(
            [
                str(self.orders_snapshot),
                *(batch.version for batch in self.customers),
                "clicks",
                *(batch.version for batch in self.clicks),
                given.as_of.date().isoformat(),
                repr(sorted(given.rates.items())),
                repr(given.economics),
            ]
        )


def run(settings: Settings, arguments: JobArguments) -> dict[str, JsonValue]:
    """Bring `ecommerce_gold.customer_360` to what its inputs say at `as_of`.

    When inputs, UTC day of `as_of` and options are those of the last run, no JVM starts and nothing is committed.

    Options: `rates` (`EUR=1,USD=1.0389`, units per unit of the reporting currency), `dropout`, `retention`,
    `discount_rate`.

    Returns:
        Report: rows inserted, updated, deleted, snapshot id of this run's commit or None; seconds per step; lineage.

    Raises:
        UsageError: an option cannot be used.
        PermanentError: orders carry a currency without a rate.
        TransientError: another writer was faster, or the catalog, store or ledger did not answer.
    """
    metrics = JobMetrics(JOB)
    with metrics.publishing(settings.metrics_dir), storage_answers(JOB):
        given = _assumptions(arguments)
        merged = _update(settings, arguments, given, metrics)
        for kind in ("inserted", "updated", "deleted"):
            metrics.rows(getattr(merged, kind), layer="gold", table=CUSTOMER_360.id, kind=kind)
        metrics.bytes(merged.size_bytes, layer="gold", table=CUSTOMER_360.id)
    return {
        "job": JOB,
        "run_id": arguments.run_id,
        "as_of": arguments.as_of.isoformat(),
        "inputs": [SILVER_ORDERS, CUSTOMERS, CLICKS],
        "tables": [
            {
                "table": CUSTOMER_360.id,
                "inserted": merged.inserted,
                "updated": merged.updated,
                "deleted": merged.deleted,
                "snapshot_id": merged.snapshot_id,
            }
        ],
        "lineage": [lineage.to_dict() for lineage in LINEAGE],
        "metrics": metrics.report(),
    }


def _update(settings: Settings, arguments: JobArguments, given: Assumptions, metrics: JobMetrics) -> Merged:
    ledger, catalog = open_ledger(settings), open_catalog(settings)
    with metrics.step("plan"):
        inputs = _inputs(catalog, ledger)
        state = inputs.state(given)
        if state in computed_states(CUSTOMER_360.ensure(catalog)):
            return Merged()
    stamp = {TRANSFORM: JOB, INPUT_STATE: state, AS_OF: arguments.as_of.isoformat()}
    if inputs.orders_snapshot is not None:
        stamp[INPUT_SNAPSHOTS] = snapshots_text({SILVER_ORDERS: inputs.orders_snapshot})
    if arguments.run_id:
        stamp[RUN_ID] = arguments.run_id
    with metrics.step(CUSTOMER_360.id), spark_session(settings, JOB) as spark:
        orders, customers, clicks = _frames(spark, catalog, ledger, inputs)
        _require_rates(orders, given.rates)
        wanted = customer_360(orders, customers, clicks, given)
        merged = merge(OpenTable(spark, catalog, CUSTOMER_360), wanted, stamp, scope=lambda rows: rows)
    if merged.snapshot_id is None:
        keep_state(catalog.load_table(CUSTOMER_360.id), state)
    return merged


def _inputs(catalog: Catalog, ledger: Ledger) -> Inputs:
    snapshot = ORDERS.ensure(catalog).current_snapshot()

    def batches(dataset_table: str, published: list[PublishedBatch]) -> tuple[PublishedBatch, ...]:
        return (
            tuple(b for b in published if b.bronze_snapshot_id is not None)
            if catalog.table_exists(dataset_table)
            else ()
        )

    return Inputs(
        snapshot.snapshot_id if snapshot else None,
        batches(CUSTOMERS, ledger.published_batches(CUSTOMERS_DATASET)),
        batches(CLICKS, ledger.published_batches(CLICKS_DATASET)),
    )


def _frames(
    spark: SparkSession, catalog: Catalog, ledger: Ledger, inputs: Inputs
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """Orders, customers and clicks; empty where nothing was published yet."""
    orders = OpenTable(spark, catalog, ORDERS).at(inputs.orders_snapshot)
    customers = (
        published_rows(spark, ledger, CUSTOMERS, inputs.customers)
        if inputs.customers
        else spark.createDataFrame([], _NO_CUSTOMERS)
    )
    clicks = (
        only_batches(spark.table(CLICKS), inputs.clicks) if inputs.clicks else spark.createDataFrame([], _NO_CLICKS)
    )
    return orders, customers, clicks


def _require_rates(orders: DataFrame, rates: Mapping[str, Decimal]) -> None:
    found = {str(row["currency"]) for row in orders.select("currency").distinct().collect()}
    missing = sorted(found - set(rates))
    if missing:
        raise PermanentError(
            f"customer_360: got orders in {', '.join(missing)}, allowed {', '.join(sorted(rates))}. "
            "Give their rates: --rates EUR=1,USD=1.0389,…"
        )


def _assumptions(arguments: JobArguments) -> Assumptions:
    options = arguments.options
    rates = _rates(options["rates"]) if "rates" in options else DEFAULT_RATES
    shares = {
        field.name: _share(field.name, options[field.name]) for field in fields(Economics) if field.name in options
    }
    return Assumptions(arguments.as_of, rates, Economics(**shares))


def _rates(text: str) -> dict[str, Decimal]:
    rates = {}
    for pair in text.split(","):
        currency, _, value = pair.strip().partition("=")
        try:
            rates[currency] = Decimal(value)
        except InvalidOperation as error:
            raise _wrong_rates(text) from error
    if not all(len(currency) == 3 and rate > 0 for currency, rate in rates.items()):
        raise _wrong_rates(text)
    return rates


def _wrong_rates(text: str) -> UsageError:
    return UsageError(f"--rates: got {text!r}, allowed positive rates such as EUR=1,USD=1.0389.")


def _share(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise UsageError(f"--{name}: got {text!r}, allowed a number between 0 and 1.")
    return value
