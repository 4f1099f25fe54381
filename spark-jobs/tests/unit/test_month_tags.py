from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gridata_contracts.errors import UsageError
from gridata_jobs.maintain.retention import read_retention
from gridata_jobs.maintain.tags import Version, due_tags


def version(month: int, day: int, snapshot_id: int, year: int = 2025) -> Version:
    return Version(datetime(year, month, day, tzinfo=UTC), snapshot_id)


NOW = datetime(2025, 4, 10, tzinfo=UTC)


def test_each_complete_month_gets_the_snapshot_readers_saw_at_its_end() -> None:
    history = [version(1, 5, 1), version(1, 31, 2), version(3, 1, 3), version(4, 2, 4)]
    assert due_tags(history, [], NOW, 13) == {"month-2025-03": 3, "month-2025-02": 2, "month-2025-01": 2}


def test_a_snapshot_of_the_first_instant_of_a_month_is_not_the_month_befores() -> None:
    assert due_tags([version(4, 1, 1)], [], NOW, 13) == {}


def test_tags_that_exist_are_left_alone() -> None:
    assert due_tags([version(3, 5, 1)], ["month-2025-03"], NOW, 13) == {}


def test_only_the_asked_number_of_months_is_tagged() -> None:
    assert due_tags([version(1, 1, 1, 2020)], [], NOW, 2) == {"month-2025-03": 1, "month-2025-02": 1}


def test_december_comes_before_january() -> None:
    january = datetime(2025, 1, 1, tzinfo=UTC)
    assert due_tags([version(12, 31, 1, 2024)], [], january, 1) == {"month-2024-12": 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"snapshot_days": "0.5"}, "--snapshot-days: got 12:00:00, allowed at least the longest job"),
        ({"orphan_days": "2", "longest_job_hours": "72"}, "--orphan-days: got 2 days, 0:00:00, allowed at least"),
        ({"orphan_days": "0.5", "longest_job_hours": "1"}, "--orphan-days: got 12:00:00, allowed at least 1 day"),
        ({"months": "many"}, "--months: got 'many', allowed a number from 0"),
    ],
)
def test_a_retention_below_the_longest_job_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_retention(options)
