"""A demo result as one run gave it, and a home directory that nothing else uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridata_control.demo.result import (
    AnswerCheck,
    DatasetResult,
    DemoResult,
    QuarantineGroup,
    RunResult,
    TableResult,
)
from gridata_control.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(tmp_path / "home", environ={})


@pytest.fixture
def recorded() -> DemoResult:
    """Shortened from a run with 1,500 orders."""
    unreadable = QuarantineGroup("ecommerce.orders.v1", "UNREADABLE_FILE", None, None, 1)
    orders = (
        QuarantineGroup("ecommerce.orders.v1", "INVALID_JSON", None, None, 8),
        QuarantineGroup("ecommerce.orders.v1", "CHECK_FAILED", "items[*].name.is_not_blank", "items[*].name", 2),
    )
    clicks = (QuarantineGroup("ecommerce.clickstream.v1", "NOT_AN_OBJECT", None, None, 9),)
    return DemoResult(
        files={"EMPTY": 1, "PUBLISHED": 15, "QUARANTINED": 1, "REFUSED": 2, "known": 1},
        datasets=(
            DatasetResult("ecommerce.clickstream.v1", {"PUBLISHED": 3}, 3003, 2943, 60, ("spark",), clicks),
            DatasetResult(
                "ecommerce.orders.v1",
                {"EMPTY": 1, "PUBLISHED": 8, "QUARANTINED": 1, "REFUSED": 1},
                1539, 1465, 74, ("duckdb",), orders,
            ),
        ),
        tables=(
            TableResult("ecommerce_bronze.orders_v1", 1465, 5025275720294463889, 2, 7724181630894904335),
            TableResult("ecommerce_silver.orders", 1428, 2125813987576799919, 2, 2409593086009552676),
            TableResult("ecommerce_gold.customer_360", 0, None, 0, None),
        ),
        quarantine=(*clicks, *orders, unreadable),
        answer_key=AnswerCheck(171, 171, (), ()),
        runs=(
            RunResult("ecommerce_orders_pipeline", "b__r1", "manual", "success", 12.3, False, ("ingest",)),
            RunResult("data_quality", "scheduled__r1", "manual", "success", 0.1, True, ("quality_checks",)),
        ),
        lineage_edges=412,
        seconds=143.2,
        places={"home": "/home/me/demo", "answer_key": "/home/me/demo/sample/answer_key.jsonl"},
    )  # fmt: skip
