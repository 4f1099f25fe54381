"""Staged numbers all come to the lake, however many there are, and once."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partialmethod
from pathlib import Path

import pytest

from gridata_control.catalog import open_catalog
from gridata_control.ledger import Ledger, QualityMetric, open_ledger
from gridata_control.quality import TABLE, measured
from gridata_control.settings import Settings
from gridata_jobs.quality_metrics import flush_metrics


def test_more_numbers_than_one_part_holds_are_all_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "staged_metrics", partialmethod(Ledger.staged_metrics, limit=2))
    settings = Settings.load(tmp_path, {})
    ledger, catalog, now = open_ledger(settings), open_catalog(settings), datetime(2025, 6, 1, tzinfo=UTC)
    names = ["rows_in", "rows_valid", "rows_rejected"]
    ledger.stage_metrics([QualityMetric("a.b.v1", "a_bronze.b_v1", "b1", "batch", name, 1.0, now) for name in names])

    assert (flush_metrics(catalog, ledger), flush_metrics(catalog, ledger)) == (3, 0)

    assert len(catalog.load_table(TABLE).scan().to_arrow()) == 3
    (one,) = measured(settings)
    assert one.numbers == dict.fromkeys(names, 1.0)
