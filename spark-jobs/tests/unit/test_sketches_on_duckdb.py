"""Sketches taken by DuckDB are those that plain Python counts, whole and block by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from rule_rows import AS_OF
from sketch_pools import POOLS, contract_of_pool, expected_sketch, values_of

from gridata_contracts.model import Contract
from gridata_jobs.checks.decision import Outcome, Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.checks.lookup import GivenTables
from gridata_jobs.read.source import row_schema


def outcomes(contract: Contract, blocks: Sequence[Sequence[Any]], duck: Any) -> tuple[Outcome, ...]:
    """What the checks say of a column's values, block by block."""
    checks, tally = DuckChecks(contract, duck, AS_OF, GivenTables()), Tally()
    for values in blocks:
        rows = [{"_row_number": at, "value": value} for at, value in enumerate(values)]
        tally.add(checks.check(pa.Table.from_pylist(rows, schema=row_schema(contract))).tally)
    return checks.decide(tally).outcomes


@pytest.mark.parametrize("pool", POOLS)
def test_duckdb_takes_the_sketches_that_plain_python_counts(pool: str, duck: Any) -> None:
    contract, values = contract_of_pool(pool), values_of(pool)

    found = outcomes(contract, [values[:100], [], values[100:]], duck)

    assert {each.check.id: each.sketch for each in found} == {
        check.id: expected_sketch(check.rule, POOLS[pool][0], values) for check in contract.checks
    }


def test_nothing_has_empty_sketches_and_breaks_nothing_but_a_least_number(duck: Any) -> None:
    for pool in POOLS:
        contract = contract_of_pool(pool)
        found = outcomes(contract, [[None]], duck)

        assert [each.broken for each in found] == [False] * len(contract.checks), pool
        assert [each.sketch.records for each in found if each.sketch] == [0] * len(contract.checks)
