"""Every rule about an aggregate on DuckDB, against the plain-Python reading."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
from measure_batches import COLUMNS, asked, batches, is_same, measured
from rule_rows import AS_OF

from gridata_contracts.measures import Measure
from gridata_contracts.reference import MEASURES
from gridata_contracts.rules import RULES
from gridata_contracts.suite import suite
from gridata_jobs.checks.decision import Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.read.source import row_schema

BATCHES = 40


def test_duckdb_measures_like_the_plain_reading_whatever_the_blocks(duck: Any) -> None:
    contract, dice = suite(COLUMNS, asked()), random.Random(3)
    schema = row_schema(contract)
    for rows in batches(0, BATCHES):
        checks, tally = DuckChecks(contract, duck, AS_OF), Tally()
        cuts = sorted(dice.randrange(len(rows) + 1) for _ in range(dice.choice([0, 1, 3])))
        for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True):
            numbered = [{"_row_number": at, **row} for at, row in enumerate(rows[a:b], a)]
            tally.add(checks.check(pa.Table.from_pylist(numbered, schema=schema)).tally)
        for outcome in checks.decide(tally).outcomes:
            wanted = measured(outcome.check, rows)
            assert is_same(outcome.number, wanted), (outcome.check.id, outcome.number, wanted, rows)


def test_every_rule_about_an_aggregate_has_a_plain_reading() -> None:
    assert set(MEASURES) == {rule.name for rule in RULES.values() if isinstance(rule.evaluation, Measure)}
