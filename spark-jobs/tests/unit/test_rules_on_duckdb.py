"""Every row rule on DuckDB: its documented example, and random rows against the plain-Python reading."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_rows import AS_OF, Row, rows_for
from rule_variants import CASES

from gridata_contracts.model import Contract
from gridata_contracts.reference import broken_checks
from gridata_contracts.rules import RULES, Level, Rule
from gridata_contracts.rules.example_contract import example_contract
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.read.source import row_schema

ROW_RULES = [rule for rule in RULES.values() if rule.level is Level.ROW]


def broken_on_duckdb(contract: Contract, rows: list[Row], duck) -> list[int]:
    numbered = [{"_row_number": i, **row} for i, row in enumerate(rows)]
    table = pa.Table.from_pylist(numbered, schema=row_schema(contract))
    return [row.row for row in DuckChecks(contract, duck, AS_OF).check(table).broken]


@pytest.mark.parametrize("rule", ROW_RULES, ids=lambda rule: rule.name)
def test_the_example_passes_and_fails_as_documented(rule: Rule, duck) -> None:
    assert broken_on_duckdb(example_contract(rule), rows_for(rule, 0, 0), duck) == [1]


@pytest.mark.parametrize("rule", ROW_RULES, ids=lambda rule: rule.name)
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**40))
def test_duckdb_decides_like_the_plain_reading(rule: Rule, duck, seed: int) -> None:
    assert_same_verdicts(rule, rows_for(rule, seed, 160), duck)


@pytest.mark.parametrize("name", [name for name in CASES if name not in RULES])
def test_duckdb_decides_like_the_plain_reading_of_other_types_and_arguments(name: str, duck) -> None:
    assert_same_verdicts(CASES[name], rows_for(CASES[name], 0, 200), duck)


def assert_same_verdicts(rule: Rule, rows: list[Row], duck) -> None:
    contract = example_contract(rule)

    expected = [i for i, row in enumerate(rows) if broken_checks(contract, row, AS_OF)]

    found = broken_on_duckdb(contract, rows, duck)
    assert [rows[i] for i in found if i not in expected] == []  # rejected by DuckDB only
    assert [rows[i] for i in expected if i not in found] == []  # by the plain reading only
