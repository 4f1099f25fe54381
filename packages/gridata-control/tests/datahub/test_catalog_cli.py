"""`gridata catalog` shows what the runs told, to people and to programs."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from gridata_contracts.errors import UsageError
from gridata_control.cli import cli
from gridata_control.datahub import report_run
from gridata_control.settings import Settings

Report = dict[str, object]


@pytest.fixture
def told(settings: Settings, ingest_report: Report, transform_report: Report) -> Settings:
    report_run(settings, ingest_report)
    report_run(settings, transform_report)
    return settings


def gridata(settings: Settings, *arguments: str) -> Result:
    result = CliRunner().invoke(cli, [*arguments, "--home", str(settings.home)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_ls_lists_datasets_in_the_order_of_the_flow(told: Settings) -> None:
    listed = json.loads(gridata(told, "catalog", "ls", "--json").stdout)

    assert [one["layer"] for one in listed["datasets"]] == ["landing", "bronze", "quarantine", "silver"]
    assert listed["datasets"][1]["rows"] == 2
    assert listed["datasets"][1]["failing"] == 1
    assert listed["pending"] == []
    assert "ecommerce_bronze.orders_v1" in gridata(told, "catalog", "ls").stdout


def test_ls_of_an_empty_home_says_what_to_do(settings: Settings) -> None:
    assert "gridata demo" in gridata(settings, "catalog", "ls").stdout


def test_ls_names_the_run_that_could_not_be_told(settings: Settings) -> None:
    report_run(settings, {"job": "ingest", "run_id": "broken", "started_utc": "soon"})

    assert "not told to report: run broken" in gridata(settings, "catalog", "ls").stderr


def test_show_prints_owner_personal_columns_and_failed_checks(told: Settings) -> None:
    shown = gridata(told, "catalog", "show", "ecommerce_bronze.orders_v1").stdout

    assert "shipping.address.street" in shown
    assert " pii" in shown
    assert "failed" in shown


def test_show_as_json_holds_the_same(told: Settings) -> None:
    entry = json.loads(gridata(told, "catalog", "show", "ecommerce_bronze.orders_v1", "--json").stdout)

    assert {one["path"] for one in entry["columns"] if one["personal"]} >= {"notes", "_extra"}
    assert sum(not one["passed"] for one in entry["checks"]) == 1


def test_lineage_follows_a_column_to_the_landed_field(told: Settings) -> None:
    said = gridata(told, "catalog", "lineage", "ecommerce_silver.orders", "--column", "ship_where")
    edges = json.loads(
        gridata(told, "catalog", "lineage", "ecommerce_silver.orders", "--column", "ship_where", "--json").stdout
    )

    assert "ecommerce_bronze.orders_v1.shipping.address.city  by process_orders" in said.stdout
    assert "landing/ecommerce/orders/v1.shipping.address.city  by ingest" in said.stdout
    assert {(one["source"], one["source_column"]) for one in edges["upstream"]} == {
        ("ecommerce_bronze.orders_v1", "shipping.address.city"),
        ("ecommerce_bronze.orders_v1", "shipping.address.postal_code"),
        ("landing/ecommerce/orders/v1", "shipping.address.city"),
        ("landing/ecommerce/orders/v1", "shipping.address.postal_code"),
    }
    assert edges["downstream"] == []


def test_lineage_of_a_dataset_shows_what_decides_its_rows(told: Settings) -> None:
    said = gridata(told, "catalog", "lineage", "ecommerce_silver.orders").stdout

    assert "ecommerce_bronze.orders_v1  4 column edges, rows decided by updated_at" in said
    assert "landing/ecommerce/orders/v1" in said


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("show", "ecommerce_bronze.order_v1"), "Did you mean ecommerce_bronze.orders_v1"),
        (("lineage", "ecommerce_silver.orders", "--column", "postal"), "allowed one of 3 columns"),
    ],
)
def test_unknown_name_suggests_the_near_one(told: Settings, arguments: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        gridata(told, "catalog", *arguments)
