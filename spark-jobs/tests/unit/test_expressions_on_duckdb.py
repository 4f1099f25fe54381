"""Expressions on DuckDB: random ones over random rows, against the plain-Python reference."""

from __future__ import annotations

import datetime as dt
import pickle
import random
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridata_contracts.expressions import emit, evaluate
from gridata_contracts.sql.duckdb import DuckDb

NAN, INF = float("nan"), float("inf")


def verdicts(duck, arrow_schema, expressions, rows):
    """Row by row, what DuckDB says about each expression."""
    table = pa.Table.from_pylist(
        [{**row, "_row": i} for i, row in enumerate(rows)], arrow_schema.append(pa.field("_row", pa.int64()))
    )
    columns = ", ".join(f"{emit(each, DuckDb())} AS _e{i}" for i, each in enumerate(expressions))
    found = duck.select(f"SELECT _row, {columns} FROM rows ORDER BY _row", rows=table).to_pylist()
    return [[row[f"_e{i}"] for i in range(len(expressions))] for row in found]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**40))
def test_duckdb_decides_every_row_as_the_reference_does(duck, samples, arrow_schema, seed):
    by_chance = samples(random.Random(seed))
    expressions, rows = by_chance.expressions(12), by_chance.rows(40)

    found = verdicts(duck, arrow_schema, expressions, rows)

    for i, expression in enumerate(expressions):
        expected = [evaluate(expression, row) for row in rows]
        assert [row[i] for row in found] == expected, expression.text


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("f > 1", {"f": NAN}, True),
        ("f = f", {"f": NAN}, True),
        ("f IN (g, 1)", {"f": NAN, "g": NAN}, True),
        ("f = 0", {"f": -0.0}, True),
        ("f IN (0, 1)", {"f": -0.0}, True),
        ("f - f <= f", {"f": INF}, False),
        ("h * 10 > h", {"h": 1e308}, True),
        ("g = 0.1", {"g": 0.10000000149011612}, True),
        ("abs(n) > n", {"n": -(2**63)}, True),
        ("-n > 0", {"n": -(2**63)}, True),
        ("n + n > n", {"n": 2**63 - 1}, True),
        ("n * i > 0", {"n": -(2**63), "i": -(2**31)}, True),
        ("n - 0.5 < n", {"n": 2**63 - 1}, True),
        ("wide > 9999999999999999999999999999999999.9998", {"wide": Decimal("9" * 34 + ".9999")}, True),
        ("part < 0", {"part": Decimal("-1e-38")}, True),
        ("m * k = 1", {"m": Decimal("0.50"), "k": Decimal("2.000")}, True),
        ("length(text) = 2", {"text": "😀é"}, True),
        ("lower(text) = 'éa' AND upper(text) = 'éA'", {"text": "éA"}, True),
        ("starts_with(text, 'e')", {"text": "e\u0301"}, True),
        ("ends_with(text, '😀') AND NOT ends_with(text, 'x😀a')", {"text": "a😀"}, True),
        ("contains(text, '''%')", {"text": "a'%"}, True),
        ("text < 'é'", {"text": "z"}, True),
        ("text < '😀'", {"text": "\uffff"}, True),
        ("at < '2024-07-01T00:00:00'", {"at": dt.datetime(2024, 6, 30, 21, 59, 59, tzinfo=dt.UTC)}, True),
        ("box.inner.x = 1", {"box": {"label": None, "inner": None}}, None),
        ("flag OR n > 0", {"flag": None, "n": 1}, True),
        ("flag AND n > 0", {"flag": None, "n": 0}, False),
        ("n NOT IN (1, i)", {"n": 2, "i": None}, None),
        ("n NOT BETWEEN i AND 5", {"n": 6, "i": None}, True),
        ("NOT flag", {"flag": None}, None),
    ],
)
def test_duckdb_decides_what_engines_are_known_to_differ_about(
    duck, arrow_schema, read_expression, text, row, expected
):
    expression = read_expression(text)

    found = verdicts(duck, arrow_schema, [expression], [row])

    assert (found, evaluate(expression, row)) == ([[expected]], expected)


def test_an_expression_travels_to_workers_and_means_the_same(samples):
    expressions = samples(random.Random(7)).expressions(50)

    assert pickle.loads(pickle.dumps(expressions)) == expressions
