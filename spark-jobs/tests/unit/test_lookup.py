"""Tables that checks look values up in: as they were then, and only where the columns fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from pyiceberg.catalog import Catalog

from gridata_contracts import types as t
from gridata_contracts.errors import ContractError, PermanentError
from gridata_contracts.looked_up import column_problems
from gridata_contracts.rules.keyed import Carried, References
from gridata_contracts.suite import Ask, suite
from gridata_control.catalog import open_catalog
from gridata_control.settings import Settings
from gridata_jobs.checks.decision import Tally
from gridata_jobs.checks.duck import DuckChecks
from gridata_jobs.checks.lookup import GivenTables, LakeTables
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.source import row_schema

TABLE = "shop_bronze.parents_v1"
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    catalog = open_catalog(Settings.load(tmp_path, {}))
    catalog.create_namespace("shop_bronze")
    rows = pa.table({"id": ["a"], "n": pa.array([1], pa.int64())})
    catalog.create_table(TABLE, rows.schema).append(rows)
    return catalog


def test_a_table_is_read_as_it_was_and_is_not_there_before_its_first_version(catalog: Catalog) -> None:
    now, then = (LakeTables(catalog, "gridata", at) for at in (LATER, datetime(2020, 1, 1, tzinfo=UTC)))
    wanted = References(TABLE, ("id",), (t.String(),))

    found = now.arrow(wanted)

    assert isinstance(found, ds.Dataset)
    assert found.scanner(columns=["id"]).to_table().to_pylist() == [{"id": "a"}]
    assert now.arrow(References("shop_bronze.unborn_v1", ("id",), (t.String(),))) is None
    assert then.arrow(wanted) is None


@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [
        ("n", t.String(), "got column n of type long, allowed string as the column that is looked up"),
        ("id", t.Integer(), "got column id of type string, allowed int or long"),
        ("nothing", t.String(), "got no column nothing, allowed id, n."),
    ],
)
def test_a_column_that_cannot_hold_the_values_is_refused_by_name(
    catalog: Catalog, column: str, kind: t.LogicalType, message: str
) -> None:
    with pytest.raises(PermanentError, match=message):
        LakeTables(catalog, "gridata", LATER).arrow(References(TABLE, (column,), (kind,)))


@pytest.mark.parametrize(
    ("carried", "of", "own", "message"),
    [
        (
            Carried.SUM,
            "id",
            t.Integer(),
            "of type string, allowed whole numbers, or decimals of at most 20",
        ),
        (Carried.SUM, "m", t.Integer(), "got no column m, allowed id, n. .*Mend the `of` of the check"),
        (Carried.BOUNDS, "n", t.String(), "got column n of type long, allowed string. Mend the `of`"),
    ],
)
def test_a_column_whose_values_do_not_compare_is_refused_by_name(
    catalog: Catalog, carried: Carried, of: str, own: t.LogicalType, message: str
) -> None:
    wanted = References(TABLE, ("id",), (t.String(),), carried, of, own)
    with pytest.raises(PermanentError, match=message):
        LakeTables(catalog, "gridata", LATER).arrow(wanted)


@pytest.mark.parametrize(
    ("kind", "fits"), [("decimal(26, 6)", True), ("decimal(27, 6)", False), ("decimal(9, 7)", False)]
)
def test_only_decimals_whose_total_fits_are_added_up(kind: str, fits: bool) -> None:
    wanted = References(TABLE, (), (), Carried.SUM, "n", t.Decimal(12, 2))

    assert (list(column_problems(wanted, {"n": kind})) == []) is fits


def test_rows_of_a_table_in_the_lake_are_counted_and_added_up(catalog: Catalog, duck: Duck) -> None:
    rules = [("has_row_count_ratio_to", None, {"max": 2}), ("has_total_ratio_to", "n", {"min": 7, "max": 7})]
    contract = suite({"n": t.Integer()}, [Ask(name, on, {"table": TABLE, **more}) for name, on, more in rules])
    checks, tally = DuckChecks(contract, duck, LATER, LakeTables(catalog, "gridata", LATER)), Tally()
    rows = [{"_row_number": at, "n": n} for at, n in enumerate([3, None, 4])]
    tally.add(checks.check(pa.Table.from_pylist(rows, schema=row_schema(contract))).tally)

    assert [(each.number, each.broken) for each in checks.decide(tally).outcomes] == [(3.0, True), (7.0, False)]


def test_without_such_a_table_nothing_is_compared(duck: Duck) -> None:
    contract = suite({"n": t.Integer()}, [Ask("has_row_count_ratio_to", None, {"table": TABLE, "max": 0})])
    checks = DuckChecks(contract, duck, LATER, GivenTables())

    assert [each.broken for each in checks.decide(Tally()).outcomes] == [False]


@pytest.mark.parametrize(
    ("rule", "kind", "arguments", "problem"),
    [
        ("is_total_in", t.Decimal(30, 2), {"of": "a"}, "at most 20 digits before the point"),
        ("is_total_in", t.Decimal(12, 8), {"of": "a"}, "and 6 after it"),
        ("is_total_in", t.String(), {"of": "a"}, "exact columns"),
        ("is_same_in", t.Floating(), {}, "equal binary numbers are chance"),
        ("is_same_in", t.String(), {"key": ["a", "b"]}, "1 columns, one for each"),
        ("is_total_in", t.Decimal(12, 2), {"of": "a", "tolerance": 1e31}, r"less than 10\^20"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(
    rule: str, kind: t.LogicalType, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ContractError, match=problem):
        suite({"value": kind, "id": t.String()}, [Ask(rule, "value", {"columns": ["id"], "table": TABLE, **arguments})])


@pytest.mark.parametrize(
    ("of", "values", "problem"),
    [
        ("m", pa.array([1]), "got no column m"),
        ("n", pa.array(["x"]), "column n of type string, allowed whole numbers"),
        ("n", pa.array([float("nan")]), "column n of type double, allowed whole numbers"),
        ("n", pa.array([Decimal("1")], pa.decimal128(38, 0)), r"type decimal\(38, 0\), allowed whole numbers"),
    ],
)
def test_a_given_table_whose_column_does_not_fit_is_refused_by_name(of: str, values: pa.Array, problem: str) -> None:
    wanted = References("t", ("id",), (t.String(),), Carried.SUM, of, t.Integer())
    with pytest.raises(PermanentError, match=problem):
        GivenTables(t=pa.table({"id": ["a"], "n": values})).arrow(wanted)


def test_decimals_that_no_engine_compares_are_refused_by_name() -> None:
    wide = t.Decimal(38, 0)
    wanted = References("t", ("k",), (wide,), Carried.BOUNDS, "n", wide)
    problems = list(column_problems(wanted, {"k": "decimal(38, 10)", "n": "decimal(38, 1)"}))

    assert ["at most 38. Mend the `of`" in problems[0], "at most 38. Mend the `key`" in problems[1]] == [True, True]
    assert not list(column_problems(wanted, {"k": "decimal(38, 0)", "n": "decimal(10, 0)"}))
