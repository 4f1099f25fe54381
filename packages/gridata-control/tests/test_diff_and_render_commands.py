"""`gridata contract diff` and `render` say all of it: every change, and which document owns a dataset's DAG."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gridata_control.cli.failures import exit_code_of
from gridata_control.cli.groups import cli

ROOT = Path(__file__).parents[3]
ORDERS = ROOT / "data" / "contracts" / "ecommerce" / "orders" / "v1" / "contract.odcs.yaml"
CUSTOMERS = ORDERS.parents[2] / "customers" / "v1" / "contract.odcs.yaml"

Changed = Callable[..., Path]


def run(*words: str | Path) -> int:
    return exit_code_of(lambda: cli.main([str(word) for word in words], standalone_mode=False))


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """The orders contract with each old text, which must be there, replaced by the new one."""

    def write(*changes: tuple[str, str]) -> Path:
        text = ORDERS.read_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = tmp_path / "changed.yaml"
        path.write_text(text)
        return path

    return write


def test_diff_without_a_difference_says_no_change(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("contract", "diff", ORDERS, ORDERS) == 0
    assert capsys.readouterr().out == "ecommerce.orders.v1: no change\n"


def test_diff_lists_every_change_beside_the_columns(changed: Changed, capsys: pytest.CaptureFixture[str]) -> None:
    new = changed(
        ("version: 1.0.0", "version: 1.1.0"),
        ("value: 10, unit: y, element: table", "value: 1, unit: d, element: table"),
        ("value: 90, unit: d, element: landing", "value: 30, unit: d, element: landing"),
        ("gridata.unknownFields, value: keep", "gridata.sameContent, value: duplicate"),
        ("value: medium", "value: large"),
        ("name: order-platform", "name: order-team"),
        ("One row is the latest", "One row is one"),
    )

    assert run("contract", "diff", ORDERS, new, "--json") == 1

    told = {change["where"]: change["verdict"] for change in json.loads(capsys.readouterr().out)}
    assert told == {
        "retention.table": "confirm",
        "retention.landing": "confirm",
        "gridata.sameContent": "confirm",
        "gridata.computeProfile": "allowed",
        "owner": "allowed",
        "description.purpose": "allowed",
        "version": "allowed",
    }


def test_diff_says_no_until_the_change_is_accepted(changed: Changed, capsys: pytest.CaptureFixture[str]) -> None:
    new = changed(("version: 1.0.0", "version: 1.1.0"), ("10, unit: y", "1, unit: d"))

    assert run("contract", "diff", ORDERS, new) == 1
    assert run("contract", "diff", ORDERS, new, "--accept", "retention.table") == 0
    assert "allowed retention.table: 3650 days → 1 days (accepted)." in capsys.readouterr().out
    assert run("contract", "diff", ORDERS, new, "--accept", "retention.landing") == 2


def test_render_of_a_dag_is_that_of_the_document_that_owns_the_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("contract", "render", ORDERS, "--target", "dag") == 0
    assert json.loads(capsys.readouterr().out)["dag_id"] == "ecommerce_orders_pipeline"


def test_render_of_a_dag_that_no_document_owns_says_that_it_is_derived(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("contract", "render", CUSTOMERS, "--target", "dag") == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["dag_id"] == "ecommerce_customers_v1_ingest"
    assert "ecommerce.customers.v1: no document in" in shown.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("contract", "lint", "{broken}"), 1),
        (("contract", "render", "{broken}", "--target", "arrow"), 2),
        (("contract", "diff", "{broken}", "{broken}"), 2),
        (("ingest", "--contract", "{broken}", "--file", "{broken}"), 2),
    ],
)
def test_wrong_document_is_lints_no_and_every_other_commands_usage_error(
    changed: Changed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int
) -> None:
    monkeypatch.setenv("GRIDATA_HOME", str(tmp_path / "home"))
    broken = changed(("status: active", "status: actve"))

    assert run(*(word.format(broken=broken) for word in words)) == code
