"""Tables that checks look values up in: as they were then, and only where the columns fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from pyiceberg.catalog import Catalog

from gridata_contracts import types as t
from gridata_contracts.errors import PermanentError
from gridata_contracts.rules.keyed import References
from gridata_control.catalog import open_catalog
from gridata_control.settings import Settings
from gridata_jobs.checks.lookup import LakeTables

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
