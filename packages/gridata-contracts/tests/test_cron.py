"""When a schedule fires next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gridata_contracts.cron import next_instant

AFTER = datetime(2024, 2, 28, 23, 55, 30, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("* * * * *", "2024-02-28T23:56"),
        ("*/10 * * * *", "2024-02-29T00:00"),
        ("17 * * * *", "2024-02-29T00:17"),
        ("30 2 * * *", "2024-02-29T02:30"),
        ("0 9-17/4 * * *", "2024-02-29T09:00"),
        ("0 0 29 2 *", "2024-02-29T00:00"),
        ("0 0 1 * *", "2024-03-01T00:00"),
        ("0 0 * * 0", "2024-03-03T00:00"),
        ("0 0 * * 7", "2024-03-03T00:00"),
        ("5,50 0 * * 1-5", "2024-02-29T00:05"),
        ("0 0 13 * 5", "2024-03-01T00:00"),  # the 13th or a Friday
        ("0 0 1 1 *", "2025-01-01T00:00"),
    ],
)
def test_next_instant_is_the_first_minute_after(schedule: str, expected: str) -> None:
    assert next_instant(schedule, AFTER) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fire"):
        next_instant("0 0 30 2 *", AFTER)
