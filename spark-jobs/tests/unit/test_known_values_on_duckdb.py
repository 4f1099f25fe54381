"""Rules about forms on DuckDB: every published example of any of them is decided like by the plain reading."""

from __future__ import annotations

import pyarrow as pa
import pytest
from known_values import CONTRACTS, VALUES
from rule_rows import AS_OF

from gridata_contracts.reference import broken_checks
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.read.source import row_schema


@pytest.mark.parametrize("name", CONTRACTS)
def test_duckdb_decides_published_examples_like_the_plain_reading(name: str, duck) -> None:
    contract = CONTRACTS[name]
    numbered = [{"_row_number": i, "value": value} for i, value in enumerate(VALUES)]
    rows = pa.Table.from_pylist(numbered, schema=row_schema(contract))

    found = {VALUES[row.row] for row in DuckChecks(contract, duck, AS_OF).check(rows).broken}

    assert found == {value for value in VALUES if broken_checks(contract, {"value": value}, AS_OF)}
