"""The row rules of a contract, asked again of the rows that are published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gridata_contracts.model import Contract, Severity
from gridata_contracts.naming import bronze_table
from gridata_contracts.sql.duckdb import DuckDb
from gridata_control.catalog.sql import query
from gridata_jobs.checks.plan import WORD_BITS, compile_checks

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

RECHECKED_DAYS = 7
"""Only rows ingested so recently are asked again: older ones were, and a table may be large."""


@dataclass(frozen=True)
class Recheck:
    """What one check found: `failed` of `evaluated` rows, batches or tables broke it."""

    check: str
    table: str
    column: str | None
    severity: Severity
    failed: int
    evaluated: int
    expected: str


def rules_of_contract(catalog: Catalog, contract: Contract, as_of: datetime) -> Iterator[Recheck]:
    """One result per row check that rejects each row: of published rows, none may fail it.

    Rows that fail one were published under an earlier contract, or changed behind the platform's back. Checks that only
    flag, or tolerate some, were told when the batch was published.

    Args:
        catalog: holds the dataset's bronze table.
        contract: as it is today.
        as_of: the instant that stands for now; rows ingested in the RECHECKED_DAYS before it are looked at.
    """
    plan = compile_checks(contract, DuckDb(), as_of)
    wanted = [(i, check) for i, check in enumerate(plan.row_checks) if check.rejects_each_row]
    if not wanted:
        return
    table = bronze_table(contract.id)
    # Not count_if(): over no rows it is null in DuckDB.
    counts = [f"count(CASE WHEN (w{i // WORD_BITS} >> {i % WORD_BITS}) & 1 = 1 THEN 1 END)" for i, _ in wanted]
    words = ", ".join(f"{sql} AS w{i}" for i, sql in enumerate(plan.words))
    since = (as_of - timedelta(days=RECHECKED_DAYS)).isoformat()
    rows = f"SELECT {words} FROM {table} WHERE _ingested_at >= TIMESTAMPTZ '{since}'"
    with query(catalog, f"SELECT count(*), {', '.join(counts)} FROM ({rows})") as answer:
        evaluated, *failed = (int(str(number)) for number in next(iter(answer.rows)))
    for (_, check), count in zip(wanted, failed, strict=True):
        yield Recheck(check.id, table, check.column, check.severity, count, evaluated, check.expected)
