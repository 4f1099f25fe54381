"""`quality_checks`: look at published tables again, on a schedule, without a JVM.

It looks at what only shows later and across batches: rows that went missing, keys that are no longer unique, data that
stopped coming, references to nothing, and what today's contract says of rows that were published under an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gridata_contracts.load import load_contracts
from gridata_contracts.model import Contract, JsonValue, Severity
from gridata_contracts.naming import bronze_table, quarantine_table
from gridata_control.catalog import open_catalog
from gridata_control.catalog.snapshots import table_ids
from gridata_control.catalog.sql import query
from gridata_control.ledger import BatchState, FileState, Ledger, QualityMetric, open_ledger
from gridata_control.settings import Settings
from gridata_jobs.arguments import JobArguments
from gridata_jobs.customer_360.schemas import CUSTOMER_360
from gridata_jobs.metrics import JobMetrics
from gridata_jobs.process_orders.schemas import DAILY_SALES, ORDER_ITEMS, ORDERS
from gridata_jobs.quality_metrics import flush_metrics
from gridata_jobs.recheck import Recheck, rules_of_contract
from gridata_jobs.target.declaration import TargetTable
from gridata_jobs.target.storage import storage_answers

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

JOB = "quality_checks"


@dataclass(frozen=True)
class Reference:
    """Values of `table.column` should be found in `parent.key`; one that is not flags its row, it stays published."""

    table: str
    column: str
    parent: str
    key: str


REFERENCES = (
    Reference(ORDERS.id, "customer_id", "ecommerce_bronze.customers_v1", "customer_id"),
    Reference(ORDER_ITEMS.id, "product_id", "ecommerce_bronze.products_v1", "product_id"),
)
KEYED: tuple[TargetTable, ...] = (ORDERS, ORDER_ITEMS, DAILY_SALES, CUSTOMER_360)


def run(settings: Settings, arguments: JobArguments) -> dict[str, JsonValue]:
    """Check every published table again, stage the numbers and move all staged numbers to Iceberg.

    Returns:
        Report: `checks`, one entry per check; `failed`, how many error-severity checks found something; `warned`,
        how many others did; `flushed`, metric rows moved to `gridata_ops.quality_metrics`.

    Raises:
        ContractError: a contract does not load.
        TransientError: catalog, store or ledger did not answer.
    """
    metrics = JobMetrics(JOB)
    with metrics.publishing(settings.metrics_dir), storage_answers(JOB):
        ledger, catalog = open_ledger(settings), open_catalog(settings)
        contracts = tuple(load_contracts(settings.contracts_dir).values())
        with metrics.step("check"):
            found = list(_recheck(catalog, ledger, contracts, arguments.as_of))
        with metrics.step("report"):
            ledger.stage_metrics([_metric(one, arguments) for one in found])
            flushed = flush_metrics(catalog, ledger)
    broken = [one for one in found if one.failed]
    return {
        "job": JOB,
        "run_id": arguments.run_id,
        "as_of": arguments.as_of.isoformat(),
        "checks": [{**asdict(one)} for one in found],
        "failed": sum(one.severity is Severity.ERROR for one in broken),
        "warned": sum(one.severity is Severity.WARNING for one in broken),
        "flushed": flushed,
        "metrics": metrics.report(),
    }


def _recheck(catalog: Catalog, ledger: Ledger, contracts: tuple[Contract, ...], as_of: datetime) -> Iterator[Recheck]:
    tables = frozenset(table_ids(catalog))
    for contract in contracts:
        if bronze_table(contract.id) in tables:
            yield _row_counts(catalog, ledger, contract, rejected=False)
            yield from _freshness(catalog, contract, as_of)
            yield from rules_of_contract(catalog, contract, as_of)
        if quarantine_table(contract.id) in tables:
            yield _row_counts(catalog, ledger, contract, rejected=True)
    for target in KEYED:
        if target.id in tables:
            yield _unique_key(catalog, target)
    for reference in REFERENCES:
        if {reference.table, reference.parent} <= tables:
            yield _references(catalog, reference)


def _row_counts(catalog: Catalog, ledger: Ledger, contract: Contract, *, rejected: bool) -> Recheck:
    """Rows per batch in the table against what the ledger says was written."""
    table = quarantine_table(contract.id) if rejected else bronze_table(contract.id)
    expected: dict[str, int] = {}
    for record in ledger.files(contract.id, [FileState.PUBLISHED]):
        count = record.n_rejected if rejected else record.n_valid
        if count and record.batch_id:
            expected[record.batch_id] = expected.get(record.batch_id, 0) + count
    # A rejected file has one quarantine row without a number, and no count of rows in the ledger.
    sql = f"SELECT _batch_id, count(*) FROM {table} WHERE _row_number IS NOT NULL GROUP BY _batch_id"
    with query(catalog, sql) as answer:
        found = {str(batch): count for batch, count in answer.rows}
    batches = expected.keys() | (found.keys() if not rejected else expected.keys())
    differing = sum(found.get(batch, 0) != expected.get(batch, 0) for batch in _settled(ledger, contract, batches))
    return Recheck(
        "row_count_equals_ledger", table, None, Severity.ERROR, differing, len(batches), "rows per batch as published"
    )


def _settled(ledger: Ledger, contract: Contract, batches: frozenset[str] | set[str]) -> set[str]:
    """Batches that are published: one that is being written or rewritten now has rows before the ledger knows."""
    settled = ledger.batches(contract.id, [BatchState.PUBLISHED])
    return {record.batch.id for record in settled if record.rewriting is None} & set(batches)


def _freshness(catalog: Catalog, contract: Contract, as_of: datetime) -> Iterator[Recheck]:
    if contract.freshness_s is None:
        return
    table = bronze_table(contract.id)
    with query(catalog, f"SELECT max(_ingested_at) FROM {table}") as answer:
        newest = next(iter(answer.rows))[0]
    if isinstance(newest, datetime):
        late = (as_of - newest).total_seconds() > contract.freshness_s
        expected = f"rows ingested within {contract.freshness_s} s"
        yield Recheck("is_fresh", table, None, Severity.ERROR, int(late), 1, expected)


def _unique_key(catalog: Catalog, target: TargetTable) -> Recheck:
    keys = ", ".join(f'"{name}"' for name in target.key)
    sql = (
        f"SELECT coalesce(sum(n), 0), coalesce(sum(n - 1), 0) FROM (SELECT count(*) n FROM {target.id} GROUP BY {keys})"
    )
    with query(catalog, sql) as answer:
        rows, repeated = next(iter(answer.rows))
    return Recheck(
        "key_is_unique",
        target.id,
        keys.replace('"', ""),
        Severity.ERROR,
        _whole(repeated),
        _whole(rows),
        "one row per key",
    )


def _references(catalog: Catalog, reference: Reference) -> Recheck:
    column, key = f'"{reference.column}"', f'"{reference.key}"'
    sql = (
        f"SELECT count(*), count(*) FILTER (WHERE parent IS NULL) FROM "
        f"(SELECT {column} AS child FROM {reference.table} WHERE {column} IS NOT NULL) LEFT JOIN "
        f"(SELECT DISTINCT {key} AS parent FROM {reference.parent}) ON child = parent"
    )
    with query(catalog, sql) as answer:
        rows, lost = next(iter(answer.rows))
    expected = f"a {reference.key} of {reference.parent}"
    return Recheck(
        "is_found_in", reference.table, reference.column, Severity.WARNING, _whole(lost), _whole(rows), expected
    )


def _metric(found: Recheck, arguments: JobArguments) -> QualityMetric:
    return QualityMetric(
        dataset=found.table,
        table=found.table,
        scope_id=arguments.run_id or f"{JOB} {arguments.as_of.isoformat()}",
        check_id=f"{found.column}.{found.check}" if found.column else found.check,
        metric="failed",
        value=float(found.failed),
        measured_at_utc=arguments.as_of,
        severity=found.severity.value,
        passed=found.failed == 0,
        run_id=arguments.run_id,
    )


def _whole(value: object) -> int:
    return int(str(value))
