"""How many failing rows a check puts up with: at most, or strictly below."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gridata_contracts import types as t
from gridata_contracts.errors import ContractError
from gridata_contracts.model import Threshold
from gridata_contracts.suite import Ask, suite

COLUMNS: dict[str, t.LogicalType] = {"n": t.Integer()}


def threshold(written: Any) -> Threshold | None:
    (check,) = suite(COLUMNS, [Ask("is_positive", "n", terms={"threshold": written})]).checks
    return check.threshold


@pytest.mark.parametrize(
    ("bound", "failed", "evaluated", "tolerated"),
    [
        (Threshold(percent=Decimal(5)), 5, 100, True),
        (Threshold(percent=Decimal(5)), 6, 100, False),
        (Threshold(below_percent=Decimal(5)), 4, 100, True),
        (Threshold(below_percent=Decimal(5)), 5, 100, False),
        (Threshold(below_percent=Decimal(5)), 0, 0, True),
        (Threshold(below_percent=Decimal("0.1")), 1, 1001, True),
        (Threshold(rows=9, below_percent=Decimal(50)), 10, 100, False),
    ],
)
def test_less_than_a_percentage_is_not_at_most_it(
    bound: Threshold, failed: int, evaluated: int, tolerated: bool
) -> None:
    assert bound.tolerates(failed, evaluated) is tolerated


@pytest.mark.parametrize(
    ("written", "read", "said"),
    [
        ("< 5 %", Threshold(below_percent=Decimal(5)), "less than 5 %"),
        ("<0.5%", Threshold(below_percent=Decimal("0.5")), "less than 0.5 %"),
        ({"rows": 3, "below_percent": 2.5}, Threshold(3, None, Decimal("2.5")), "3 rows and less than 2.5 %"),
        ("5 %", Threshold(percent=Decimal(5)), "5 %"),
    ],
)
def test_threshold_reads_and_says_a_strict_percentage(written: Any, read: Threshold, said: str) -> None:
    assert threshold(written) == read
    assert str(read) == said


@pytest.mark.parametrize("written", ["< 0 %", {"below_percent": 0}, {"below_percent": 101}, "> 5 %"])
def test_threshold_that_nothing_can_keep_is_refused(written: Any) -> None:
    with pytest.raises(ContractError, match="allowed a number of rows"):
        threshold(written)
