"""`gridata quality` reads back what was measured, whether it is still staged or in the lake."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from gridata_control.cli import cli
from gridata_control.ledger import QualityMetric, open_ledger
from gridata_control.quality import measured
from gridata_control.settings import Settings

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def metric(check: str, name: str, value: float, *, batch: int = 1, passed: bool | None = None) -> QualityMetric:
    at = NOW + timedelta(hours=batch)
    return QualityMetric("shop.orders.v1", "shop_bronze.orders_v1", f"b{batch}", check, name, value, at, passed=passed)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    metrics = [
        metric("batch", "quality_score", 90.5),
        metric("batch", "rows_in", 10),
        metric("batch", "rows_rejected", 1),
        metric("total.is_positive", "rows_checked", 10, passed=False),
        metric("total.is_positive", "rows_failed", 1, passed=False),
        metric("total.has_mean", "value", 2.5, passed=True),
        metric("column:total", "completeness", 0.9),
        metric("column:at", "min_epoch_s", 0),
        metric("batch", "quality_score", 100, batch=2),
        metric("total.is_positive", "rows_checked", 4, batch=2, passed=True),
        metric("total.is_positive", "rows_failed", 0, batch=2, passed=True),
    ]
    open_ledger(Settings.load(tmp_path, {})).stage_metrics(metrics)
    return tmp_path


def call(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["quality", *words, "--home", str(home)])
    return done.exit_code, done.output


def test_numbers_of_a_batch_are_told_apart_by_batch_column_and_check(home: Path) -> None:
    first, second = measured(Settings.load(home, {}))

    assert (first.numbers["quality_score"], second.numbers["quality_score"]) == (90.5, 100)
    assert first.columns == {"total": {"completeness": 0.9}, "at": {"min_epoch_s": 0}}
    assert [(check.check, check.failed, check.checked) for check in first.broken] == [("total.is_positive", 1, 10)]
    assert second.broken == []


def test_show_tells_the_newest_batch_and_what_is_broken(home: Path) -> None:
    assert "100" in call(home, "show")[1]
    _, text = call(home, "show", "--json")
    (newest,) = json.loads(text)
    assert newest["scope_id"] == "b2"


def test_history_gives_scores_and_one_checks_pass_rate_batch_by_batch(home: Path) -> None:
    points = json.loads(call(home, "history", "shop.orders.v1", "--json")[1])
    assert [point["numbers"]["quality_score"] for point in points] == [90.5, 100]
    points = json.loads(call(home, "history", "shop.orders.v1", "--check", "total.is_positive", "--json")[1])
    assert [point["numbers"]["pass_rate"] for point in points] == [0.9, 1.0]
    assert "0.9" in call(home, "history", "shop.orders.v1", "--column", "total")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "shop.order.v1"), "Did you mean 'shop.orders.v1'?"),
        (("history", "shop.orders.v1", "--check", "nothing"), "--check: got 'nothing'"),
        (("history", "shop.orders.v1", "--check", "a", "--column", "b"), "--column: got 'b' beside --check"),
    ],
)
def test_what_was_never_measured_is_refused_by_name(home: Path, words: tuple[str, ...], message: str) -> None:
    done = CliRunner().invoke(cli, ["quality", *words, "--home", str(home)])

    assert message in str(done.exception)
